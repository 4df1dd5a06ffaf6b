// A segment's rows and blocks as they are stored, in order, for what looks at all of them and needs little of each: nothing
// is made of one, since a store has very many.
import { ID_BYTES } from '../hash/index.js'
import type { SegmentReader } from './segment-reader.js'

/** Rows, or blocks, that follow one another; good until the next window is asked for. */
export interface Window {
  /** The number of the first of them in the segment. */
  first: number
  count: number
  bytes: Buffer
}

export function rowWindows(segment: SegmentReader): AsyncGenerator<Window> {
  const { rows, rowsAt, rowBytes } = segment.shape
  return windows(segment, { total: rows, start: rowsAt, each: rowBytes })
}

export function blockWindows(segment: SegmentReader): AsyncGenerator<Window> {
  const { blocks, blocksAt, blockBytes } = segment.shape
  return windows(segment, { total: blocks, start: blocksAt, each: blockBytes })
}

async function* windows(
  segment: SegmentReader,
  { total, start, each }: { total: number; start: number; each: number },
): AsyncGenerator<Window> {
  const step = Math.max(1, Math.floor(segment.stride / Math.max(1, each)))
  const room = segment.room()
  for (let first = 0; first < total; first += step) {
    const count = Math.min(step, total - first)
    yield { first, count, bytes: await segment.section(start + first * each, count * each, room) }
  }
}

/** Reads one number of what begins at `at` in a window: little-endian, 0 where there is no room for one. */
type Field = (bytes: Buffer, at: number) => number

export interface RowFields {
  block: Field
  /** The place of its bases record + 1; 0: a full copy. */
  bases: Field
}

export function rowFields({ shape: { width } }: SegmentReader): RowFields {
  const basesAt = ID_BYTES + width.block + width.offset + width.length
  return { block: fieldAt(ID_BYTES, width.block), bases: fieldAt(basesAt, width.bases) }
}

export interface BlockFields {
  /** The number of its pack. */
  pack: Field
  /** Bytes from the beginning of the pack, and of the block. */
  at: Field
  size: Field
}

export function blockFields({ shape: { width } }: SegmentReader): BlockFields {
  return {
    pack: fieldAt(0, width.pack),
    at: fieldAt(width.pack, width.at),
    size: fieldAt(width.pack + width.at, width.size),
  }
}

function fieldAt(from: number, width: number): Field {
  return width === 0 ? () => 0 : (bytes, at) => bytes.readUIntLE(at + from, width)
}
