// Format: spec/06-index.md. An index segment maps ids to places in packs. It is probed by small reads, never loaded:
// a fixed header, tables of packs and blocks, a fan-out, a filter, rows sorted by id, the bases of deltas.
import { corrupt } from '../base/index.js'
import { blake3, type Id, ID_BYTES } from '../hash/index.js'
import { PACK_NAME_BYTES } from '../pack/index.js'
import { FILTER_GROUP_BYTES, filterBytesFor, setInFilter } from './filter.js'

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

/** The bytes of a segment. Rows in any order; the same id may have several. */
export function encodeSegment(rows: readonly Row[]): Buffer {
  const sorted = [...rows].sort(compareRows)
  const packs = [...new Set(sorted.map((row) => row.pack))].sort()
  const packIndex = new Map(packs.map((name, index) => [name, index]))
  const blocks = collectBlocks(sorted, packIndex)
  const bases = collectBases(sorted)
  const width = {
    block: bytesFor(blocks.list.length - 1),
    offset: bytesFor(maxOf(sorted, (row) => row.offset)),
    length: bytesFor(maxOf(sorted, (row) => row.length)),
    bases: bytesFor(bases.bytes.length),
    pack: bytesFor(packs.length - 1),
    at: bytesFor(maxOf(sorted, (row) => row.blockOffset)),
    size: bytesFor(maxOf(sorted, (row) => row.blockLength)),
  }
  const header = encodeSegmentHeader({
    rows: sorted.length,
    blocks: blocks.list.length,
    packs: packs.length,
    fanOutBits: fanOutBitsFor(sorted.length),
    width,
    filterBytes: filterBytesFor(sorted.length),
    basesBytes: bases.bytes.length,
  })
  const shape = decodeSegmentHeader(header)
  const out = Buffer.alloc(shape.length)
  header.copy(out)
  packs.forEach((name, i) => out.write(name, shape.packsAt + i * PACK_NAME_BYTES, 'hex'))
  blocks.list.forEach((row, i) => {
    let at = shape.blocksAt + i * shape.blockBytes
    at = put(out, at, packIndex.get(row.pack)!, width.pack)
    at = put(out, at, row.blockOffset, width.at)
    put(out, at, row.blockLength, width.size)
  })
  writeFanOut(out, shape, sorted)
  if (shape.filterBytes > 0) writeFilter(out, shape, sorted)
  sorted.forEach((row, i) => {
    let at = shape.rowsAt + i * shape.rowBytes
    out.set(row.id, at)
    at = put(out, at + ID_BYTES, blocks.ordinal(row), width.block)
    at = put(out, at, row.offset, width.offset)
    at = put(out, at, row.length, width.length)
    put(out, at, bases.places[i]!, width.bases)
  })
  bases.bytes.copy(out, shape.basesAt)
  const end = shape.length - SEGMENT_CHECKSUM_BYTES
  out.set(blake3.hash(out.subarray(0, end)), end)
  return out
}

function compareRows(a: Row, b: Row): number {
  return (
    Buffer.compare(a.id, b.id) ||
    (a.pack < b.pack ? -1 : a.pack > b.pack ? 1 : 0) ||
    a.blockOffset - b.blockOffset
  )
}

function collectBlocks(rows: readonly Row[], packIndex: ReadonlyMap<string, number>) {
  const key = (row: Row) => packIndex.get(row.pack)! * 2 ** 32 + row.blockOffset
  const unique = new Map(rows.map((row) => [key(row), row]))
  const list = [...unique.entries()].sort((a, b) => a[0] - b[0])
  const ordinals = new Map(list.map(([k], index) => [k, index]))
  return { list: list.map(([, row]) => row), ordinal: (row: Row) => ordinals.get(key(row))! }
}

/** Bases are records of a count and ids; a row refers to its record by place + 1, 0 meaning a full copy. */
function collectBases(rows: readonly Row[]): { bytes: Buffer; places: number[] } {
  const parts: Uint8Array[] = []
  let length = 0
  const places = rows.map(({ bases }) => {
    if (bases.length === 0) return 0
    const place = length + 1
    parts.push(Uint8Array.of(bases.length), ...bases)
    length += 1 + bases.length * ID_BYTES
    return place
  })
  return { bytes: Buffer.concat(parts), places }
}

function maxOf(rows: readonly Row[], value: (row: Row) => number): number {
  let max = 0
  for (const row of rows) max = Math.max(max, value(row))
  return max
}

function bytesFor(value: number): number {
  let width = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) width++
  return width
}

function put(out: Buffer, at: number, value: number, width: number): number {
  if (width > 0) out.writeUIntLE(value, at, width)
  return at + width
}

function writeFanOut(out: Buffer, shape: SegmentShape, sorted: readonly Row[]): void {
  if (shape.fanOutBits === 0) return
  const buckets = 2 ** shape.fanOutBits
  const ends = new Uint32Array(buckets)
  for (const { id } of sorted) ends[bucketOf(id, shape.fanOutBits)]!++
  let sum = 0
  for (let bucket = 0; bucket < buckets; bucket++) {
    sum += ends[bucket]!
    out.writeUInt32LE(sum, shape.fanOutAt + bucket * 4)
  }
}

function writeFilter(out: Buffer, shape: SegmentShape, sorted: readonly Row[]): void {
  const filter = out.subarray(shape.filterAt, shape.filterAt + shape.filterBytes)
  for (const { id } of sorted) setInFilter(filter, id)
}

/** How many bits of the id a segment of so many rows fans out by. */
export function fanOutBitsFor(rows: number): number {
  return Math.min(16, Math.max(0, Math.ceil(Math.log2(Math.max(1, rows) / BUCKET_ROWS))))
}

/** The fan-out bucket of an id: its first `bits` bits. */
export function bucketOf(id: Id, bits: number): number {
  return ((id[0]! << 8) | id[1]!) >> (16 - bits)
}

type HeaderFields = Pick<
  SegmentShape,
  'rows' | 'blocks' | 'packs' | 'fanOutBits' | 'width' | 'filterBytes' | 'basesBytes'
>

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
  header.writeUInt32LE(fields.basesBytes, 32)
  return header
}

/** Reads and checks a segment's header. Throws DV_CORRUPT. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentShape {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
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
  const basesBytes = header.readUInt32LE(32)
  const widths = [block, offset, length, bases, pack, at, size]
  const reserved = header.subarray(36, SEGMENT_HEADER_BYTES)
  const sane =
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
  const shape = decodeSegmentHeader(bytes)
  const end = shape.length - SEGMENT_CHECKSUM_BYTES
  if (
    bytes.length !== shape.length ||
    Buffer.compare(blake3.hash(bytes.subarray(0, end)), bytes.subarray(end)) !== 0
  ) {
    throw corrupt('An index segment is damaged: its checksum does not match')
  }
}
