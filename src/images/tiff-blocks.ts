// Strips and tiles of a TIFF: unpacked to no more bytes than they should have, and predictors undone.
import { inflateAll } from './inflate.js'
import { decodeLzw } from './lzw.js'
import type { Samples } from './samples.js'

/** As the tag `compression` numbers them. */
const UNPACK: Record<number, (packed: Buffer, length: number) => Buffer | undefined> = {
  1: (packed) => packed,
  5: decodeLzw,
  8: inflateAll,
  32946: inflateAll,
  32773: unpackBits,
}

const NAMES: Record<number, string> = {
  ...{ 2: 'CCITT', 3: 'CCITT', 4: 'CCITT', 6: 'JPEG', 7: 'JPEG', 33003: 'JPEG 2000', 33005: 'JPEG 2000' },
  ...{
    34712: 'JPEG 2000',
    34887: 'LERC',
    34925: 'LZMA',
    50000: 'Zstandard',
    50001: 'WebP',
    50002: 'JPEG XL',
  },
}

export function isUnpacked(compression: number): boolean {
  return UNPACK[compression] !== undefined
}

export function compressionName(compression: number): string {
  return NAMES[compression] ?? `number ${compression}`
}

/** No packing makes more bytes of one: LZW of 12 bits comes nearest. What announces more takes no memory. */
const RATIO_MAX = 4096

/** Exactly `length` bytes; undefined where there are fewer, or they are damaged. */
export function unpackBlock(compression: number, packed: Buffer, length: number): Buffer | undefined {
  if (length > packed.length * RATIO_MAX) return undefined
  const bytes = UNPACK[compression]!(packed, length)
  return bytes && bytes.length >= length ? bytes.subarray(0, length) : undefined
}

/** Runs: a count and the byte that is repeated, or a count and the bytes themselves. */
function unpackBits(packed: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length)
  let to = 0
  for (let at = 0; at < packed.length && to < length;) {
    const head = packed.readInt8(at++)
    if (head === -128) continue
    if (head >= 0) {
      packed.copy(out, to, at, at + head + 1)
      at += head + 1
      to += head + 1
    } else {
      out.fill(packed[at++] ?? 0, to, Math.min(length, to + 1 - head))
      to += 1 - head
    }
  }
  return out.subarray(0, Math.min(to, length))
}

export interface RowForm {
  /** Values of a row. */
  perRow: number
  /** Values of a pixel that lie side by side. */
  step: number
}

/** Values were stored as differences to those of the pixel before. In place; sums overflow as the arrays do. */
export function addUp(values: Samples, { perRow, step }: RowForm): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let at = step; at < values.length; at++)
      if (at % perRow >= step) values[at] = values[at]! + values[at - step]!
  } else {
    for (let row = 0; row < values.length; row += perRow)
      for (let at = row + step; at < row + perRow; at++) values[at] = values[at]! + values[at - step]!
  }
}

/** Floats whose bytes were stored by rank, the highest first, as differences; gives them big-endian. */
export function joinFloats(bytes: Buffer, { perRow, step }: RowForm, valueBytes: number): Buffer {
  const joined = Buffer.alloc(bytes.length)
  addUp(bytes, { perRow: perRow * valueBytes, step })
  for (let row = 0; row < bytes.length; row += perRow * valueBytes)
    for (let i = 0; i < perRow; i++)
      for (let rank = 0; rank < valueBytes; rank++)
        joined[row + i * valueBytes + rank] = bytes[row + rank * perRow + i]!
  return joined
}
