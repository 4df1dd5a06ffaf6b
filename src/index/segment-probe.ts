// How a segment is probed, apart from how its bytes are had: each function yields the ranges it wants and is given
// them, so that the same code answers from memory at once and from storage by and by.
import { type Id, ID_BYTES } from '../hash/index.js'
import { BASES_MAX, PACK_NAME_BYTES } from '../pack/index.js'
import { compareIdAt } from './compare-id.js'
import { FILTER_GROUP_BYTES, filterGroup, passesFilter } from './filter.js'
import type { BlockPlace } from './row-table.js'
import { bucketOf, type Row, segmentDamaged, type SegmentShape } from './segment-format.js'

/** Bytes of the segment that are wanted. */
export interface Wanted {
  at: number
  length: number
}

export type Probe<T> = Generator<Wanted, T, Buffer>

const WINDOW_ROWS = 64
const SCAN_BYTES = 256 * 1024

/** All copies of an id. */
export function* probeId(shape: SegmentShape, id: Id): Probe<Row[]> {
  const found: Row[] = []
  const [first, end] = yield* probePlaces(shape, id)
  for (let row = first; row < end; row++) found.push(yield* probeRow(shape, row))
  return found
}

/** The numbers of the rows that an id has: the first, and the one after the last. */
export function* probePlaces(shape: SegmentShape, id: Id): Probe<[number, number]> {
  if (shape.rows === 0 || !(yield* mayHold(shape, id))) return [0, 0]
  const [low, high] = yield* bucketRange(shape, id)
  const first = yield* firstRow(shape, id, [low, high])
  let end = first
  while (end < high && compareIdAt(yield rowAt(shape, end), 0, id) === 0) end++
  return [first, end]
}

export function* probeRow(shape: SegmentShape, row: number): Probe<Row> {
  return yield* decodeRow(shape, yield rowAt(shape, row))
}

function rowAt({ rowsAt, rowBytes }: SegmentShape, row: number): Wanted {
  return { at: rowsAt + row * rowBytes, length: rowBytes }
}

/** The rows from `row` on, as many as are worth reading at once. */
export function* probeRows(shape: SegmentShape, row: number): Probe<Row[]> {
  const step = Math.max(1, Math.floor(SCAN_BYTES / shape.rowBytes))
  const count = Math.min(step, shape.rows - row)
  // Decoding reads more, and a reader may use its buffer again.
  const bytes = Buffer.from(yield { at: shape.rowsAt + row * shape.rowBytes, length: count * shape.rowBytes })
  const rows: Row[] = []
  for (let i = 0; i < count; i++)
    rows.push(yield* decodeRow(shape, bytes.subarray(i * shape.rowBytes, (i + 1) * shape.rowBytes)))
  return rows
}

function* mayHold({ filterBytes, filterAt }: SegmentShape, id: Id): Probe<boolean> {
  if (filterBytes === 0) return true
  const at = filterAt + filterGroup(id, filterBytes) * FILTER_GROUP_BYTES
  return passesFilter(yield { at, length: FILTER_GROUP_BYTES }, id)
}

/** The rows, from and to, of the id's fan-out bucket. */
function* bucketRange({ fanOutBits, fanOutAt, rows }: SegmentShape, id: Id): Probe<[number, number]> {
  if (fanOutBits === 0) return [0, rows]
  const bucket = bucketOf(id, fanOutBits)
  const ends = yield { at: fanOutAt + Math.max(0, bucket - 1) * 4, length: bucket === 0 ? 4 : 8 }
  const low = bucket === 0 ? 0 : ends.readUInt32LE(0)
  const high = ends.readUInt32LE(ends.length - 4)
  if (low > high || high > rows) throw segmentDamaged('its fan-out cannot be')
  return [low, high]
}

/** The first row in [low, high) whose id is not below `id`; buckets are small, so one window read does. */
function* firstRow({ rowsAt, rowBytes }: SegmentShape, id: Id, [low, high]: [number, number]): Probe<number> {
  while (high - low > WINDOW_ROWS) {
    const middle = (low + high) >>> 1
    const bytes = yield { at: rowsAt + middle * rowBytes, length: ID_BYTES }
    if (compareIdAt(bytes, 0, id) < 0) low = middle + 1
    else high = middle
  }
  if (low >= high) return low
  const first = low
  const bytes = yield { at: rowsAt + low * rowBytes, length: (high - low) * rowBytes }
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareIdAt(bytes, (middle - first) * rowBytes, id) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function* decodeRow(shape: SegmentShape, bytes: Buffer): Probe<Row> {
  const { width } = shape
  const [block, offset, length, place] = readNumbers(bytes, ID_BYTES, [
    width.block,
    width.offset,
    width.length,
    width.bases,
  ]) as [number, number, number, number]
  const id = Buffer.from(bytes.subarray(0, ID_BYTES)) as Id
  const { pack, at, size } = yield* probeBlock(shape, block)
  const bases = place === 0 ? [] : yield* probeBases(shape, place)
  return { id, pack, blockOffset: at, blockLength: size, offset, length, bases }
}

/** A block by the number that rows name it by. */
export function* probeBlock(shape: SegmentShape, block: number): Probe<BlockPlace> {
  const { width, blocks, blockBytes, blocksAt } = shape
  if (block >= blocks) throw segmentDamaged('it names a block it does not have')
  const where = yield { at: blocksAt + block * blockBytes, length: blockBytes }
  const [pack, at, size] = readNumbers(where, 0, [width.pack, width.at, width.size]) as [
    number,
    number,
    number,
  ]
  return { pack: yield* packName(shape, pack), at, size }
}

/** Little-endian numbers of these widths, one after the other. */
export function readNumbers(bytes: Buffer, at: number, widths: readonly number[]): number[] {
  const numbers: number[] = []
  for (const width of widths) {
    numbers.push(width > 0 ? bytes.readUIntLE(at, width) : 0)
    at += width
  }
  return numbers
}

function* packName({ packs, packsAt }: SegmentShape, index: number): Probe<string> {
  if (index >= packs) throw segmentDamaged('it names a pack it does not have')
  return (yield { at: packsAt + index * PACK_NAME_BYTES, length: PACK_NAME_BYTES }).toString('hex')
}

/** The bases of rows that name `number`, which is their place + 1. */
export function* probeBases({ basesAt, basesBytes }: SegmentShape, number: number): Probe<Id[]> {
  const place = number - 1
  const count = place < basesBytes ? (yield { at: basesAt + place, length: 1 })[0]! : 0
  if (count === 0 || count > BASES_MAX || place + 1 + count * ID_BYTES > basesBytes)
    throw segmentDamaged('it names bases it does not have')
  const bytes = Buffer.from(yield { at: basesAt + place + 1, length: count * ID_BYTES })
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) as Id)
}
