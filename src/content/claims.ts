// Several workers meet the same new chunk: the first to claim it stores it. The table is shared memory and of a fixed
// size; when it is full, or two workers meet in the same instant, a chunk may be stored twice, which is only waste.
import { ID_BYTES, type Id } from '../hash/index.js'

const WORDS = ID_BYTES / 4
const SLOT_WORDS = 1 + WORDS
const SLOTS = 1 << 17
const PROBES = 32
const SPINS = 10_000
const FREE = 0
const WRITING = 1
const TAKEN = 2

export function createClaims(): SharedArrayBuffer {
  return new SharedArrayBuffer(SLOTS * SLOT_WORDS * 4)
}

/** Voids all claims; nobody may be claiming meanwhile. */
export function clearClaims(claims: SharedArrayBuffer): void {
  new Int32Array(claims).fill(FREE)
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
      let state = Atomics.compareExchange(table, at, FREE, WRITING)
      // Its owner is about to say which id it is.
      for (let spin = 0; state === WRITING && spin < SPINS; spin++) state = Atomics.load(table, at)
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
