import { type Id, ID_BYTES } from '../hash/index.js'

/** Compares the id at `at` with `id`: below 0, 0 or above. Ids differ within their first bytes, almost always: a loop takes
 * a fifth of the time of a call into native code. */
export function compareIdAt(bytes: Uint8Array, at: number, id: Id): number {
  for (let i = 0; i < ID_BYTES; i++) {
    const difference = bytes[at + i]! - id[i]!
    if (difference !== 0) return difference
  }
  return 0
}
