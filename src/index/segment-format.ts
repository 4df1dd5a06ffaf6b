// Format: spec/06-index.md. An index segment maps ids to places in packs. It is probed by small reads, never loaded:
// a fixed header, tables of packs and blocks, a fan-out, a filter, rows sorted by id, the bases of deltas.
import { asBuffer, corrupt, type DvError, sameBytes } from '../base/index.js'
import { blake3, type Id, ID_BYTES, toHex } from '../hash/index.js'
import { PACK_NAME_BYTES } from '../pack/index.js'
import { FILTER_GROUP_BYTES } from './filter.js'

export const SEGMENT_HEADER_BYTES = 64
export const SEGMENT_CHECKSUM_BYTES = 32
export const SEGMENT_ROWS_MAX = 0x7fffffff
const MAGIC = 'DVSEG1\n\0'
/** Rows an average fan-out bucket holds. */
const BUCKET_ROWS = 64

/** One copy of an item: where it is. */
export interface Row {
  id: Id
  pack: string
  /** The block's place in the pack, bytes. */
  blockOffset: number
  blockLength: number
  /** The item's place in the decoded block, bytes. */
  offset: number
  length: number
  /** Empty: a full copy. Else the full copies that its block is compressed against. */
  bases: readonly Id[]
}

/** Sizes and places of a segment's sections, from its header. */
export interface SegmentShape {
  rows: number
  blocks: number
  packs: number
  fanOutBits: number
  width: {
    block: number
    offset: number
    length: number
    bases: number
    pack: number
    at: number
    size: number
  }
  filterBytes: number
  basesBytes: number
  rowBytes: number
  blockBytes: number
  packsAt: number
  blocksAt: number
  fanOutAt: number
  filterAt: number
  rowsAt: number
  basesAt: number
  length: number
}

/** Bytes it takes to write a number; none for 0. */
export function bytesFor(value: number): number {
  let width = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) width++
  return width
}

/** How many bits of the id a segment of so many rows fans out by. */
export function fanOutBitsFor(rows: number): number {
  return Math.min(16, Math.max(0, Math.ceil(Math.log2(Math.max(1, rows) / BUCKET_ROWS))))
}

/** The fan-out bucket of the id at `at`: its first `bits` bits. */
export function bucketOf(id: Uint8Array, bits: number, at = 0): number {
  return ((id[at]! << 8) | id[at + 1]!) >> (16 - bits)
}

type HeaderFields = Pick<
  SegmentShape,
  'rows' | 'blocks' | 'packs' | 'fanOutBits' | 'width' | 'filterBytes' | 'basesBytes'
>

/** The 64 bytes a segment begins with. */
export function encodeSegmentHeader(fields: HeaderFields): Buffer {
  const { width } = fields
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES)
  header.write(MAGIC, 'latin1')
  header.writeUInt32LE(fields.rows, 8)
  header.writeUInt32LE(fields.blocks, 12)
  header.writeUInt32LE(fields.packs, 16)
  const small = [
    fields.fanOutBits,
    width.block,
    width.offset,
    width.length,
    width.bases,
    width.pack,
    width.at,
    width.size,
  ]
  small.forEach((value, i) => header.writeUInt8(value, 20 + i))
  header.writeUInt32LE(fields.filterBytes, 28)
  header.writeUIntLE(fields.basesBytes, 32, 6)
  return header
}

/** Reads and checks a segment's header. Throws DV_CORRUPT. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentShape {
  const header = asBuffer(bytes)
  if (header.length < SEGMENT_HEADER_BYTES || header.toString('latin1', 0, 8) !== MAGIC) {
    throw corrupt('An index segment does not begin as one')
  }
  const [rows, blocks, packs] = [8, 12, 16].map((at) => header.readUInt32LE(at)) as [number, number, number]
  const [fanOutBits, block, offset, length, bases, pack, at, size] = [...header.subarray(20, 28)] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const filterBytes = header.readUInt32LE(28)
  const basesBytes = header.readUIntLE(32, 6)
  const widths = [block, offset, length, bases, pack, at, size]
  const reserved = header.subarray(38, SEGMENT_HEADER_BYTES)
  const hasPlaces = rows === 0 || (blocks > 0 && packs > 0)
  const sane =
    hasPlaces &&
    rows <= SEGMENT_ROWS_MAX &&
    fanOutBits <= 16 &&
    widths.every((w) => w <= 6) &&
    filterBytes % FILTER_GROUP_BYTES === 0 &&
    reserved.every((byte) => byte === 0)
  if (!sane) throw corrupt('An index segment has a header that cannot be')
  const rowBytes = ID_BYTES + block + offset + length + bases
  const blockBytes = pack + at + size
  const packsAt = SEGMENT_HEADER_BYTES
  const blocksAt = packsAt + packs * PACK_NAME_BYTES
  const fanOutAt = blocksAt + blocks * blockBytes
  const filterAt = fanOutAt + (fanOutBits > 0 ? 4 * 2 ** fanOutBits : 0)
  const rowsAt = filterAt + filterBytes
  const basesAt = rowsAt + rows * rowBytes
  return {
    rows,
    blocks,
    packs,
    fanOutBits,
    filterBytes,
    basesBytes,
    rowBytes,
    blockBytes,
    width: { block, offset, length, bases, pack, at, size },
    packsAt,
    blocksAt,
    fanOutAt,
    filterAt,
    rowsAt,
    basesAt,
    length: basesAt + basesBytes + SEGMENT_CHECKSUM_BYTES,
  }
}

/** Throws DV_CORRUPT unless the checksum of a whole segment matches. */
export function verifySegment(bytes: Uint8Array): void {
  const { length } = decodeSegmentHeader(bytes)
  if (bytes.length !== length) throw segmentDamaged(`it has ${bytes.length} bytes, not ${length}`)
  const end = length - SEGMENT_CHECKSUM_BYTES
  if (!sameBytes(blake3.hash(bytes.subarray(0, end)), bytes.subarray(end)))
    throw segmentDamaged('its checksum does not match')
}

/** What the index root says of a segment beside its place: the first half of its checksum, in hex. `end`: the last bytes of
 * the segment, the checksum at least. */
export function sumOfSegment(end: Uint8Array): string {
  const from = end.length - SEGMENT_CHECKSUM_BYTES
  return toHex(end.subarray(from, from + SEGMENT_CHECKSUM_BYTES / 2))
}

export function segmentDamaged(reason: string): DvError {
  return corrupt(`An index segment is damaged: ${reason}`)
}
