// Reads what declares or expands to far more than it is: node bomb-child.js. Prints, as JSON, how each was refused and how
// much memory the process took at most beyond what it had before the first.
import { isDvError } from '../../src/base/index.js'
import { compress, decompress, seal, Writer } from '../../src/codec/index.js'
import { blake3, checksum, hashChunk } from '../../src/hash/index.js'
import { decodeRoot, segmentInMemory, verifySegment } from '../../src/index/index.js'
import { decodeNode } from '../../src/manifest/decode.js'
import { decodeCommit } from '../../src/objects/index.js'
import { decodeBlock, decodeBlockHeader, encodeBlock } from '../../src/pack/index.js'
import { decodeRecipeNode } from '../../src/recipe/index.js'
import { BOMBS_BYTES, frameOf, RAW_MAX } from './bombs.js'

/** A block whose header says `length` bytes of one chunk, and whose payload is a frame. */
function blockOf(frame: Buffer, length: number, bases: readonly Uint8Array[] = []): Buffer {
  const body = new Writer()
    .varint(1)
    .varint(length * 8)
    .varint(frame.length)
    .u8(bases.length)
  for (const base of bases) body.raw(hashChunk(base))
  const size = 8 + body.length + 4
  const header = new Writer()
    .raw(Buffer.from('dkB1'))
    .u8(bases.length > 0 ? 2 : 1)
    .u8(0)
    .u16(size)
  header.raw(body.done())
  return Buffer.concat([header.raw(checksum(header.done()).subarray(0, 4)).done(), frame])
}

function readBlock(block: Buffer, bases: readonly Uint8Array[] = []): void {
  decodeBlock(block, decodeBlockHeader(block), bases)
}

/** A header that promises all that its numbers can hold. */
function greedySegment(): Buffer {
  const bytes = Buffer.alloc(64 + 32, 0)
  bytes.write('DVSEG1\n\0', 'latin1')
  for (const [at, value] of [
    [8, 0x7fffffff],
    [12, 0xffffffff],
    [16, 0xffffffff],
    [28, 0xffffffe0],
  ] as const)
    bytes.writeUInt32LE(value, at)
  bytes.fill(6, 21, 28)
  bytes[20] = 16
  bytes.set(blake3.hash(bytes.subarray(0, 64)), 64)
  return bytes
}

const BASE = Buffer.alloc(1000, 'base')
const CASES: Record<string, () => unknown> = {
  'a frame of runs that give more than it states': () => decompress(frameOf('runs', 1000), 1000),
  'a frame of literals that give more than it states': () => decompress(frameOf('literals', 1000), 1000),
  'a frame that states the most and gives more': () => decompress(frameOf('runs', RAW_MAX), RAW_MAX),
  'the same of literals': () => decompress(frameOf('literals', RAW_MAX), RAW_MAX),
  'the same against a base': () => decompress(frameOf('literals', RAW_MAX), RAW_MAX, BASE),
  'a frame that states 8 PiB': () => decompress(frameOf('runs', 2 ** 53), RAW_MAX),
  'such a frame in a block': () => readBlock(blockOf(frameOf('literals', RAW_MAX), RAW_MAX)),
  'such a frame in a delta': () => readBlock(blockOf(frameOf('runs', RAW_MAX), RAW_MAX, [BASE]), [BASE]),
  'a block of a chunk of 8 PiB': () => readBlock(blockOf(frameOf('runs', 1000), 2 ** 49)),
  'a segment that promises four billion packs': () => {
    verifySegment(greedySegment())
    segmentInMemory(greedySegment())
  },
  'an index root of a segment of 8 PiB': () =>
    decodeRoot(seal({ format: 1, generation: 0, segments: [['packs/x', 0, 2 ** 53, 1]] })),
  'a manifest node of a million entries': () => decodeNode(new Writer().u8(1).u8(0).varint(1_000_000).done()),
  'a recipe node of a million chunks': () =>
    decodeRecipeNode(new Writer().u8(1).u8(0).varint(1_000_000).done()),
  'a commit of 2^53 parents': () =>
    decodeCommit(new Writer().u8(1).raw(BASE.subarray(0, 32)).varint(Number.MAX_SAFE_INTEGER).done()),
}

const peak = () => process.resourceUsage().maxRSS * 1024
// What is loaded once, zstd above all, is not what a bomb takes.
readBlock(encodeBlock([{ kind: 'chunk', length: 1000 }], BASE))
decompress(compress(BASE), BASE.length)
const before = peak()
const refused: Record<string, string> = {}
for (const [title, work] of Object.entries(CASES)) {
  // What the last one left is no part of what this one takes.
  gc!()
  try {
    work()
    refused[title] = 'it was read'
  } catch (error) {
    refused[title] = isDvError(error) ? error.code : String(error)
  }
}
process.stdout.write(JSON.stringify({ refused, expands: BOMBS_BYTES, grown: peak() - before }))
