// Format: spec/06-index.md, "Filter": a split-block Bloom filter. One 32-byte group answers a probe, so a miss costs
// one small read. Ids are uniform already, so their own bits choose the group and the bits in it.
import type { Id } from '../hash/index.js'

export const FILTER_GROUP_BYTES = 32
const BITS_PER_ID = 10
const NO_FILTER_ROWS = 64
const WORDS = 8

/** Bytes of a filter for so many ids: about 1 in 100 other ids passes it. Small sets need none. */
export function filterBytesFor(rows: number): number {
  if (rows <= NO_FILTER_ROWS) return 0
  return Math.ceil((rows * BITS_PER_ID) / (FILTER_GROUP_BYTES * 8)) * FILTER_GROUP_BYTES
}

export function setInFilter(filter: Buffer, id: Id): void {
  const at = filterGroup(id, filter.length) * FILTER_GROUP_BYTES
  for (let word = 0; word < WORDS; word++)
    filter[at + word * 4 + (bit(id, word) >> 3)]! |= 1 << (bit(id, word) & 7)
}

/** Which group of a filter of `filterBytes` an id belongs to. */
export function filterGroup(id: Id, filterBytes: number): number {
  const groups = filterBytes / FILTER_GROUP_BYTES
  const value = (id[8]! * 2 ** 24 + (id[9]! << 16) + (id[10]! << 8) + id[11]!) / 2 ** 32
  return Math.floor(value * groups)
}

/** Whether the id may be in the set whose group this is; false is certain. */
export function passesFilter(group: Uint8Array, id: Id): boolean {
  for (let word = 0; word < WORDS; word++) {
    if ((group[word * 4 + (bit(id, word) >> 3)]! & (1 << (bit(id, word) & 7))) === 0) return false
  }
  return true
}

/** The bit, 0 to 31, that an id sets in a word of its group. */
function bit(id: Id, word: number): number {
  return id[16 + word]! & 31
}
