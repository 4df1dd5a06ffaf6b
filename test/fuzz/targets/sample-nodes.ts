// Manifest nodes of every form of entry, as dv writes them.
import { hashChunk, hashObject } from '../../../src/hash/index.js'
import { buildManifest, type PathEntry } from '../../../src/manifest/index.js'
import type { Entry, Metadata } from '../../../src/objects/index.js'
import { memoryObjects } from '../../helpers/memory-objects.js'

const content = hashChunk(Buffer.from('content'))
const file = { kind: 'file', size: 7, content, recipe: { form: 'whole' } } as const
const root = hashObject('recipe', Buffer.from('r'))

/** A leaf with one entry of each form, one of many files, and the node above several leaves. */
export async function sampleNodes(metadata: Metadata): Promise<Uint8Array[]> {
  const forms: [string, Entry][] = [
    ['a', file],
    ['b/c.csv', { ...file, kind: 'executable', metadata: { form: 'inline', metadata } }],
    ['b/d', { kind: 'directory', metadata: { form: 'value', id: hashObject('value', Buffer.from('v')) } }],
    ['e', { ...file, size: 14, recipe: { form: 'inline', chunks: [chunk(1), chunk(2)] } }],
    ['f', { ...file, size: 1e9, recipe: { form: 'tree', root } }],
    ['g/räume', { kind: 'symlink', target: '../b/c.csv' }],
    ['h', { kind: 'symlink', target: 'x'.repeat(600) }],
  ]
  const many = Array.from({ length: 3000 }, (_, n): PathEntry => [`part-${10_000 + n}.parquet`, file])
  const objects = memoryObjects()
  for (const entries of [forms, many.slice(0, 40), many]) await buildManifest(objects, entries)
  return [...objects.objects.values()].filter((bytes) => bytes[0] === 1 && bytes.length < 16_384)
}

function chunk(n: number) {
  return { id: hashChunk(Buffer.from([n])), length: 7 }
}
