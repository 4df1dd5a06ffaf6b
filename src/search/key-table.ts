// Keys of documents to their numbers, in 40 bytes each: a Map of texts takes three times as much.
import { KEY_BYTES } from './segment-writer.js'

const WORDS = KEY_BYTES / 4

export class KeyTable {
  #keys = new Uint32Array(WORDS << 12)
  /** A number and 1; 0: free. */
  #docs = new Float64Array(1 << 12)
  #count = 0

  get(key: Uint8Array): number | undefined {
    const doc = this.#docs[this.#slot(wordsOf(key))]!
    return doc === 0 ? undefined : doc - 1
  }

  set(key: Uint8Array, doc: number): void {
    if (2 * ++this.#count > this.#docs.length) this.#grow()
    this.#put(wordsOf(key), doc + 1)
  }

  /** Moves all numbers that are not below `first`. */
  move(first: number, by: number): void {
    for (let i = 0; i < this.#docs.length; i++) if (this.#docs[i]! > first) this.#docs[i]! += by
  }

  #put(words: Uint32Array, doc: number): void {
    const slot = this.#slot(words)
    this.#keys.set(words, slot * WORDS)
    this.#docs[slot] = doc
  }

  /** Where a key is, or would go. Keys are hashes: any part of them is as good as random. */
  #slot(words: Uint32Array): number {
    const mask = this.#docs.length - 1
    let slot = words[0]! & mask
    while (this.#docs[slot] !== 0 && !this.#is(slot * WORDS, words)) slot = (slot + 1) & mask
    return slot
  }

  #is(at: number, words: Uint32Array): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#keys[at + i] !== words[i]) return false
    return true
  }

  #grow(): void {
    const [keys, docs] = [this.#keys, this.#docs]
    this.#keys = new Uint32Array(2 * keys.length)
    this.#docs = new Float64Array(2 * docs.length)
    for (let i = 0; i < docs.length; i++)
      if (docs[i] !== 0) this.#put(keys.subarray(i * WORDS, (i + 1) * WORDS), docs[i]!)
  }
}

const scratch = new Uint32Array(WORDS)
const scratchBytes = new Uint8Array(scratch.buffer)

function wordsOf(key: Uint8Array): Uint32Array {
  scratchBytes.set(key.subarray(0, KEY_BYTES))
  return scratch
}
