// How many requests to one server are under way at once: more while more bytes a second come of it, half as many when the
// server asks for fewer or stops answering.
import { isDvError } from '../base/index.js'

const FIRST = 8
const MOST = 64
/** What a request costs beside its bytes, in bytes: small ones count too. */
const REQUEST_BYTES = 16 * 1024
/** More concurrency is worth it for this much more throughput. */
const BETTER = 1.05
/** So that it is tried again when the line has changed. */
const FADING = 0.998

/** The way to one server. */
export class Line {
  #window = FIRST
  #underWay = 0
  readonly #waiting: (() => void)[] = []
  readonly #now: () => number
  #best = 0
  #halvings = 0
  #round = { start: 0, requests: 0, bytes: 0, full: false }

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#round.start = now()
  }

  /** Requests that may be under way at once. */
  get window(): number {
    return this.#window
  }

  /** Does `work` when its turn comes. `moved` tells the bytes that came of it. */
  async run<T>(work: () => Promise<T>, moved: (result: T) => number): Promise<T> {
    await this.#enter()
    const halvings = this.#halvings
    try {
      const result = await work()
      this.#count(moved(result))
      return result
    } catch (error) {
      // Once for all who fail together: the others were under way before it was known.
      if (asksForFewer(error) && halvings === this.#halvings) this.#halve()
      throw error
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#underWay >= this.#window) {
      this.#round.full = true
      await new Promise<void>((go) => this.#waiting.push(go))
    } else this.#underWay++
  }

  #leave(): void {
    this.#underWay--
    while (this.#underWay < this.#window && this.#waiting.length > 0) {
      this.#underWay++
      this.#waiting.shift()!()
    }
  }

  #count(bytes: number): void {
    const round = this.#round
    round.requests++
    round.bytes += bytes + REQUEST_BYTES
    if (round.requests < this.#window) return
    const rate = round.bytes / Math.max(1, this.#now() - round.start)
    if (round.full && rate > this.#best * BETTER) {
      this.#window = Math.min(MOST, Math.ceil(this.#window * 1.25))
      this.#best = rate
    } else this.#best *= FADING
    this.#beginRound()
  }

  #halve(): void {
    this.#halvings++
    this.#window = Math.max(1, Math.floor(this.#window / 2))
    this.#best = 0
    this.#beginRound()
  }

  #beginRound(): void {
    this.#round = { start: this.#now(), requests: 0, bytes: 0, full: this.#waiting.length > 0 }
  }
}

function asksForFewer(error: unknown): boolean {
  return isDvError(error, 'DV_TIMEOUT') || (isDvError(error) && error.data['slowDown'] === true)
}
