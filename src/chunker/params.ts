// Format: spec/02-chunking.md, "Parameters".
import { DvError } from '../base/index.js'

/** How files are cut: part of a store's format. All sizes in bytes. */
export interface ChunkerParams {
  /** The size chunks tend to: a power of two. */
  readonly avg: number
  /** Every chunk but a file's last is at least this long. */
  readonly min: number
  /** No chunk is longer. */
  readonly max: number
  /** Bits of the hash that must be zero for a cut below `avg`; holds all bits of `looseMask`. */
  readonly strictMask: number
  /** Bits of the hash that must be zero for a cut from `avg` on. */
  readonly looseMask: number
}

export const DEFAULT_CHUNK_AVG = 128 * 1024
export const CHUNK_AVG_MIN = 64
export const CHUNK_AVG_MAX = 4 * 1024 * 1024

const NORMALISATION = 2

/** Parameters for an average of `avg` bytes. Throws DV_BAD_CONFIG unless it is a power of two from 64 B to 4 MiB. */
export function chunkerParams(avg: number): ChunkerParams {
  const bits = Math.log2(avg)
  if (!Number.isInteger(bits) || avg < CHUNK_AVG_MIN || avg > CHUNK_AVG_MAX) {
    throw new DvError('DV_BAD_CONFIG', `The average chunk size '${String(avg)}' is not one dv can cut by`, {
      hint: `give a power of two from ${CHUNK_AVG_MIN} to ${CHUNK_AVG_MAX} bytes, such as ${DEFAULT_CHUNK_AVG}`,
      data: { avg },
    })
  }
  return {
    avg,
    min: avg / 4,
    max: avg * 4,
    strictMask: topBits(bits + NORMALISATION),
    looseMask: topBits(bits - NORMALISATION),
  }
}

function topBits(count: number): number {
  return (0xffffffff << (32 - count)) >>> 0
}
