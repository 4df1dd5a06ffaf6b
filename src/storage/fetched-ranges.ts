// Ranges of immutable objects that are read before they are asked for, so that many small reads become few large ones,
// several at a time.
import { forward } from './forward.js'
import type { ByteRange, Storage } from './port.js'

const CONCURRENT = 8

interface Held extends ByteRange {
  name: string
  bytes: Promise<Uint8Array>
}

export class FetchedRanges {
  /** Answers from what is held, or is on its way, where that has all of a range; else it asks for it. */
  readonly storage: Storage
  readonly #below: Storage
  readonly #limit: number
  readonly #held = new Map<string, Set<Held>>()
  /** The same, the one asked for first in front. */
  readonly #order = new Set<Held>()
  #bytes = 0
  #free = CONCURRENT
  readonly #waiting: (() => void)[] = []

  /** `limit`: bytes held at most; beyond, what was asked for first is let go. */
  constructor(storage: Storage, limit: number) {
    this.#below = storage
    this.#limit = limit
    this.storage = {
      ...forward(storage),
      get: (name, range) => this.#get(name, range),
      forget: (name) => this.#forget(name),
    }
  }

  /** Whether a range is held, or is on its way. */
  holds(name: string, range: ByteRange): boolean {
    return this.#find(name, range) !== undefined
  }

  /** Reads a range, to hold it. Resolves when it is here. What cannot be read is left to whoever asks for it. */
  async fetch(name: string, range: ByteRange): Promise<void> {
    const held: Held = { name, ...range, bytes: this.#read(name, range) }
    this.#keep(held)
    await held.bytes.catch(() => this.#drop(held))
  }

  #forget(name: string): boolean {
    const held = [...(this.#held.get(name) ?? [])]
    for (const one of held) this.#drop(one)
    const below = this.#below.forget?.(name) ?? false
    return held.length > 0 || below
  }

  async #get(name: string, range: ByteRange | undefined): Promise<Uint8Array> {
    const held = range && this.#find(name, range)
    const bytes = held && (await held.bytes.catch(() => undefined))
    if (!held || !bytes) return this.#below.get(name, range)
    const from = range.offset - held.offset
    return bytes.subarray(from, from + range.length)
  }

  async #read(name: string, range: ByteRange): Promise<Uint8Array> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await this.#below.get(name, range)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }

  #find(name: string, { offset, length }: ByteRange): Held | undefined {
    for (const held of this.#held.get(name) ?? [])
      if (offset >= held.offset && offset + length <= held.offset + held.length) return held
    return undefined
  }

  #keep(held: Held): void {
    const ofName = this.#held.get(held.name) ?? new Set()
    this.#held.set(held.name, ofName.add(held))
    this.#order.add(held)
    this.#bytes += held.length
    for (const first of this.#order) {
      if (this.#bytes <= this.#limit || first === held) break
      this.#drop(first)
    }
  }

  #drop(held: Held): void {
    if (!this.#order.delete(held)) return
    this.#bytes -= held.length
    const ofName = this.#held.get(held.name)!
    ofName.delete(held)
    if (ofName.size === 0) this.#held.delete(held.name)
  }
}
