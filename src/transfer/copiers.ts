// Threads that bring packs and look at them, one pack each at a time. Where one of the stores is not a folder, it is
// done on this thread.
import { once } from 'node:events'
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { fromPlainError, type PlainError } from '../base/index.js'
import { bringPack, type BroughtPack, type Ends, type PackOrder } from './bring-pack.js'

/** Each takes about 35 MB. */
const THREADS_MAX = 4

/** What a thread is started with. */
export interface ThreadStart {
  sourceRoot: string
  targetRoot: string
}

/** What it answers to a PackOrder. */
export type ThreadAnswer = { brought: BroughtPack | undefined } | { error: PlainError } | { crash: string }

export class Copiers {
  readonly #ends: Ends
  readonly #start: ThreadStart | undefined
  readonly #size: number
  readonly #threads: Worker[] = []
  #idle: Worker[] = []
  #turn: Promise<unknown> = Promise.resolve()
  readonly #waiting: ((thread: Worker) => void)[] = []

  constructor(ends: Ends) {
    this.#ends = ends
    const sourceRoot = ends.source.storage.properties.localRoot
    const targetRoot = ends.target.properties.localRoot
    this.#start =
      sourceRoot !== undefined && targetRoot !== undefined ? { sourceRoot, targetRoot } : undefined
    this.#size = Math.min(THREADS_MAX, os.availableParallelism())
  }

  /** Starts the threads, which takes a while, when it is known that there will be work. */
  start(): void {
    while (this.#start && this.#threads.length < this.#size) this.#hand(this.#startThread(this.#start))
  }

  /** As bringPack(). Waits until a thread is free. `signal`: given up when it has not begun. */
  async bring(order: PackOrder, signal?: AbortSignal): Promise<BroughtPack | undefined> {
    if (!this.#start) return this.#bringHere(order, signal)
    this.start()
    const thread = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)))
    try {
      signal?.throwIfAborted()
      thread.postMessage(order)
      const [answer] = (await once(thread, 'message')) as [ThreadAnswer]
      if ('error' in answer) throw fromPlainError(answer.error)
      if ('crash' in answer) throw new Error(answer.crash)
      return answer.brought
    } finally {
      this.#hand(thread)
    }
  }

  /** To be called when nothing is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  #startThread(workerData: ThreadStart): Worker {
    const thread = new Worker(new URL('./copier-thread.js', import.meta.url), { workerData })
    this.#threads.push(thread)
    return thread
  }

  #hand(thread: Worker): void {
    const next = this.#waiting.shift()
    if (next) next(thread)
    else this.#idle.push(thread)
  }

  #bringHere(order: PackOrder, signal: AbortSignal | undefined): Promise<BroughtPack | undefined> {
    const brought = this.#turn.then(() => {
      signal?.throwIfAborted()
      return bringPack(this.#ends, order)
    })
    this.#turn = brought.catch(() => {})
    return brought
  }
}
