// Threads that look at packs, one pack each at a time. They read folders; what lies elsewhere is brought here, into a
// file or out of memory, while they are at work on other packs.
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { fromPlainError, isDvError, type PlainError } from '../base/index.js'
import { packKey } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import type { ObjectStore } from '../store/index.js'
import { type BroughtPack, bringPack, type Ends, type Way } from './bring-pack.js'
import type { PackOrder } from './examine-pack.js'
import { blocksOf } from './open-block.js'

/** Each takes about 35 MB. */
const THREADS_MAX = 4
/** Less than this is looked at sooner than a thread has started. */
const LITTLE_BYTES = 1024 * 1024

/** What a thread is started with: the stores that are folders. */
export interface ThreadStart {
  sourceRoot: string | undefined
  targetRoot: string | undefined
  /** Of the source, for messages. */
  location: string
}

export interface ThreadOrder {
  order: PackOrder
  way: Way
}

/** What a thread answers to an order. */
export type ThreadAnswer = { brought: BroughtPack | undefined } | { error: PlainError } | { crash: string }

export class Copiers {
  readonly #ends: Ends
  readonly #start: ThreadStart
  readonly #size: number
  readonly #threads: Worker[] = []
  #idle: Worker[] = []
  readonly #waiting: ((thread: Worker) => void)[] = []

  constructor({ source, target }: { source: ObjectStore; target: Storage }) {
    this.#ends = { source: source.storage, target, bases: blocksOf(source) }
    const { localRoot: sourceRoot, location } = source.storage.properties
    this.#start = { sourceRoot, targetRoot: target.properties.localRoot, location }
    this.#size = Math.min(THREADS_MAX, os.availableParallelism())
  }

  /** Starts the threads, which takes a while, when it is known that there will be work. */
  start(): void {
    while (this.#threads.length < this.#size) this.#hand(this.#startThread())
  }

  /** Brings a pack of `size` bytes and looks at it, as bringPack(). `signal`: given up when that has not begun. */
  async bring(
    order: PackOrder,
    { size, signal }: { size: number; signal?: AbortSignal | undefined },
  ): Promise<BroughtPack | undefined> {
    signal?.throwIfAborted()
    const { sourceRoot, targetRoot } = this.#start
    if (sourceRoot === undefined) return this.#fetch(order, size)
    const way: Way = targetRoot === undefined ? { to: 'memory' } : { to: 'file' }
    return this.#examine({ order, way }, { size, signal })
  }

  /** To be called when nothing is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  /** From afar, unless an interrupted transfer has brought it. */
  async #fetch(order: PackOrder, size: number): Promise<BroughtPack | undefined> {
    const { source, target } = this.#ends
    const key = packKey(order.pack)
    const root = target.properties.localRoot
    const path = target.temporaryPath()
    if (root !== undefined && (await target.size(key)) === size) await target.getFile(key, path)
    else await source.getFile(key, path)
    let brought: BroughtPack | undefined
    try {
      brought = await this.#examine({ order, way: { to: 'stay', path } }, { size })
      return brought
    } finally {
      if (!brought) fs.rmSync(path, { force: true })
    }
  }

  async #examine(
    order: ThreadOrder,
    { size, signal }: { size: number; signal?: AbortSignal | undefined },
  ): Promise<BroughtPack | undefined> {
    if (size < LITTLE_BYTES && this.#threads.length === 0)
      return bringPack(this.#ends, order.order, order.way)
    try {
      return await this.#inThread(order, signal)
    } catch (error) {
      // Bases that are neither in the pack nor in a folder are read from afar, by this thread.
      if (order.way.to !== 'stay' || !isDvError(error) || isDvError(error, 'DV_CORRUPT')) throw error
      return bringPack(this.#ends, order.order, order.way)
    }
  }

  async #inThread(order: ThreadOrder, signal: AbortSignal | undefined): Promise<BroughtPack | undefined> {
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

  #startThread(): Worker {
    const thread = new Worker(new URL('./copier-thread.js', import.meta.url), { workerData: this.#start })
    this.#threads.push(thread)
    return thread
  }

  #hand(thread: Worker): void {
    const next = this.#waiting.shift()
    if (next) next(thread)
    else this.#idle.push(thread)
  }
}
