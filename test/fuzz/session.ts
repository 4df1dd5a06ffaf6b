// A coverage-guided fuzzer: an input that goes a way no input went before is kept, and the next ones are made of those
// that were kept. What a parser may do with any bytes: return, or throw a DvError.
import { isDvError } from '../../src/base/index.js'
import { mutate } from './mutate.js'
import type { Random } from './random.js'
import type { Target } from './targets/index.js'

export interface Finding {
  /** `TypeError: …`, `memory`, `hang`. */
  what: string
  input: Uint8Array
}

export interface SessionOptions {
  /** A byte for each place of the program; see instrument.ts. */
  counters: Uint8Array
  random: Random
  /** Told before an input is tried. */
  onInput?: (input: Uint8Array) => void
  onKept?: (input: Uint8Array) => void
}

/** So much more than before may be held for one input, in bytes. */
const MEMORY_MAX = 64 * 1024 * 1024
/** What keeps a processor busy for so long is a hang. */
const HANG_MS = 1000
/** Inputs that lead to new ways are kept as long as they are found, up to this many. */
const KEPT_MAX = 20_000

export class Session {
  executions = 0
  readonly findings: Finding[] = []
  readonly #target: Target
  readonly #options: SessionOptions
  readonly #ways: Ways
  readonly #kept: Uint8Array[] = []
  readonly #told = new Set<string>()

  constructor(target: Target, options: SessionOptions) {
    this.#target = target
    this.#options = options
    this.#ways = new Ways(options.counters)
  }

  get kept(): readonly Uint8Array[] {
    return this.#kept
  }

  /** Ways that some input went. */
  get ways(): number {
    return this.#ways.seen
  }

  /** Tries an input, and keeps it where it is the first of its kind. */
  async try(input: Uint8Array, { keep = false } = {}): Promise<void> {
    this.#options.onInput?.(input)
    this.#options.counters.fill(0)
    this.executions++
    const problem = await problemOf(this.#target, input)
    if (problem !== undefined) this.#tell(problem, input)
    if (!this.#ways.anyNew() && !keep) return
    if (this.#kept.length >= KEPT_MAX) return
    this.#kept.push(Buffer.from(input))
    this.#options.onKept?.(input)
  }

  /** Tries what is made of one of the inputs that were kept. Recent ones are used more. */
  async step(): Promise<void> {
    const { random } = this.#options
    const count = this.#kept.length
    const at = random.below(3) === 0 ? count - 1 - random.below(Math.min(count, 20)) : random.below(count)
    const { isJson = false, longest = 4096 } = this.#target
    await this.try(mutate(random, this.#kept[at]!, { others: this.#kept, isJson, longest }))
  }

  #tell(what: string, input: Uint8Array): void {
    // Messages quote what they were given: letters only tell the kind.
    const kind = what.replace(/'[^']*'|\d+/g, '')
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    this.findings.push({ what, input: Buffer.from(input) })
  }
}

let highest = process.resourceUsage().maxRSS

/** Undefined when the parser did what it may. */
export async function problemOf(target: Target, input: Uint8Array): Promise<string | undefined> {
  const start = process.cpuUsage()
  let problem: string | undefined
  try {
    const result = target.parse(Buffer.from(input))
    if (result instanceof Promise) await result
  } catch (error) {
    if (!isDvError(error)) problem = describe(error)
  }
  if (problem !== undefined) return problem
  const { user, system } = process.cpuUsage(start)
  if (user + system > HANG_MS * 1000) return `hang of ${Math.round((user + system) / 1000)} ms`
  const before = highest
  highest = process.resourceUsage().maxRSS
  const grown = (highest - before) * 1024
  return grown > MEMORY_MAX ? `memory of ${grown >> 20} MiB` : undefined
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `a throw of ${typeof error}`
  const place = /\/src\/([^\s:)]+:\d+)/.exec(error.stack ?? '')?.[1] ?? '?'
  return `${error.name}: ${error.message.slice(0, 200)} at ${place}`
}

/** Which counters were ever how high, in steps: a loop that runs 3 times and one that runs 300 times are two ways. */
class Ways {
  seen = 0
  readonly #counters: Uint8Array
  readonly #words: Uint32Array
  readonly #known: Uint8Array

  constructor(counters: Uint8Array) {
    this.#counters = counters
    this.#words = new Uint32Array(counters.buffer, 0, counters.length >> 2)
    this.#known = new Uint8Array(counters.length)
  }

  anyNew(): boolean {
    let any = false
    for (let word = 0; word < this.#words.length; word++) {
      if (this.#words[word] === 0) continue
      for (let at = word << 2; at < (word << 2) + 4; at++) {
        const step = STEPS[this.#counters[at]!]!
        if ((this.#known[at]! & step) === step) continue
        this.#known[at]! |= step
        this.seen++
        any = true
      }
    }
    return any
  }
}

/** A bit for 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, 128 and more. */
const STEPS = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count === 0) return 0
  if (count < 4) return 1 << (count - 1)
  return (1 << [8, 16, 32, 128, 256].findIndex((bound) => count < bound)) << 3
})
