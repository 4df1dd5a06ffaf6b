// Bytes in flight: what is read and not yet dealt with, held against one limit. First come, first served: whoever works
// through its share in the order in which it asked for it never waits for itself.

/** For all bytes in flight of one transfer. */
export const BUDGET_BYTES = 192 * 1024 * 1024

export class Budget {
  readonly #limit: number
  readonly #waiting: { bytes: number; go: () => void }[] = []
  #taken = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Waits until there is room; returns what gives it back. More than the limit waits until nothing else is taken. */
  async take(bytes: number): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#fits(bytes))
      await new Promise<void>((go) => this.#waiting.push({ bytes, go }))
    else this.#taken += bytes
    let isHeld = true
    return () => {
      if (isHeld) this.#giveBack(bytes)
      isHeld = false
    }
  }

  #giveBack(bytes: number): void {
    this.#taken -= bytes
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.bytes)) {
      const { bytes: next, go } = this.#waiting.shift()!
      this.#taken += next
      go()
    }
  }

  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#limit
  }
}
