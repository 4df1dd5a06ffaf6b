// What it takes to write a segment to a file from rows that stream by: only its filter, its fan-out and a window of rows
// are held in memory.
import fs from 'node:fs'
import { blake3, type Id, ID_BYTES } from '../hash/index.js'
import { setInFilter } from './filter.js'
import { writeEnds } from './segment-encode.js'
import {
  bucketOf,
  decodeSegmentHeader,
  encodeSegmentHeader,
  SEGMENT_CHECKSUM_BYTES,
  type SegmentShape,
  sumOfSegment,
} from './segment-format.js'

export const WINDOW_BYTES = 256 * 1024

/** Bytes of a segment, and what a root says of it. */
export interface WrittenSegment {
  length: number
  sum: string
}

/** A new file at `path`, which `fill` writes all of but header and checksum into. */
export async function writeSegmentFile(
  path: string,
  fields: Parameters<typeof encodeSegmentHeader>[0],
  fill: (fd: number, shape: SegmentShape) => Promise<void>,
): Promise<WrittenSegment> {
  const header = encodeSegmentHeader(fields)
  const shape = decodeSegmentHeader(header)
  const fd = fs.openSync(path, 'wx+', 0o644)
  try {
    writeAt(fd, header, 0)
    await fill(fd, shape)
    return { length: shape.length, sum: sumOfSegment(writeChecksum(fd, shape)) }
  } finally {
    fs.closeSync(fd)
  }
}

/** Rows in order of their ids, each with its block, offset, length and bases as the new segment numbers them. */
export class RowSink {
  readonly #fd: number
  readonly #shape: SegmentShape
  readonly #widths: readonly number[]
  readonly #filter: Buffer
  readonly #counts: Uint32Array
  readonly #out: Buffer
  #filled = 0
  #at: number

  constructor(fd: number, shape: SegmentShape) {
    const { width, rowBytes, fanOutBits, filterBytes, rowsAt } = shape
    this.#fd = fd
    this.#shape = shape
    this.#widths = [width.block, width.offset, width.length, width.bases]
    this.#filter = Buffer.alloc(filterBytes)
    this.#counts = new Uint32Array(fanOutBits > 0 ? 2 ** fanOutBits : 0)
    this.#out = Buffer.alloc(Math.floor(WINDOW_BYTES / rowBytes) * rowBytes)
    this.#at = rowsAt
  }

  add(id: Id, numbers: readonly number[]): void {
    this.#out.set(id, this.#filled)
    writeNumbers(this.#out, this.#filled + ID_BYTES, { values: numbers, widths: this.#widths })
    this.#filled += this.#shape.rowBytes
    if (this.#filter.length > 0) setInFilter(this.#filter, id)
    if (this.#counts.length > 0) this.#counts[bucketOf(id, this.#shape.fanOutBits)]!++
    if (this.#filled === this.#out.length) this.#flush()
  }

  /** To be called after the last row. */
  end(): void {
    this.#flush()
    writeAt(this.#fd, this.#filter, this.#shape.filterAt)
    const ends = Buffer.alloc(this.#counts.length * 4)
    writeEnds(ends, this.#counts, 0)
    writeAt(this.#fd, ends, this.#shape.fanOutAt)
  }

  #flush(): void {
    writeAt(this.#fd, this.#out.subarray(0, this.#filled), this.#at)
    this.#at += this.#filled
    this.#filled = 0
  }
}

/** Numbers one after the other, little-endian; one of width 0 takes no room. */
export function writeNumbers(
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

export function writeAt(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;)
    done += fs.writeSync(fd, bytes, done, bytes.length - done, at + done)
}

function writeChecksum(fd: number, shape: SegmentShape): Uint8Array {
  const hasher = blake3.hasher()
  const end = shape.length - SEGMENT_CHECKSUM_BYTES
  const buffer = Buffer.alloc(WINDOW_BYTES)
  for (let at = 0; at < end;) {
    const count = fs.readSync(fd, buffer, 0, Math.min(WINDOW_BYTES, end - at), at)
    if (count === 0) throw new Error('a segment was cut short while it was written')
    hasher.update(buffer.subarray(0, count))
    at += count
  }
  const checksum = hasher.digest()
  writeAt(fd, checksum, end)
  return checksum
}
