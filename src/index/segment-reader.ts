// Probes one segment. Small segments are read whole and checked; of large ones only the pages that a probe touches are
// read, through a cache shared by all segments, so memory does not grow with the index.
import { asBuffer, sameBytes } from '../base/index.js'
import { blake3, type Id } from '../hash/index.js'
import type { SegmentSource } from './near-segments.js'
import { PageCache } from './page-cache.js'
import type { SegmentRef } from './root.js'
import type { BlockPlace } from './row-table.js'
import {
  decodeSegmentHeader,
  type Row,
  SEGMENT_CHECKSUM_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentDamaged,
  type SegmentShape,
  verifySegment,
} from './segment-format.js'
import {
  type Probe,
  probeBases,
  probeBlock,
  probeId,
  probePlaces,
  probeRow,
  probeRows,
} from './segment-probe.js'

/** Segments up to this size are held in memory. Tiers keep the number of those small. */
const WHOLE_BYTES_MAX = 1024 * 1024
/** Where each read is a request, more is read at once: all of a segment up to this size, */
const WHOLE_BYTES_MAX_FAR = 4 * 1024 * 1024
/** else so much of its beginning, then the rest of what comes before the rows, which answers for most ids that are not in
 * it, */
const FIRST_BYTES_FAR = 64 * 1024
const HEAD_BYTES_MAX_FAR = 8 * 1024 * 1024
/** and rows that are read one after the other. */
const STRIDE_BYTES_FAR = 4 * 1024 * 1024
const STRIDE_BYTES = 256 * 1024
const VERIFY_BYTES = 256 * 1024

/** A promise only where the bytes are not at hand. */
type ReadRange = (offset: number, length: number, into?: Buffer) => Buffer | Promise<Buffer>

export interface OpenSegmentOptions {
  pages?: PageCache
  wholeBytes?: number
  /** Each read costs a request; whole segments that were read are shown. */
  far?: { onWhole: (bytes: Buffer) => Promise<void> }
}

/** Opens a segment for probing. Throws DV_NOT_FOUND when it is gone, DV_CORRUPT when it is damaged. */
export async function openSegment(
  storage: SegmentSource,
  ref: SegmentRef,
  options: OpenSegmentOptions = {},
): Promise<SegmentReader> {
  const { pages, far, wholeBytes = far ? WHOLE_BYTES_MAX_FAR : WHOLE_BYTES_MAX } = options
  const read = rangeReader(storage, ref)
  if (ref.length <= wholeBytes) {
    const whole = await read(0, ref.length)
    verifySegment(whole)
    await far?.onWhole(whole)
    return segmentInMemory(whole)
  }
  const head = far ? await readHead(read, ref) : undefined
  const shape = head?.shape ?? (await readShape(read, ref))
  const stride = far ? STRIDE_BYTES_FAR : STRIDE_BYTES
  if (!pages) return new SegmentReader(shape, read, stride)
  const object = pages.newObject()
  // Whoever brings memory reads all there is, once.
  const byPage: ReadRange = (at, length, into) =>
    into ? read(at, length, into) : pages.read(object, { at, length, end: ref.length }, read)
  if (!head) return new SegmentReader(shape, byPage, stride)
  const { bytes } = head
  const ranges: ReadRange = (at, length, into) =>
    at + length <= bytes.length ? bytes.subarray(at, at + length) : byPage(at, length, into)
  return new SegmentReader(shape, ranges, stride)
}

async function readHead(read: Read, ref: SegmentRef): Promise<{ shape: SegmentShape; bytes: Buffer }> {
  const first = await read(0, FIRST_BYTES_FAR)
  const shape = checkedShape(first, ref)
  const more = Math.min(shape.rowsAt, HEAD_BYTES_MAX_FAR) - first.length
  return { shape, bytes: more > 0 ? Buffer.concat([first, await read(first.length, more)]) : first }
}

/** Reads a segment from end to end. Throws DV_NOT_FOUND when it is gone, DV_CORRUPT when one bit of it is wrong. */
export async function verifyStoredSegment(storage: SegmentSource, ref: SegmentRef): Promise<void> {
  const read = rangeReader(storage, ref)
  await readShape(read, ref)
  const hasher = blake3.hasher()
  const end = ref.length - SEGMENT_CHECKSUM_BYTES
  const room = Buffer.allocUnsafeSlow(Math.min(VERIFY_BYTES, end))
  for (let at = 0; at < end; at += VERIFY_BYTES) {
    const length = Math.min(VERIFY_BYTES, end - at)
    hasher.update(await read(at, length, room.subarray(0, length)))
  }
  if (!sameBytes(hasher.digest(), await read(end, SEGMENT_CHECKSUM_BYTES)))
    throw segmentDamaged(`the checksum of '${ref.key}' does not match`)
}

