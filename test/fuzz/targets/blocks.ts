// Packs and what they are made of.
import { compress, decompress, Reader } from '../../../src/codec/index.js'
import { checksum, hashChunk } from '../../../src/hash/index.js'
import {
  decodeBlock,
  decodeBlockHeader,
  decodePackHeader,
  decodePackTrailer,
  encodeBlock,
  encodeDeltaBlock,
  encodePackHeader,
  encodePackTrailer,
  scanBlocks,
} from '../../../src/pack/index.js'
import { glance } from '../../../src/pack/glance.js'
import type { Target } from './index.js'

const TEXT = Buffer.from('a,b,c\n1,2,3\n'.repeat(40))
const NUMBERS = Buffer.from(new Float32Array(3000).map((_, i) => Math.sin(i / 9)).buffer)
const BASE = Buffer.from('a,b,c\n4,5,6\n'.repeat(40))

const BLOCKS = [
  encodeBlock([{ kind: 'chunk', length: 5 }], TEXT.subarray(0, 5)),
  encodeBlock([{ kind: 'chunk', length: TEXT.length }], TEXT),
  encodeBlock(
    [
      { kind: 'commit', length: 200 },
      { kind: 'manifest', length: 0 },
      { kind: 'value', length: TEXT.length - 200 },
    ],
    TEXT,
  ),
  encodeBlock([{ kind: 'chunk', length: NUMBERS.length }], NUMBERS),
  encodeDeltaBlock({ kind: 'chunk', length: TEXT.length }, TEXT, [{ id: hashChunk(BASE), bytes: BASE }]),
]

/** The size that is expected stands before the frame. */
function sized(frame: Buffer, size: number): Buffer {
  const bytes = Buffer.alloc(4 + frame.length)
  bytes.writeUInt32LE(size, 0)
  frame.copy(bytes, 4)
  return bytes
}

/** Puts the right check at the end of the header that `bytes` begin with, if there is one. */
function resealed(bytes: Buffer): Buffer {
  const end = bytes.length >= 8 ? bytes.readUInt16LE(6) - 4 : -1
  if (end > 8 && end + 4 <= bytes.length) bytes.set(checksum(bytes.subarray(0, end)).subarray(0, 4), end)
  return bytes
}

export const blockTargets: readonly Target[] = [
  {
    name: 'numbers',
    seeds: [Buffer.from('0081820304aabbccdd', 'hex')],
    parse(bytes) {
      const reader = new Reader(bytes.subarray(1), 'bytes')
      const reads = [
        () => reader.varint(),
        () => reader.int64(),
        () => reader.string(100),
        () => reader.bytes(),
        () => reader.uint(5),
        () => reader.f64(),
        () => reader.count(1000, 3),
      ]
      for (let i = bytes[0]!; reader.left > 0; i++) reads[i % reads.length]!()
      reader.end()
    },
  },
  {
    name: 'zstd-frame',
    seeds: [TEXT, NUMBERS, Buffer.from('x')].map((raw) => sized(compress(raw), raw.length)),
    parse: (bytes) => {
      if (bytes.length < 4) return
      decompress(bytes.subarray(4), bytes.readUInt32LE(0) % (16 * 1024 * 1024))
    },
  },
  {
    name: 'block',
    seeds: BLOCKS,
    parse(bytes) {
      const header = decodeBlockHeader(resealed(bytes))
      decodeBlock(
        bytes,
        header,
        header.bases.map(() => BASE),
      )
    },
  },
  {
    name: 'pack-scan',
    seeds: [Buffer.concat([encodePackHeader('data'), ...BLOCKS.slice(0, 3)])],
    parse: (bytes) => [...scanBlocks(bytes)],
  },
  {
    name: 'pack-ends',
    seeds: [Buffer.concat([encodePackHeader('node'), Buffer.alloc(8), encodePackTrailer(8)])],
    parse(bytes) {
      decodePackHeader(bytes)
      const { offset, length } = decodePackTrailer(bytes.subarray(-16), bytes.length)
      if (bytes.subarray(offset, offset + length).length !== length) throw new Error('it leads outside')
    },
  },
  {
    name: 'sample',
    seeds: [TEXT, NUMBERS],
    parse: (bytes) => glance([bytes.subarray(0, 2048), bytes.subarray(2048)]),
  },
]
