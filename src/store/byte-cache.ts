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

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.length ?? 0
    this.#entries.delete(key)
  }

  set(key: string, value: Uint8Array): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#bytes += value.length
    for (const first of this.#entries.keys()) {
      if (this.#bytes <= this.#limit || first === key) break
      this.delete(first)
    }
  }
}
