// Probes one segment. Small segments are read whole and checked; of large ones only the pages that a probe touches are
// read, through a cache shared by all segments, so memory does not grow with the index.
import { corrupt } from '../base/index.js'
import { type Id, ID_BYTES } from '../hash/index.js'
import { PACK_NAME_BYTES } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { FILTER_GROUP_BYTES, filterGroup, passesFilter } from './filter.js'
import { PageCache } from './page-cache.js'
import {
  bucketOf,
  decodeSegmentHeader,
  type Row,
  SEGMENT_HEADER_BYTES,
  type SegmentShape,
  verifySegment,
} from './segment-format.js'
import type { SegmentRef } from './root.js'

const WHOLE_BYTES_MAX = 1024 * 1024
const WINDOW_ROWS = 64
const SCAN_BYTES = 256 * 1024

type ReadRange = (offset: number, length: number) => Promise<Buffer>

/** Opens a segment for probing. Throws DV_NOT_FOUND when it is gone, DV_CORRUPT when it is damaged. */
export async function openSegment(
  storage: Storage,
  ref: SegmentRef,
  pages: PageCache,
): Promise<SegmentReader> {
  const read: ReadRange = async (offset, length) => {
    const bytes = await storage.get(ref.key, { offset: ref.offset + offset, length })
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }
  if (ref.length <= WHOLE_BYTES_MAX) {
    const whole = await read(0, ref.length)
    verifySegment(whole)
    return new SegmentReader(decodeSegmentHeader(whole), async (at, length) =>
      whole.subarray(at, at + length),
    )
  }
  const shape = decodeSegmentHeader(await read(0, SEGMENT_HEADER_BYTES))
  if (shape.length !== ref.length)
    throw corrupt(`Index segment '${ref.key}' does not have the length the root names`)
  return new SegmentReader(shape, (at, length) =>
    pages.read(`${ref.key}:${ref.offset}`, { at, length, end: ref.length }, read),
  )
}

/** A reader of a segment that is in memory, whole and known to be undamaged. */
export function segmentInMemory(bytes: Buffer): SegmentReader {
  return new SegmentReader(decodeSegmentHeader(bytes), async (at, length) => bytes.subarray(at, at + length))
}

export class SegmentReader {
  readonly shape: SegmentShape
  readonly #read: ReadRange

  constructor(shape: SegmentShape, read: ReadRange) {
    this.shape = shape
    this.#read = read
  }

  /** All copies of an id that this segment knows. */
  async lookup(id: Id): Promise<Row[]> {
    const { shape } = this
    if (shape.rows === 0 || !(await this.#mayHold(id))) return []
    const [low, high] = await this.#bucket(id)
    const first = await this.#firstRow(id, low, high)
    const found: Row[] = []
    for (let row = first; row < high; row++) {
      const bytes = await this.#read(shape.rowsAt + row * shape.rowBytes, shape.rowBytes)
      if (Buffer.compare(bytes.subarray(0, ID_BYTES), id) !== 0) break
      found.push(await this.#decodeRow(bytes))
    }
    return found
  }

  /** All rows in order of their ids, in batches. */
  async *rows(): AsyncGenerator<Row[]> {
    const { shape } = this
    const step = Math.max(1, Math.floor(SCAN_BYTES / shape.rowBytes))
    for (let row = 0; row < shape.rows; row += step) {
      const count = Math.min(step, shape.rows - row)
      const bytes = await this.#read(shape.rowsAt + row * shape.rowBytes, count * shape.rowBytes)
      const batch: Row[] = []
      for (let i = 0; i < count; i++) {
        batch.push(await this.#decodeRow(bytes.subarray(i * shape.rowBytes, (i + 1) * shape.rowBytes)))
      }
      yield batch
    }
  }

  /** A section's bytes as they are; for merging. */
  section(at: number, length: number): Promise<Buffer> {
    return this.#read(at, length)
  }

  async #mayHold(id: Id): Promise<boolean> {
    const { filterBytes, filterAt } = this.shape
    if (filterBytes === 0) return true
    const at = filterAt + filterGroup(id, filterBytes) * FILTER_GROUP_BYTES
    return passesFilter(await this.#read(at, FILTER_GROUP_BYTES), id)
  }

  /** The rows, from and to, of the id's fan-out bucket. */
  async #bucket(id: Id): Promise<[number, number]> {
    const { fanOutBits, fanOutAt, rows } = this.shape
    if (fanOutBits === 0) return [0, rows]
    const bucket = bucketOf(id, fanOutBits)
    const ends = await this.#read(fanOutAt + Math.max(0, bucket - 1) * 4, bucket === 0 ? 4 : 8)
    const low = bucket === 0 ? 0 : ends.readUInt32LE(0)
    const high = ends.readUInt32LE(ends.length - 4)
    if (low > high || high > rows) throw corrupt('An index segment has a fan-out that cannot be')
    return [low, high]
  }

  /** The first row in [low, high) whose id is not below `id`; buckets are small, so a window read at a time does. */
  async #firstRow(id: Id, low: number, high: number): Promise<number> {
    const { rowsAt, rowBytes } = this.shape
    while (high - low > WINDOW_ROWS) {
      const middle = (low + high) >> 1
      const bytes = await this.#read(rowsAt + middle * rowBytes, ID_BYTES)
      if (Buffer.compare(bytes, id) < 0) low = middle + 1
      else high = middle
    }
    if (low >= high) return low
    const bytes = await this.#read(rowsAt + low * rowBytes, (high - low) * rowBytes)
    for (let row = low; row < high; row++) {
      const at = (row - low) * rowBytes
      if (bytes.compare(id, 0, ID_BYTES, at, at + ID_BYTES) >= 0) return row
    }
    return high
  }

  async #decodeRow(bytes: Buffer): Promise<Row> {
    const { width, blocks, blockBytes, blocksAt } = this.shape
    let at = ID_BYTES
    const take = (size: number) => {
      const value = size > 0 ? bytes.readUIntLE(at, size) : 0
      at += size
      return value
    }
    const block = take(width.block)
    const offset = take(width.offset)
    const length = take(width.length)
    const place = take(width.bases)
    if (block >= blocks) throw corrupt('An index segment names a block it does not have')
    const where = await this.#read(blocksAt + block * blockBytes, blockBytes)
    const number = (from: number, size: number) => (size > 0 ? where.readUIntLE(from, size) : 0)
    return {
      id: Buffer.from(bytes.subarray(0, ID_BYTES)) as Id,
      pack: await this.#packName(number(0, width.pack)),
      blockOffset: number(width.pack, width.at),
      blockLength: number(width.pack + width.at, width.size),
      offset,
      length,
      bases: place === 0 ? [] : await this.#bases(place - 1),
    }
  }

  async #packName(index: number): Promise<string> {
    const { packs, packsAt } = this.shape
    if (index >= packs) throw corrupt('An index segment names a pack it does not have')
    return (await this.#read(packsAt + index * PACK_NAME_BYTES, PACK_NAME_BYTES)).toString('hex')
  }

  async #bases(place: number): Promise<Id[]> {
    const { basesAt, basesBytes } = this.shape
    const count = place < basesBytes ? (await this.#read(basesAt + place, 1))[0]! : 0
    if (count === 0 || place + 1 + count * ID_BYTES > basesBytes)
      throw corrupt('An index segment names bases it does not have')
    const bytes = Buffer.from(await this.#read(basesAt + place + 1, count * ID_BYTES))
    return Array.from({ length: count }, (_, i) => bytes.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) as Id)
  }
}
