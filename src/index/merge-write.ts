// Writes one segment from several. The inputs are streamed.
import { fanOutBitsFor, bytesFor, type SegmentShape } from './segment-format.js'
import { filterBytesFor } from './filter.js'
import { type RowCursor, startCursors } from './row-cursor.js'
import { blockFields, blockWindows } from './row-windows.js'
import {
  RowSink,
  WINDOW_BYTES,
  writeAt,
  writeNumbers,
  writeSegmentFile,
  type WrittenSegment,
} from './segment-file.js'
import type { SegmentReader } from './segment-reader.js'

/** Writes the merged segment to a new file at `path`. */
export async function writeMerged(path: string, inputs: readonly SegmentReader[]): Promise<WrittenSegment> {
  return writeSegmentFile(path, mergedFields(inputs.map((input) => input.shape)), async (fd, shape) => {
    await writeTables(fd, shape, inputs)
    await writeRows(fd, shape, inputs)
  })
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
  for (let done = 0; done < length; done += WINDOW_BYTES)
    writeAt(fd, await input.section(at + done, Math.min(WINDOW_BYTES, length - done)), to + done)
}

async function writeBlocks(
  fd: number,
  to: number,
  { input, shape, packsBefore }: { input: SegmentReader; shape: SegmentShape; packsBefore: number },
): Promise<void> {
  const { width, blockBytes } = shape
  const widths = [width.pack, width.at, width.size]
  const fields = blockFields(input)
  for await (const { first, count, bytes } of blockWindows(input)) {
    const out = Buffer.alloc(count * blockBytes)
    for (let i = 0; i < count; i++) {
      const from = i * input.shape.blockBytes
      const values = [
        fields.pack(bytes, from) + packsBefore,
        fields.at(bytes, from),
        fields.size(bytes, from),
      ]
      writeNumbers(out, i * blockBytes, { values, widths })
    }
    writeAt(fd, out, to + first * blockBytes)
  }
}

async function writeRows(fd: number, shape: SegmentShape, inputs: readonly SegmentReader[]): Promise<void> {
  const cursors = await startCursors(inputs)
  const sink = new RowSink(fd, shape)
  for (let row = 0; row < shape.rows; row++) {
    const cursor = lowest(cursors)
    sink.add(cursor.id!, cursor.numbers())
    const more = cursor.advance()
    if (more) await more
  }
  sink.end()
}

function lowest(cursors: readonly RowCursor[]): RowCursor {
  let best = cursors[0]!
  for (const cursor of cursors) {
    if (cursor.prefix > best.prefix) continue
    if (cursor.prefix < best.prefix || (cursor.id && Buffer.compare(cursor.id, best.id!) < 0)) best = cursor
  }
  return best
}
