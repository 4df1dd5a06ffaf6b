// Builders and arbitraries for tests of the manifest.
import fc from 'fast-check'
import { comparePaths } from '../../src/base/index.js'
import { type ContentId, hashChunk, hashObject, type RecipeId } from '../../src/hash/index.js'
import type { Entry, FileEntry, MetadataValue } from '../../src/objects/index.js'
import { buildManifest, iterEntries, type ManifestParams, type PathEntry } from '../../src/manifest/index.js'
import type { ManifestId } from '../../src/hash/index.js'
import type { ObjectReader, ObjectWriter } from '../../src/store/index.js'

/** Nodes of 2 to 8 items: a hundred paths make four levels or more. */
export const TINY: ManifestParams = {
  minItems: 2,
  normalItems: 4,
  maxItems: 8,
  maxKeyBytes: 200,
  strictBits: 2,
  looseBits: 1,
}

export type Tree = Map<string, Entry>

export function file(text: string, extra: Partial<FileEntry> = {}): FileEntry {
  const content = hashChunk(Buffer.from(text)) as ContentId
  return { kind: 'file', size: Buffer.byteLength(text), content, recipe: { form: 'whole' }, ...extra }
}

export function sorted<T>(tree: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...tree].sort(([a], [b]) => comparePaths(a, b))
}

export function treeOf(files: Record<string, string>): Tree {
  return new Map(Object.entries(files).map(([path, text]) => [path, file(text)]))
}

export function build(writer: ObjectWriter, tree: Tree): Promise<ManifestId> {
  return buildManifest(writer, sorted(tree), { params: TINY })
}

export async function readAll(reader: ObjectReader, root: ManifestId, options = {}): Promise<PathEntry[]> {
  return collect(iterEntries(reader, root, options))
}

export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const batch of batches) items.push(...batch)
  return items
}

/** Names made to collide: prefixes of each other, and characters on either side of '/' in byte order. */
const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'ab',
    'a-',
    'a.b',
    '.c',
    '...',
    'a\u0001',
    'é',
    'e\u0301',
    '\u{1F600}',
    '\uffee',
    'z',
  ),
  fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '0', '~') }),
)

export const path: fc.Arbitrary<string> = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const safe = fc.integer({ min: 0, max: 2 ** 40 })
const chunks = fc.array(fc.record({ id: bytes32, length: fc.integer({ min: 1, max: 2 ** 20 }) }), {
  minLength: 2,
  maxLength: 8,
})

const scalar: fc.Arbitrary<MetadataValue> = fc.oneof(
  fc.string({ maxLength: 8, unit: 'grapheme' }).map((value) => ({ type: 'string', value }) as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: 'int64', value }) as const),
  fc.double({ noNaN: true }).map((value) => ({ type: 'float64', value }) as const),
  fc.boolean().map((value) => ({ type: 'boolean', value }) as const),
  fc.integer({ min: -8.64e15, max: 8.64e15 }).map((value) => ({ type: 'date', value }) as const),
)
export const metadata = fc
  .array(fc.tuple(fc.string({ maxLength: 8, unit: 'grapheme' }), scalar), { minLength: 1, maxLength: 4 })
  .map((pairs) => new Map(pairs))

const entryMetadata = fc.oneof(
  metadata.map((map) => ({ form: 'inline', metadata: map }) as const),
  bytes32.map((id) => ({ form: 'value', id }) as const),
)

const recipe = (size: number) =>
  ({ form: 'tree', root: hashObject('recipe', Buffer.from(`${size}`)) as RecipeId }) as const
const fileEntry: fc.Arbitrary<Entry> = fc
  .tuple(fc.constantFrom('file', 'executable'), bytes32, fc.oneof(safe, chunks), fc.boolean())
  .map(([kind, content, body, whole]) => {
    if (typeof body !== 'number') {
      const size = body.reduce((sum, chunk) => sum + chunk.length, 0)
      return { kind, content, size, recipe: { form: 'inline', chunks: body } }
    }
    return { kind, content, size: body, recipe: whole || body === 0 ? { form: 'whole' } : recipe(body) }
  })
const symlink: fc.Arbitrary<Entry> = fc
  .oneof(fc.constantFrom('x', '../up', 'x'.repeat(512), 'y'.repeat(513), 'é'.repeat(700)))
  .map((target) => ({ kind: 'symlink', target }))

export const entry: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: fileEntry }, { weight: 1, arbitrary: symlink }),
    fc.option(entryMetadata),
  )
  .map(([bare, extra]) => (extra ? { ...bare, metadata: extra } : bare))

/** Trees that are sound: what has paths below it is a directory entry, or goes. */
export const tree: fc.Arbitrary<Tree> = fc
  .array(fc.tuple(path, entry), { maxLength: 120 })
  .map((pairs) => soundTree(new Map(pairs)))

export function soundTree(entries: Tree): Tree {
  const parents = new Set<string>()
  for (const each of entries.keys()) {
    for (let at = each.lastIndexOf('/'); at > 0; at = each.lastIndexOf('/', at - 1))
      parents.add(each.slice(0, at))
  }
  return new Map([...entries].map(([at, value]) => [at, parents.has(at) ? { kind: 'directory' } : value]))
}
