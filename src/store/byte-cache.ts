/** Byte arrays by key, the least recently used dropped once they take more than `limit` bytes together. */
export class ByteCache {
  readonly #entries = new Map<string, Uint8Array>()
  readonly #limit: number
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#entries.get(key)
    if (value) {
      this.#entries.delete(key)
      this.#entries.set(key, value)
    }
    return value
  }

  set(key: string, value: Uint8Array): void {
    const old = this.#entries.get(key)
    if (old) this.#bytes -= old.length
    this.#entries.delete(key)
    this.#entries.set(key, value)
    this.#bytes += value.length
    for (const [first, bytes] of this.#entries) {
      if (this.#bytes <= this.#limit || first === key) break
      this.#entries.delete(first)
      this.#bytes -= bytes.length
    }
  }
}
