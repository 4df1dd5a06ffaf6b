// Format: spec/02-chunking.md. The definition of a cut as a program, one byte at a time: what the others are
// tested against, written to be read, not to be fast.
import { GEAR } from './gear.js'
import type { ChunkerParams } from './params.js'

/** Ends of all chunks of a file, in order; the last is the file's length. None for an empty file. */
export function referenceCuts(bytes: Uint8Array, params: ChunkerParams): number[] {
  const cuts: number[] = []
  let hash = 0
  let start = 0
  for (let position = 1; position <= bytes.length; position++) {
    hash = ((hash << 1) + GEAR[bytes[position - 1]!]!) >>> 0
    if (position === bytes.length || isCut(hash, position - start, params)) {
      cuts.push(position)
      start = position
    }
  }
  return cuts
}

function isCut(
  hash: number,
  length: number,
  { avg, min, max, strictMask, looseMask }: ChunkerParams,
): boolean {
  if (length < min) return false
  if (length < avg) return (hash & strictMask) === 0
  if (length < max) return (hash & looseMask) === 0
  return true
}
