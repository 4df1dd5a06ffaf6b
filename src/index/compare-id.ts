import { type Id, ID_BYTES } from '../hash/index.js'

/** Compares the id at `at` with `id`: below 0, 0 or above. Most ids differ within their first bytes: a loop takes 9 ns
 * there, a call into native code 80 (equal ids: 55 and 80). */
export function compareIdAt(bytes: Uint8Array, at: number, id: Id): number {
  for (let i = 0; i < ID_BYTES; i++) {
    const difference = bytes[at + i]! - id[i]!
    if (difference !== 0) return difference
  }
  return 0
}
