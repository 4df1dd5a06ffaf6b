// The index: its root and its segments.
import { asBuffer } from '../../../src/base/index.js'
import { blake3, hashChunk, type Id } from '../../../src/hash/index.js'
import {
  decodeRoot,
  encodeRoot,
  encodeSegment,
  type Row,
  segmentInMemory,
  verifySegment,
} from '../../../src/index/index.js'
import { decodeTombstone, encodeTombstone } from '../../../src/index/collections.js'
import type { Target } from './index.js'
import { recordTarget } from './records.js'

const id = (n: number): Id => hashChunk(Buffer.from([n, n >> 8]))

function rows(count: number): Row[] {
  return Array.from({ length: count }, (_, n) => ({
    id: id(n),
    pack: `${n % 3}`.repeat(32),
    blockOffset: 16 + n * 40,
    blockLength: 40 + (n % 5) * 1000,
    offset: n % 7,
    length: n * 11,
    bases: n % 4 === 3 ? [id(n - 1), id(n - 2)] : [],
  }))
}

/** Puts the right checksum at the end. */
function resealed(bytes: Buffer): Buffer {
  if (bytes.length > 32) bytes.set(blake3.hash(bytes.subarray(0, -32)), bytes.length - 32)
  return bytes
}

export const indexTargets: readonly Target[] = [
  {
    name: 'segment',
    longest: 16_384,
    seeds: [0, 1, 5, 90].map((count) => asBuffer(encodeSegment(rows(count)))),
    async parse(bytes) {
      verifySegment(resealed(bytes))
      const segment = segmentInMemory(bytes)
      for (let n = 0; n < 4; n++) await segment.lookup(id(n))
      for await (const batch of segment.rows()) if (batch.length === 0) throw new Error('it never ends')
    },
  },
  recordTarget('index-root', decodeRoot, [
    encodeRoot({ generation: 0, segments: [], collections: [], purged: [] }),
    encodeRoot({
      generation: 3,
      segments: [
        { key: `packs/${'0a'.repeat(16)}`, offset: 40, length: 147, rows: 1 },
        { key: `segments/${'f1'.repeat(16)}`, offset: 0, length: 90_000, rows: 2000 },
      ],
      collections: [
        { id: '2b'.repeat(16), state: 'deleting' },
        { id: '3c'.repeat(16), state: 'marked' },
      ],
      purged: ['4d'.repeat(16)],
    }),
  ]),
  recordTarget('tombstone', decodeTombstone, [
    encodeTombstone([
      { key: `packs/${'0a'.repeat(16)}`, bytes: 50_000_000, garbage: 12_345_678 },
      { key: `segments/${'f1'.repeat(16)}`, bytes: 9000, garbage: 9000 },
    ]),
  ]),
]
