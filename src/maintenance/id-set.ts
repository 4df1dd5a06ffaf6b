// Sets of ids that stay small. Ids are hashes, so half of one tells it from all others.
import type { Id } from '../hash/index.js'

const WORDS = 4
const SLOTS_FIRST = 1024

/** An exact set: 16 bytes an id, at most half of the slots taken. */
export class IdSet {
  #slots = new Uint32Array(SLOTS_FIRST * WORDS)
  #count = 0

  get size(): number {
    return this.#count
  }

  has(id: Id): boolean {
    return this.#isTaken(this.#find(wordsOf(id)))
  }

  /** Whether it was not there before. */
  add(id: Id): boolean {
    const words = wordsOf(id)
    const at = this.#find(words)
    if (this.#isTaken(at)) return false
    this.#slots.set(words, at)
    if (++this.#count * WORDS * 2 > this.#slots.length) this.#grow()
    return true
  }

  /** Where the id is, or the free slot where it belongs. */
  #find(words: Words): number {
    const slots = this.#slots
    const mask = slots.length / WORDS - 1
    for (let slot = words[0] & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS
      if (!this.#isTaken(at) || isSame(slots, at, words)) return at
    }
  }

  #isTaken(at: number): boolean {
    // The last word of an id is made odd, so that no taken slot is all zeros.
    return this.#slots[at + WORDS - 1] !== 0
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + WORDS - 1] === 0) continue
      const words: Words = [old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!]
      this.#slots.set(words, this.#find(words))
    }
  }
}

/** Remembers the ids seen last in memory of a fixed size: it may forget one, and never takes one for another. */
export class RecentIds {
  readonly #slots: Uint32Array

  constructor(slots = 2 ** 18) {
    this.#slots = new Uint32Array(slots * WORDS)
  }

  /** Whether it is remembered already; it is from now on. */
  touch(id: Id): boolean {
    const words = wordsOf(id)
    const at = (words[0] & (this.#slots.length / WORDS - 1)) * WORDS
    if (isSame(this.#slots, at, words)) return true
    this.#slots.set(words, at)
    return false
  }
}

type Words = [number, number, number, number]

function wordsOf(id: Id): Words {
  const word = (at: number) =>
    (id[at]! | (id[at + 1]! << 8) | (id[at + 2]! << 16) | (id[at + 3]! << 24)) >>> 0
  return [word(0), word(4), word(8), (word(12) | 1) >>> 0]
}

function isSame(slots: Uint32Array, at: number, words: Words): boolean {
  return (
    slots[at] === words[0] &&
    slots[at + 1] === words[1] &&
    slots[at + 2] === words[2] &&
    slots[at + 3] === words[3]
  )
}
