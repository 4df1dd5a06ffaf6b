import fs from 'node:fs'
import test from 'ava'
import type { ObjectKind } from '../../src/hash/index.js'
import { errorOf, makeVectors, workedManifests } from './vector-cases.js'

const made = makeVectors()

for (const name of ['objects', 'manifest', 'recipe'] as const) {
  const stored = JSON.parse(fs.readFileSync(`spec/vectors/${name}.json`, 'utf8')) as {
    damaged: { what: string; kind: ObjectKind; bytes: string; error: string }[]
  }

  test(`spec/vectors/${name}.json is what the code gives`, async (t) => {
    t.deepEqual(JSON.parse(JSON.stringify((await made)[name])), stored)
  })

  for (const { what, kind, bytes, error } of stored.damaged) {
    test(`a ${kind} with damage (${what}) is refused`, (t) => {
      t.is(error, 'DV_CORRUPT')
      t.is(errorOf(kind, Buffer.from(bytes, 'hex')), error)
    })
  }
}

test('the worked examples of the pages are what the code gives', async (t) => {
  const objects = fs.readFileSync('spec/04-objects.md', 'utf8')
  const manifest = fs.readFileSync('spec/07-manifest.md', 'utf8')
  const { bytes, root, many } = await workedManifests()
  t.true(hexOf(manifest).includes(bytes))
  t.true(manifest.includes(root))
  t.true(hexOf(manifest).includes(many))
  const { commits } = JSON.parse(fs.readFileSync('spec/vectors/objects.json', 'utf8')) as {
    commits: { bytes: string; id: string }[]
  }
  t.true(hexOf(objects).includes(commits[0]!.bytes))
  t.true(objects.includes(commits[0]!.id))
})

/** The hex at the beginning of a page's lines, up to the two spaces before what it means. */
function hexOf(page: string): string {
  const lines = page
    .split('\n')
    .flatMap((line) => /^((?:[0-9a-f]{2}| (?! ))+)(?: {2}|$)/.exec(line)?.[1] ?? [])
  return lines.join('').replaceAll(' ', '')
}
