// Words to small numbers, by their bytes: no string is made of a word that is already known.
import { asBuffer } from '../base/index.js'

const EMPTY = 0xffffffff

export class TermTable {
  #slots = new Uint32Array(1 << 16).fill(EMPTY)
  #hashes = new Uint32Array(1 << 15)
  #starts = new Uint32Array(1 << 15)
  #bytes = new Uint8Array(1 << 19)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The number of a word, a new one for a new word. */
  add(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    hash = (hash ^ (hash >>> 12)) >>> 0
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const term = this.#slots[slot]!
      if (term === EMPTY) return this.#insert(slot, hash, bytes.subarray(start, end))
      if (this.#hashes[term] === hash && this.#is(term, bytes, start, end)) return term
    }
  }

  #is(term: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#starts[term]!
    if (this.#starts[term + 1]! - own !== end - start) return false
    for (let i = start, j = own; i < end; i++, j++) if (bytes[i] !== this.#bytes[j]) return false
    return true
  }

  #insert(slot: number, hash: number, word: Uint8Array): number {
    const term = this.#count++
    const start = this.#starts[term]!
    if (start + word.length > this.#bytes.length)
      this.#bytes = grown(this.#bytes, new Uint8Array(2 * this.#bytes.length))
    this.#bytes.set(word, start)
    if (term + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts, new Uint32Array(2 * this.#starts.length))
      this.#hashes = grown(this.#hashes, new Uint32Array(2 * this.#hashes.length))
    }
    this.#hashes[term] = hash
    this.#starts[term + 1] = start + word.length
    this.#slots[slot] = term
    if (2 * this.#count > this.#slots.length) this.#rehash()
    return term
  }

  #rehash(): void {
    const slots = new Uint32Array(2 * this.#slots.length).fill(EMPTY)
    const mask = slots.length - 1
    for (let term = 0; term < this.#count; term++) {
      let slot = this.#hashes[term]! & mask
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask
      slots[slot] = term
    }
    this.#slots = slots
  }

  bytesOf(term: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[term], this.#starts[term + 1])
  }

  /** All words, ascending by their bytes. */
  sorted(): Uint32Array {
    const all = asBuffer(this.#bytes)
    const texts = Array.from({ length: this.#count }, (_, term) => ({
      term,
      text: all.toString('latin1', this.#starts[term], this.#starts[term + 1]),
    }))
    texts.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    return Uint32Array.from(texts, ({ term }) => term)
  }
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
