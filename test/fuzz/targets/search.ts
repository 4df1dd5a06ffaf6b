// The index of a search, which may have come with a folder that somebody else packed.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { seal, unseal } from '../../../src/codec/index.js'
import { Documents } from '../../../src/search/documents.js'
import { mergeSegments } from '../../../src/search/merge-segments.js'
import { keepRows, keptRows } from '../../../src/search/rows.js'
import { SearchFolder } from '../../../src/search/search-folder.js'
import { Segment } from '../../../src/search/segment.js'
import { SegmentBuilder } from '../../../src/search/segment-builder.js'
import type { Target } from './index.js'

/** In memory where there is such a folder. */
const FAST = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
const root = fs.mkdtempSync(path.join(FAST, 'dv-fuzz-search-'))
process.once('exit', () => fs.rmSync(root, { recursive: true, force: true }))
const folder = new SearchFolder(root)
const PAGE = 16 * 1024

/** An input is the record of a file as JSON, a line end, and its pages: the checksums are put to it. */
function inputOf(file: string): Buffer {
  const bytes = fs.readFileSync(file)
  const sealed = bytes.subarray(-8 - bytes.readUInt32LE(bytes.length - 8), -8)
  const { bytes: pages, sums: _, ...record } = unseal(sealed, file)
  return Buffer.concat([Buffer.from(`${JSON.stringify(record)}\n`), bytes.subarray(0, pages as number)])
}

/** Writes the file of an input; false for an input that has no record. */
function writeFile(name: string, input: Buffer): boolean {
  const end = input.indexOf('\n')
  const pages = input.subarray(end + 1)
  const record = parsed(input.toString('utf8', 0, Math.max(0, end)))
  if (record === undefined) return false
  const count = Math.ceil(pages.length / PAGE)
  const each = Array.from({ length: count }, (_, i) => zlib.crc32(pages.subarray(i * PAGE, (i + 1) * PAGE)))
  const sums = Buffer.from(Uint32Array.from(each).buffer)
  const sealed = seal({ ...record, bytes: pages.length, sums: zlib.crc32(sums) })
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(sealed.length)
  fs.writeFileSync(folder.file(name), Buffer.concat([pages, sums, sealed, tail]))
  return true
}

function parsed(text: string): object | undefined {
  try {
    return Object(JSON.parse(text)) as object
  } catch {
    return undefined
  }
}

function segmentOf(docs: number): Buffer {
  const builder = new SegmentBuilder()
  for (let n = 0; n < docs; n++) {
    const text = `dir${n % 3}/cell${n}.txt`
    const pieces = [{ text: 'a cell of a plate' }, { text: `${n % 4} AICS-${n}`, key: 'line' }]
    builder.add({ key: Buffer.alloc(16, n * 37 + 1), text, pieces })
  }
  const descriptor = fs.openSync(folder.file('made'), 'w')
  builder.write(descriptor)
  fs.closeSync(descriptor)
  return inputOf(folder.file('made'))
}

async function rowsOf(count: number): Promise<Buffer> {
  const fields = { place: new Uint32Array(count).fill(1), content: new Uint32Array(count).fill(2) }
  const more = { kinds: new Uint8Array(count), sizes: new Float64Array(count).fill(7), absent: 0, seen: 's' }
  await keepRows(folder, 'made', { index: 'i', count, fields, ...more })
  return inputOf(folder.file('made'))
}

const small = segmentOf(3)

async function readAll(segment: Segment): Promise<void> {
  const documents = new Documents([segment])
  documents.keys(10)
  documents.lengths()
  documents.lookup(Buffer.alloc(16, 38))
  for (const doc of documents.withPrefix('2626')) documents.text(doc)
  documents.times({ words: ['cell'], isPrefix: false })
  documents.times({ words: ['a', 'c'], isPrefix: true, part: 'name' })
  writeFile('other', small)
  const other = new Segment(folder.file('other'))
  const descriptor = fs.openSync(folder.file('merged'), 'w')
  try {
    await mergeSegments(descriptor, [other, segment, other], () => Promise.resolve())
  } finally {
    fs.closeSync(descriptor)
    other.close()
  }
}

export const searchTargets: readonly Target[] = [
  {
    name: 'search-segment',
    longest: 16_384,
    seeds: [segmentOf(0), small, segmentOf(90)],
    async parse(bytes) {
      if (!writeFile('segment', bytes)) return
      const segment = new Segment(folder.file('segment'))
      try {
        await readAll(segment)
      } finally {
        segment.close()
      }
    },
  },
  {
    name: 'search-rows',
    seeds: [await rowsOf(0), await rowsOf(5)],
    parse(bytes) {
      if (writeFile('rows', bytes)) keptRows(folder, 'rows', 'i')
    },
  },
]
