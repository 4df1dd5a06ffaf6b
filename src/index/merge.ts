// Segments are merged in tiers, eight of a tier at a time, so that a lookup probes few of them. A merge streams: only
// the filter and the fan-out of the result are held in memory.
import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import { blake3, type Id, ID_BYTES } from '../hash/index.js'
import { newPackName } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { filterBytesFor, setInFilter } from './filter.js'
import { PageCache } from './page-cache.js'
import type { SegmentRef } from './root.js'
import {
  bucketOf,
  decodeSegmentHeader,
  encodeSegmentHeader,
  fanOutBitsFor,
  SEGMENT_CHECKSUM_BYTES,
  type SegmentShape,
} from './segment-format.js'
import { openSegment, type SegmentReader } from './segment-reader.js'

const FAN_IN = 8
const TIER_ROWS = 512
const COPY_BYTES = 256 * 1024

/** Which segments should become one now: eight or more of one tier, the lowest tier first. */
export function chooseMerge(segments: readonly SegmentRef[]): SegmentRef[] | undefined {
  const tiers = new Map<number, SegmentRef[]>()
  for (const segment of segments) {
    const tier = Math.max(0, Math.ceil(Math.log2(Math.max(1, segment.rows) / TIER_ROWS) / Math.log2(FAN_IN)))
    tiers.set(tier, [...(tiers.get(tier) ?? []), segment])
  }
  const full = [...tiers.entries()].filter(([, list]) => list.length >= FAN_IN).sort((a, b) => a[0] - b[0])
  return full[0]?.[1]
}

/** Writes one segment with the rows of all `refs` and returns where it is. */
export async function mergeSegments(storage: Storage, refs: readonly SegmentRef[]): Promise<SegmentRef> {
  const pages = new PageCache()
  const inputs = await Promise.all(refs.map((ref) => openSegment(storage, ref, pages)))
  const path = storage.temporaryPath()
  try {
    const length = await writeMerged(path, inputs)
    const key = `segments/${newPackName()}`
    await storage.putFile(key, path)
    return { key, offset: 0, length, rows: inputs.reduce((sum, input) => sum + input.shape.rows, 0) }
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw fromSystemError(error, 'write', path)
  }
}

async function writeMerged(path: string, inputs: readonly SegmentReader[]): Promise<number> {
  const header = encodeSegmentHeader(mergedShape(inputs.map((input) => input.shape)))
  const shape = decodeSegmentHeader(header)
  const fd = fs.openSync(path, 'wx+', 0o644)
  try {
    fs.writeSync(fd, header, 0, header.length, 0)
    await writeTables(fd, shape, inputs)
    await writeRows(fd, shape, inputs)
    writeChecksum(fd, shape)
  } finally {
    fs.closeSync(fd)
  }
  return shape.length
}

function mergedShape(shapes: readonly SegmentShape[]) {
  const sum = (of: (shape: SegmentShape) => number) => shapes.reduce((total, shape) => total + of(shape), 0)
  const widest = (of: (shape: SegmentShape) => number) => Math.max(...shapes.map(of))
  const bytesFor = (value: number) => Math.ceil(Math.log2(value + 1) / 8)
  const rows = sum((shape) => shape.rows)
  return {
    rows,
    blocks: sum((shape) => shape.blocks),
    packs: sum((shape) => shape.packs),
    fanOutBits: fanOutBitsFor(rows),
    filterBytes: filterBytesFor(rows),
    basesBytes: sum((shape) => shape.basesBytes),
    width: {
      block: bytesFor(sum((shape) => shape.blocks)),
      offset: widest((shape) => shape.width.offset),
      length: widest((shape) => shape.width.length),
      bases: bytesFor(sum((shape) => shape.basesBytes) + 1),
      pack: bytesFor(sum((shape) => shape.packs)),
      at: widest((shape) => shape.width.at),
      size: widest((shape) => shape.width.size),
    },
  }
}

/** Packs, blocks and bases of all inputs, one after the other; their ordinals shift by what stands before. */
async function writeTables(fd: number, shape: SegmentShape, inputs: readonly SegmentReader[]): Promise<void> {
  let [packsAt, blocksAt, basesAt] = [shape.packsAt, shape.blocksAt, shape.basesAt]
  let packsBefore = 0
  for (const input of inputs) {
    const from = input.shape
    packsAt += await copy(fd, packsAt, input, { at: from.packsAt, length: from.blocksAt - from.packsAt })
    basesAt += await copy(fd, basesAt, input, { at: from.basesAt, length: from.basesBytes })
    const step = Math.max(1, Math.floor(COPY_BYTES / Math.max(1, from.blockBytes)))
    for (let block = 0; block < from.blocks; block += step) {
      const count = Math.min(step, from.blocks - block)
      const bytes = await input.section(from.blocksAt + block * from.blockBytes, count * from.blockBytes)
      const out = Buffer.alloc(count * shape.blockBytes)
      for (let i = 0; i < count; i++) {
        const [pack, at, size] = readFields(bytes, i * from.blockBytes, [
          from.width.pack,
          from.width.at,
          from.width.size,
        ])
        const fields = [pack! + packsBefore, at!, size!]
        writeFields(out, i * shape.blockBytes, fields, [shape.width.pack, shape.width.at, shape.width.size])
      }
      fs.writeSync(fd, out, 0, out.length, blocksAt)
      blocksAt += out.length
    }
    packsBefore += from.packs
  }
}

