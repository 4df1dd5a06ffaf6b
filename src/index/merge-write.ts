// Writes one segment from several. The inputs are streamed: only the filter, the fan-out and a window of each input's
// rows are held in memory.
import fs from 'node:fs'
import { blake3, ID_BYTES } from '../hash/index.js'
import { filterBytesFor, setInFilter } from './filter.js'
import { RowCursor, startCursors } from './row-cursor.js'
import { writeEnds } from './segment-encode.js'
import {
  bucketOf,
  bytesFor,
  decodeSegmentHeader,
  encodeSegmentHeader,
  fanOutBitsFor,
  SEGMENT_CHECKSUM_BYTES,
  type SegmentShape,
} from './segment-format.js'
import { readNumbers } from './segment-probe.js'
import type { SegmentReader } from './segment-reader.js'

const COPY_BYTES = 256 * 1024

/** Writes the merged segment to a new file at `path` and returns its bytes. */
export async function writeMerged(path: string, inputs: readonly SegmentReader[]): Promise<number> {
  const header = encodeSegmentHeader(mergedFields(inputs.map((input) => input.shape)))
  const shape = decodeSegmentHeader(header)
  const fd = fs.openSync(path, 'wx+', 0o644)
  try {
    write(fd, header, 0)
    await writeTables(fd, shape, inputs)
    await writeRows(fd, shape, inputs)
    writeChecksum(fd, shape)
  } finally {
    fs.closeSync(fd)
  }
  return shape.length
}

function mergedFields(shapes: readonly SegmentShape[]) {
  const sum = (of: (shape: SegmentShape) => number) => shapes.reduce((total, shape) => total + of(shape), 0)
  const widest = (of: (shape: SegmentShape) => number) => Math.max(...shapes.map(of))
  const rows = sum((shape) => shape.rows)
  const blocks = sum((shape) => shape.blocks)
  const packs = sum((shape) => shape.packs)
  const basesBytes = sum((shape) => shape.basesBytes)
  return {
    rows,
    blocks,
    packs,
    basesBytes,
    fanOutBits: fanOutBitsFor(rows),
    filterBytes: filterBytesFor(rows),
    width: {
      block: bytesFor(Math.max(0, blocks - 1)),
      offset: widest((shape) => shape.width.offset),
      length: widest((shape) => shape.width.length),
      bases: bytesFor(basesBytes),
      pack: bytesFor(Math.max(0, packs - 1)),
      at: widest((shape) => shape.width.at),
      size: widest((shape) => shape.width.size),
    },
  }
}

/** Packs, blocks and bases of all inputs, one after the other; their numbers shift by what stands before. */
async function writeTables(fd: number, shape: SegmentShape, inputs: readonly SegmentReader[]): Promise<void> {
  const to = { packs: shape.packsAt, blocks: shape.blocksAt, bases: shape.basesAt }
  let packsBefore = 0
  for (const input of inputs) {
    const from = input.shape
    const packsBytes = from.blocksAt - from.packsAt
    await copy(fd, to.packs, { input, at: from.packsAt, length: packsBytes })
    await copy(fd, to.bases, { input, at: from.basesAt, length: from.basesBytes })
    await writeBlocks(fd, to.blocks, { input, shape, packsBefore })
    to.packs += packsBytes
    to.bases += from.basesBytes
    to.blocks += from.blocks * shape.blockBytes
    packsBefore += from.packs
  }
}

async function copy(
  fd: number,
  to: number,
  { input, at, length }: { input: SegmentReader; at: number; length: number },
): Promise<void> {
  for (let done = 0; done < length; done += COPY_BYTES)
    write(fd, await input.section(at + done, Math.min(COPY_BYTES, length - done)), to + done)
}

async function writeBlocks(
  fd: number,
  to: number,
  { input, shape, packsBefore }: { input: SegmentReader; shape: SegmentShape; packsBefore: number },
): Promise<void> {
  const { blocks, blocksAt, blockBytes, width } = input.shape
  const widths = [width.pack, width.at, width.size]
  const newWidths = [shape.width.pack, shape.width.at, shape.width.size]
  const step = Math.floor(COPY_BYTES / Math.max(1, blockBytes))
  for (let block = 0; block < blocks; block += step) {
    const count = Math.min(step, blocks - block)
    const bytes = await input.section(blocksAt + block * blockBytes, count * blockBytes)
    const out = Buffer.alloc(count * shape.blockBytes)
    for (let i = 0; i < count; i++) {
      const [pack, at, size] = readNumbers(bytes, i * blockBytes, widths)
      writeNumbers(out, i * shape.blockBytes, {
        values: [pack! + packsBefore, at!, size!],
        widths: newWidths,
      })
    }
    write(fd, out, to + block * shape.blockBytes)
  }
}

async function writeRows(fd: number, shape: SegmentShape, inputs: readonly SegmentReader[]): Promise<void> {
  const { width, rows, rowsAt, rowBytes, fanOutBits } = shape
  const widths = [width.block, width.offset, width.length, width.bases]
  const cursors = await startCursors(inputs)
  const filter = Buffer.alloc(shape.filterBytes)
  const counts = new Uint32Array(fanOutBits > 0 ? 2 ** fanOutBits : 0)
  const out = Buffer.alloc(Math.floor(COPY_BYTES / rowBytes) * rowBytes)
  let filled = 0
  for (let row = 0; row < rows; row++) {
    const cursor = lowest(cursors)
    const id = cursor.id!
    out.set(id, filled)
    writeNumbers(out, filled + ID_BYTES, { values: cursor.numbers(), widths })
    filled += rowBytes
    if (filter.length > 0) setInFilter(filter, id)
    if (counts.length > 0) counts[bucketOf(id, fanOutBits)]!++
    if (filled === out.length || row === rows - 1) {
      write(fd, out.subarray(0, filled), rowsAt + (row + 1) * rowBytes - filled)
      filled = 0
    }
    const more = cursor.advance()
    if (more) await more
  }
  write(fd, filter, shape.filterAt)
  const ends = Buffer.alloc(counts.length * 4)
  writeEnds(ends, counts, 0)
  write(fd, ends, shape.fanOutAt)
}

function lowest(cursors: readonly RowCursor[]): RowCursor {
  let best = cursors[0]!
  for (const cursor of cursors) {
    if (cursor.prefix > best.prefix) continue
    if (cursor.prefix < best.prefix || (cursor.id && Buffer.compare(cursor.id, best.id!) < 0)) best = cursor
  }
  return best
}

function writeNumbers(
  out: Buffer,
  at: number,
  { values, widths }: { values: readonly number[]; widths: readonly number[] },
): void {
  values.forEach((value, i) => {
    const width = widths[i]!
    if (width > 0) out.writeUIntLE(value, at, width)
    at += width
  })
}

function write(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;)
    done += fs.writeSync(fd, bytes, done, bytes.length - done, at + done)
}

function writeChecksum(fd: number, shape: SegmentShape): void {
  const hasher = blake3.hasher()
  const end = shape.length - SEGMENT_CHECKSUM_BYTES
  const buffer = Buffer.alloc(COPY_BYTES)
  for (let at = 0; at < end;) {
    const count = fs.readSync(fd, buffer, 0, Math.min(COPY_BYTES, end - at), at)
    if (count === 0) throw new Error('a merged segment was cut short while it was written')
    hasher.update(buffer.subarray(0, count))
    at += count
  }
  write(fd, hasher.digest(), end)
}
