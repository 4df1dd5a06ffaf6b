// A segment's rows as they are stored, in order, for what looks at all of them and needs little of each.
import { ID_BYTES } from '../hash/index.js'
import { readNumbers } from './segment-probe.js'
import type { SegmentReader } from './segment-reader.js'

/** Rows that follow one another; good until the next window is asked for. */
export interface RowWindow {
  /** The number of the first of them in the segment. */
  first: number
  count: number
  bytes: Buffer
}

export async function* rowWindows(segment: SegmentReader): AsyncGenerator<RowWindow> {
  const { rows, rowsAt, rowBytes } = segment.shape
  const step = Math.max(1, Math.floor(segment.stride / rowBytes))
  const room = segment.room()
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first)
    yield { first, count, bytes: await segment.section(rowsAt + first * rowBytes, count * rowBytes, room) }
  }
}

/** How the numbers of a row are read out of a window: little-endian, 0 where there is no room for one. */
export interface RowFields {
  block(bytes: Buffer, at: number): number
  /** The place of its bases record + 1; 0: a full copy. */
  bases(bytes: Buffer, at: number): number
}

export function rowFields({ shape: { width } }: SegmentReader): RowFields {
  const basesAt = ID_BYTES + width.block + width.offset + width.length
  return { block: fieldAt(ID_BYTES, width.block), bases: fieldAt(basesAt, width.bases) }
}

function fieldAt(from: number, width: number): RowFields['block'] {
  return width === 0 ? () => 0 : (bytes, at) => bytes.readUIntLE(at + from, width)
}

/** A segment's blocks in their order, some at a time: each with its number, the number of its pack, and its bytes. */
export async function* blockWindows(segment: SegmentReader): AsyncGenerator<NumberedBlock[]> {
  const { blocks, blocksAt, blockBytes, width } = segment.shape
  const widths = [width.pack, width.at, width.size]
  const step = Math.max(1, Math.floor(segment.stride / Math.max(1, blockBytes)))
  const room = segment.room()
  for (let first = 0; first < blocks; first += step) {
    const count = Math.min(step, blocks - first)
    const bytes = await segment.section(blocksAt + first * blockBytes, count * blockBytes, room)
    yield Array.from({ length: count }, (_, i) => {
      const [pack, at, size] = readNumbers(bytes, i * blockBytes, widths) as [number, number, number]
      return { block: first + i, pack, at, size }
    })
  }
}

export interface NumberedBlock {
  block: number
  pack: number
  /** Bytes from the beginning of the pack, and of the block. */
  at: number
  size: number
}