type Read = (offset: number, length: number, into?: Buffer) => Promise<Buffer>

function rangeReader(storage: SegmentSource, ref: SegmentRef): Read {
  return async (offset, length, into) => {
    const range = { offset: ref.offset + offset, length }
    return asBuffer(await storage.get(ref.key, into ? { ...range, into } : range))
  }
}

async function readShape(read: Read, ref: SegmentRef): Promise<SegmentShape> {
  if (ref.length < SEGMENT_HEADER_BYTES) throw segmentDamaged(`'${ref.key}' is too short`)
  return checkedShape(await read(0, SEGMENT_HEADER_BYTES), ref)
}

function checkedShape(header: Buffer, ref: SegmentRef): SegmentShape {
  const shape = decodeSegmentHeader(header)
  if (shape.length !== ref.length || shape.rows !== ref.rows)
    throw segmentDamaged(`'${ref.key}' does not have the length the index root names`)
  return shape
}

/** A reader of a segment that is in memory, whole and known to be undamaged. */
export function segmentInMemory(bytes: Buffer): SegmentReader {
  return new SegmentReader(decodeSegmentHeader(bytes), bytes)
}

export class SegmentReader {
  readonly shape: SegmentShape
  /** How much is worth reading at once of what is read in order, bytes. */
  readonly stride: number
  readonly #source: Buffer | ReadRange

  /** `source`: the whole segment, known to be undamaged, or how to read ranges of it. */
  constructor(shape: SegmentShape, source: Buffer | ReadRange, stride = STRIDE_BYTES) {
    this.shape = shape
    this.stride = stride
    this.#source = source
  }

  /** All copies of an id that this segment knows; at once when what it takes to tell is in memory. */
  lookup(id: Id): Row[] | Promise<Row[]> {
    return this.#run(probeId(this.shape, id))
  }

  /** The numbers of the rows that an id has here: the first, and the one after the last. */
  find(id: Id): [number, number] | Promise<[number, number]> {
    return this.#run(probePlaces(this.shape, id))
  }

  /** One row by its number. */
  row(number: number): Row | Promise<Row> {
    return this.#run(probeRow(this.shape, number))
  }

  /** All rows in order of their ids, in batches. */
  async *rows(): AsyncGenerator<Row[]> {
    for (let row = 0; row < this.shape.rows;) {
      const batch = await this.#run(probeRows(this.shape, row))
      yield batch
      row += batch.length
    }
  }

  /** The block, and the bases, that rows name by a number. */
  block(number: number): BlockPlace | Promise<BlockPlace> {
    return this.#run(probeBlock(this.shape, number))
  }

  bases(number: number): Id[] | Promise<Id[]> {
    return this.#run(probeBases(this.shape, number))
  }

  /** A section's bytes as they are. `room`: at least so many bytes of memory that they may be put into. */
  async section(at: number, length: number, room?: Buffer): Promise<Buffer> {
    const source = this.#source
    return typeof source === 'function'
      ? source(at, length, room?.subarray(0, length))
      : source.subarray(at, at + length)
  }

  /** Memory for what is read in order, `stride` bytes at a time. */
  room(): Buffer | undefined {
    return typeof this.#source === 'function'
      ? Buffer.allocUnsafeSlow(Math.min(this.stride, this.shape.length))
      : undefined
  }

  #run<T>(probe: Probe<T>): T | Promise<T> {
    const source = this.#source
    let step = probe.next()
    while (!step.done) {
      const { at, length } = step.value
      const bytes = typeof source === 'function' ? source(at, length) : source.subarray(at, at + length)
      if (bytes instanceof Promise) return runOn(probe, bytes, source as ReadRange)
      step = probe.next(bytes)
    }
    return step.value
  }
}

/** The rest of a probe that has to wait for what it asked for last. */
async function runOn<T>(probe: Probe<T>, awaited: Promise<Buffer>, read: ReadRange): Promise<T> {
  let step = probe.next(await awaited)
  while (!step.done) step = probe.next(await read(step.value.at, step.value.length))
  return step.value
}
