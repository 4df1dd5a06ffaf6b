// How often, and for how long, what failed is tried again. Exponential backoff with full jitter: many who failed together
// must not come back together. Rules: spec/13-transfer.md, "Failures of a remote"
import { DvError } from '../base/index.js'
import { isTransient } from './transient.js'

export interface RetryOptions {
  /** Tries in all; fewer for what never reached the server. */
  attempts?: number
  /** No try begins later than this after the first, in milliseconds. */
  totalMs?: number
  /** Bounds of the random wait: before the second try, and at most. */
  firstMs?: number
  longestMs?: number
  /** Ends the waiting: nothing is tried again. */
  signal?: AbortSignal | undefined
  /** For tests. */
  random?: () => number
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** Enough for a server that refuses a third of all requests: the tenth try fails once in 170,000 times. */
const DEFAULTS = { attempts: 10, totalMs: 300_000, firstMs: 100, longestMs: 10_000 }
/** Whoever has no network should be told so within seconds; and if nothing moves for 30 s, four times running, nothing will. */
const ATTEMPTS_NOT_SENT = 5
const ATTEMPTS_SILENT = 4

/** The patience one piece of work has left. */
export class Patience {
  readonly #options: Required<Omit<RetryOptions, 'signal'>> & Pick<RetryOptions, 'signal'>
  readonly #start = performance.now()
  #tries = 0
  #notSent = 0
  #silent = 0

  constructor(options: RetryOptions = {}) {
    this.#options = { ...DEFAULTS, random: Math.random, sleep: pause, ...options }
  }

  /** Waits until the work may be tried again. Throws `error` when it may not, with how often it was tried. */
  async after(error: unknown): Promise<void> {
    this.#tries++
    if (!isTransient(error)) throw error
    this.#notSent = error.data['notSent'] === true ? this.#notSent + 1 : 0
    this.#silent = error.code === 'DV_TIMEOUT' ? this.#silent + 1 : 0
    const wait = this.#wait(error)
    const { attempts, totalMs, signal, sleep } = this.#options
    const exhausted =
      this.#tries >= attempts ||
      this.#notSent >= ATTEMPTS_NOT_SENT ||
      this.#silent >= ATTEMPTS_SILENT ||
      performance.now() - this.#start + wait > totalMs
    if (exhausted || signal?.aborted) throw givenUp(error, this.#tries)
    await sleep(wait, signal)
    if (signal?.aborted) throw givenUp(error, this.#tries)
  }

  /** Milliseconds; at least what the server asked for. */
  #wait(error: DvError): number {
    const { firstMs, longestMs, random } = this.#options
    const asked = Number(error.data['retryAfter'] ?? 0)
    const jittered = random() * Math.min(longestMs, firstMs * 2 ** (this.#tries - 1))
    return asked + jittered
  }
}

/** Does `work`, again and again while it fails in a way that may pass. */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  for (const patience = new Patience(options); ;) {
    try {
      return await work()
    } catch (error) {
      await patience.after(error)
    }
  }
}

/** The error as it is reported: nobody further out may begin to repeat it all once more. */
function givenUp(error: DvError, tries: number): DvError {
  const { code, message, hint, data, cause } = error
  const said = tries > 1 ? `${message}; tried ${tries} times` : message
  return new DvError(code, said, {
    ...(hint !== undefined && { hint }),
    data: { ...data, retryable: false, tries },
    cause,
  })
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