async function copy(
  fd: number,
  to: number,
  input: SegmentReader,
  range: { at: number; length: number },
): Promise<number> {
  for (let done = 0; done < range.length; done += COPY_BYTES) {
    const bytes = await input.section(range.at + done, Math.min(COPY_BYTES, range.length - done))
    fs.writeSync(fd, bytes, 0, bytes.length, to + done)
  }
  return range.length
}

function readFields(bytes: Buffer, at: number, widths: readonly number[]): number[] {
  return widths.map((width) => {
    const value = width > 0 ? bytes.readUIntLE(at, width) : 0
    at += width
    return value
  })
}

function writeFields(out: Buffer, at: number, values: readonly number[], widths: readonly number[]): void {
  values.forEach((value, i) => {
    if (widths[i]! > 0) out.writeUIntLE(value, at, widths[i]!)
    at += widths[i]!
  })
}

/** One input's rows, a window at a time, its ordinals already shifted. */
class RowCursor {
  readonly #input: SegmentReader
  readonly #shift: { block: number; bases: number }
  #bytes = Buffer.alloc(0)
  #next = 0
  #at = 0

  constructor(input: SegmentReader, shift: { block: number; bases: number }) {
    this.#input = input
    this.#shift = shift
  }

  /** The id under the cursor; undefined at the end. */
  id: Id | undefined

  async advance(): Promise<void> {
    const { rows, rowBytes, rowsAt } = this.#input.shape
    this.#at += rowBytes
    if (this.#at >= this.#bytes.length) {
      if (this.#next >= rows) return void (this.id = undefined)
      const count = Math.min(Math.max(1, Math.floor(COPY_BYTES / rowBytes)), rows - this.#next)
      this.#bytes = Buffer.from(await this.#input.section(rowsAt + this.#next * rowBytes, count * rowBytes))
      this.#next += count
      this.#at = 0
    }
    this.id = this.#bytes.subarray(this.#at, this.#at + ID_BYTES) as Id
  }

  fields(): number[] {
    const { width } = this.#input.shape
    const at = this.#at + ID_BYTES
    const [block, offset, length, bases] = readFields(this.#bytes, at, [
      width.block,
      width.offset,
      width.length,
      width.bases,
    ])
    return [block! + this.#shift.block, offset!, length!, bases! === 0 ? 0 : bases! + this.#shift.bases]
  }
}

async function writeRows(fd: number, shape: SegmentShape, inputs: readonly SegmentReader[]): Promise<void> {
  const { width } = shape
  const widths = [width.block, width.offset, width.length, width.bases]
  const cursors = await startCursors(inputs)
  const filter = Buffer.alloc(shape.filterBytes)
  const ends = new Uint32Array(shape.fanOutBits > 0 ? 2 ** shape.fanOutBits : 0)
  const out = Buffer.alloc(Math.max(1, Math.floor(COPY_BYTES / shape.rowBytes)) * shape.rowBytes)
  let filled = 0
  let at = shape.rowsAt
  for (let row = 0; row < shape.rows; row++) {
    const cursor = lowest(cursors)
    const id = cursor.id!
    out.set(id, filled)
    writeFields(out, filled + ID_BYTES, cursor.fields(), widths)
    filled += shape.rowBytes
    if (filter.length > 0) setInFilter(filter, id)
    if (ends.length > 0) ends[bucketOf(id, shape.fanOutBits)]!++
    if (filled === out.length || row === shape.rows - 1) {
      fs.writeSync(fd, out, 0, filled, at)
      at += filled
      filled = 0
    }
    await cursor.advance()
  }
  fs.writeSync(fd, filter, 0, filter.length, shape.filterAt)
  const fanOut = Buffer.alloc(ends.length * 4)
  ends.reduce((sum, count, i) => (fanOut.writeUInt32LE(sum + count, i * 4), sum + count), 0)
  fs.writeSync(fd, fanOut, 0, fanOut.length, shape.fanOutAt)
}

async function startCursors(inputs: readonly SegmentReader[]): Promise<RowCursor[]> {
  let [block, bases] = [0, 0]
  const cursors: RowCursor[] = []
  for (const input of inputs) {
    const cursor = new RowCursor(input, { block, bases })
    await cursor.advance()
    cursors.push(cursor)
    block += input.shape.blocks
    bases += input.shape.basesBytes
  }
  return cursors
}

function lowest(cursors: readonly RowCursor[]): RowCursor {
  let best: RowCursor | undefined
  for (const cursor of cursors) {
    if (cursor.id && (best?.id === undefined || Buffer.compare(cursor.id, best.id) < 0)) best = cursor
  }
  return best!
}

function writeChecksum(fd: number, shape: SegmentShape): void {
  const hasher = blake3.hasher()
  const end = shape.length - SEGMENT_CHECKSUM_BYTES
  const buffer = Buffer.alloc(COPY_BYTES)
  for (let at = 0; at < end;) {
    const count = fs.readSync(fd, buffer, 0, Math.min(COPY_BYTES, end - at), at)
    hasher.update(buffer.subarray(0, count))
    at += count
  }
  fs.writeSync(fd, hasher.digest(), 0, SEGMENT_CHECKSUM_BYTES, end)
}
