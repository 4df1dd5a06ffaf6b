// A scheduler that decides alone in which order several actors go on, and what time it is. Every call of a storage waits
// until it is chosen; between two choices everything else comes to rest. All that is random comes from one seed, names and
// pauses of the program itself among them, so that a seed is a schedule.
import crypto from 'node:crypto'

const HOUR = 3_600_000
const NEVER = new Promise<never>(() => {})

export interface Actor {
  name: string
  /** What its clock is ahead of the true time, milliseconds. */
  skew: number
  /** It is not chosen before. */
  stalledUntil: number
  /** It is killed at this choice of it; infinite: never. */
  choicesLeft: number
  isDead: boolean
}

interface Waiting {
  actor: Actor
  /** The earliest time; what waits for time alone dies with its actor. */
  at: number
  isTimer: boolean
  go: () => void
}

/** 32 bits at a time (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export class Schedule {
  /** The true time, milliseconds. */
  now = 1_800_000_000_000
  readonly random: () => number
  /** What happened, in order: two runs of a seed must agree. */
  readonly trace: string[] = []
  /** Who was chosen last: everything that goes on until the next choice is that one's. */
  #current: Actor | undefined
  #waiting: Waiting[] = []
  #failure: unknown

  constructor(seed: number) {
    this.random = randomFrom(seed)
  }

  /** A whole number from 0 up to below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end)
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  /** An actor that begins now; what it throws ends the run. */
  spawn(name: string, work: (actor: Actor) => Promise<void>, { dies = false } = {}): Actor {
    const actor: Actor = {
      name,
      skew: Math.round((this.random() * 2 - 1) * 2 * HOUR),
      stalledUntil: 0,
      choicesLeft: dies ? 1 + this.below(150) : Infinity,
      isDead: false,
    }
    this.#current = actor
    this.call('begin', async () => {})
      .then(() => work(actor))
      .catch((error: unknown) => (this.#failure ??= error))
    return actor
  }

  /** Waits to be chosen, and does `work` then. A killed actor never hears of it, whether it was done or not. */
  call<T>(what: string, work: () => Promise<T>): Promise<T> {
    const actor = this.#current!
    if (actor.isDead) return NEVER
    return new Promise<T>((resolve, reject) => {
      const go = () => {
        this.trace.push(`${actor.name} ${what}`)
        work().then(
          (value) => actor.isDead || resolve(value),
          (error: unknown) => actor.isDead || reject(error as Error),
        )
      }
      this.#waiting.push({ actor, at: 0, isTimer: false, go })
    })
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#wake(resolve, ms))
  }

  /** Goes on until nothing waits. Throws the first failure of an actor. */
  async run(): Promise<void> {
    const restore = this.#takeOver()
    try {
      for (;;) {
        await settled()
        if (this.#failure !== undefined) throw this.#failure
        const next = this.#choose()
        if (!next) return
        this.now += this.below(10_000)
        this.#trouble(next.actor)
        this.#current = next.actor
        next.go()
      }
    } finally {
      restore()
    }
  }

  #wake(resolve: () => void, ms: number): void {
    const actor = this.#current!
    if (!actor.isDead) this.#waiting.push({ actor, at: this.now + Math.ceil(ms), isTimer: true, go: resolve })
  }

  /** Time passes only when nobody can go on. */
  #choose(): Waiting | undefined {
    const from = ({ actor, at }: Waiting) => Math.max(at, actor.stalledUntil)
    const earliest = this.#waiting.reduce((least, waiting) => Math.min(least, from(waiting)), Infinity)
    if (earliest === Infinity) return undefined
    this.now = Math.max(this.now, earliest)
    const ready = this.#waiting.filter((waiting) => from(waiting) <= this.now)
    const chosen = this.one(ready)
    this.#waiting.splice(this.#waiting.indexOf(chosen), 1)
    return chosen
  }

  /** Long pauses at any moment, and deaths. Of what a dead actor had under way, some arrives later, some never. */
  #trouble(actor: Actor): void {
    if (this.random() < 0.03) {
      const longest = this.one([60_000, 10 * 60_000, HOUR, 4 * HOUR])
      actor.stalledUntil = this.now + this.below(longest)
    }
    if (--actor.choicesLeft > 0 || actor.isDead) return
    actor.isDead = true
    this.trace.push(`${actor.name} dies`)
    const isLost = (waiting: Waiting) => waiting.actor === actor && (waiting.isTimer || this.random() < 0.5)
    this.#waiting = this.#waiting.filter((waiting) => !isLost(waiting))
  }

  /** The program's clocks, pauses and random numbers are the schedule's while it runs. */
  #takeOver(): () => void {
    const { setTimeout: realTimeout } = globalThis
    // A pause for the garbage collector: no step of anybody.
    globalThis.setImmediate = ((go: () => void) => queueMicrotask(go)) as unknown as typeof setImmediate
    const { random: realRandom } = Math
    const { now: realDate } = Date
    const { randomBytes } = crypto
    const realSteady = performance.now.bind(performance)
    const timeout = (done: () => void, ms = 0) => this.#wake(done, ms)
    globalThis.setTimeout = timeout as unknown as typeof setTimeout
    Math.random = this.random
    Date.now = () => this.now + (this.#current?.skew ?? 0)
    performance.now = () => this.now
    const bytes = (length: number) => Buffer.from(Array.from({ length }, () => this.below(256)))
    crypto.randomBytes = bytes as typeof randomBytes
    return () => {
      globalThis.setTimeout = realTimeout
      globalThis.setImmediate = realImmediate
      Math.random = realRandom
      Date.now = realDate
      performance.now = realSteady
      crypto.randomBytes = randomBytes
    }
  }
}

const { setImmediate: realImmediate } = globalThis

/** Everything that can go on without being chosen has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}
