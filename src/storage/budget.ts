// Bytes in flight, bounded: those of requests by one bound for the whole process, however many stores are at work.

const LIMIT_BYTES = 256 * 1024 * 1024

/** A number of bytes of which parts are taken and given back, first come, first served. Whoever holds a part must not
 * wait for another, unless it works through its parts in the order in which it asked for them. */
export class ByteBudget {
  readonly #limit: number
  #free: number
  readonly #waiting: { bytes: number; go: () => void }[] = []

  constructor(limit: number) {
    this.#limit = limit
    this.#free = limit
  }

  /** Waits until `bytes` are free, and takes them until the returned function is called. What is larger than the whole
   * budget goes alone. */
  async take(bytes: number): Promise<() => void> {
    const part = Math.min(bytes, this.#limit)
    if (this.#waiting.length > 0 || part > this.#free) {
      await new Promise<void>((go) => this.#waiting.push({ bytes: part, go }))
    } else this.#free -= part
    let isHeld = true
    return () => {
      if (isHeld) this.#giveBack(part)
      isHeld = false
    }
  }

  #giveBack(part: number): void {
    this.#free += part
    while (this.#waiting[0] !== undefined && this.#waiting[0].bytes <= this.#free) {
      const { bytes, go } = this.#waiting.shift()!
      this.#free -= bytes
      go()
    }
  }
}

/** The one of this process, for requests. */
export const bytesInFlight = new ByteBudget(LIMIT_BYTES)
