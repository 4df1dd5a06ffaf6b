import fs from 'node:fs'
import test from 'ava'
import { metadataFromJson } from '../../src/objects/index.js'
import { entryRow, parseExpression, valueOf } from '../../src/expression/index.js'
import { type ContentId, hashChunk } from '../../src/hash/index.js'
import type { Entry, Metadata } from '../../src/objects/index.js'

interface Vectors {
  entries: { path: string; kind?: Entry['kind']; size?: number; metadata: Record<string, unknown> }[]
  vectors: { where: string; true: string[]; unknown: string[] }[]
  refused: { where: string; position: number }[]
}

const { entries, vectors, refused } = JSON.parse(
  fs.readFileSync('spec/vectors/expressions.json', 'utf8'),
) as Vectors

function entryOf({ path, kind = 'file', size = 0 }: Vectors['entries'][number]): Entry {
  if (kind === 'directory') return { kind }
  if (kind === 'symlink') return { kind, target: 'x'.repeat(size) }
  return { kind, size, content: hashChunk(Buffer.from(path)) as ContentId, recipe: { form: 'whole' } }
}

/** By hand: all that stands above gives what the entry does not have itself. */
function effective(path: string): Metadata {
  const above = entries.filter((entry) => entry.path === path || path.startsWith(`${entry.path}/`))
  return new Map(above.flatMap(({ metadata }) => [...metadataFromJson(metadata)]))
}

function answer(where: string, entry: Vectors['entries'][number]): boolean | undefined {
  const value = valueOf(parseExpression(where), entryRow(entry.path, entryOf(entry), effective(entry.path)))
  return value?.type === 'boolean' ? value.value : undefined
}

test('each expression of the vectors is true, unknown and false of the entries they say', (t) => {
  t.true(vectors.length >= 50)
  for (const vector of vectors) {
    const answers = entries.map((entry) => [entry.path, answer(vector.where, entry)] as const)
    const given = (wanted: boolean | undefined) =>
      answers.filter(([, value]) => value === wanted).map(([path]) => path)
    t.deepEqual(given(true), vector.true, vector.where)
    t.deepEqual(given(undefined), vector.unknown, vector.where)
  }
})

test('what is no expression is refused, with the place', (t) => {
  for (const { where, position } of refused) {
    const error = t.throws(() => parseExpression(where), { code: 'DV_BAD_EXPRESSION' }, where)
    t.is((error as unknown as { data: { position: number } }).data.position, position, where)
  }
})
