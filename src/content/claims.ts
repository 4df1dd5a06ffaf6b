// Several workers meet the same new chunk: the first to claim it stores it. The table is shared memory and of a fixed
// size; when it is full, or two workers meet in the same instant, a chunk may be stored twice, which is only waste.
import { ID_BYTES, type Id } from '../hash/index.js'

const WORDS = ID_BYTES / 4
const SLOT_WORDS = 1 + WORDS
const SLOTS = 1 << 17
const PROBES = 32
const FREE = 0
const WRITING = 1
const TAKEN = 2

export function createClaims(): SharedArrayBuffer {
  return new SharedArrayBuffer(SLOTS * SLOT_WORDS * 4)
}

/** Whether the caller is the first to claim an id. */
export function claimIn(claims: SharedArrayBuffer): (id: Id) => boolean {
  const table = new Int32Array(claims)
  return (id) => {
    const words = new Int32Array(WORDS)
    new Uint8Array(words.buffer).set(id)
    let slot = (words[0]! >>> 0) % SLOTS
    for (let probe = 0; probe < PROBES; probe++, slot = (slot + 1) % SLOTS) {
      const at = slot * SLOT_WORDS
      const state = Atomics.compareExchange(table, at, FREE, WRITING)
      if (state === FREE) {
        table.set(words, at + 1)
        Atomics.store(table, at, TAKEN)
        return true
      }
      if (state === TAKEN && words.every((word, i) => table[at + 1 + i] === word)) return false
    }
    return true
  }
}
