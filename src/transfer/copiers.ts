// Threads that look at packs, one pack each at a time. They read and write folders; what lies elsewhere comes into a
// file, and goes there from memory, by this thread, while they are at work on other packs.
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { fromPlainError, type PlainError } from '../base/index.js'
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

  /** Brings a pack of about `size` bytes and looks at it, as bringPack(). `signal`: given up when that has not begun. */
  async bring(
    order: PackOrder,
    { size, signal }: { size: number; signal?: AbortSignal | undefined },
  ): Promise<BroughtPack | undefined> {
    signal?.throwIfAborted()
    const from = await this.#origin(order.pack)
    const way: Way = { from, into: this.#start.targetRoot === undefined ? 'memory' : 'file' }
    let brought: BroughtPack | undefined
    try {
      const isLittle = size < LITTLE_BYTES && this.#threads.length === 0
      brought = isLittle
        ? await bringPack(this.#ends, order, way)
        : await this.#inThread({ order, way }, signal)
      return brought
    } finally {
      const isTaken = brought && 'path' in brought.content
      if (typeof from !== 'string' && !isTaken) fs.rmSync(from.path, { force: true })
    }
  }

  /** To be called when nothing is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  /** What threads can read, they read. What is far comes into a file that they can read. */
  async #origin(pack: string): Promise<Way['from']> {
    const { source, target } = this.#ends
    if (this.#start.sourceRoot !== undefined) return 'source'
    const isHere = this.#start.targetRoot !== undefined && (await target.size(packKey(pack))) !== undefined
    if (isHere) return 'target'
    const path = target.temporaryPath()
    await source.getFile(packKey(pack), path)
    return { path }
  }

  async #inThread(order: ThreadOrder, signal: AbortSignal | undefined): Promise<BroughtPack | undefined> {
    this.start()
    const thread = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)))
    let answer: ThreadAnswer
    try {
      signal?.throwIfAborted()
      thread.postMessage(order)
      ;[answer] = (await once(thread, 'message')) as [ThreadAnswer]
    } finally {
      this.#hand(thread)
    }
    if ('brought' in answer) return answer.brought
    if ('crash' in answer) throw new Error(answer.crash)
    const { error } = answer
    // Bases that are neither in the pack nor in a folder are read from afar, by this thread.
    if (this.#start.sourceRoot !== undefined || error.code === 'DV_CORRUPT') throw fromPlainError(error)
    return bringPack(this.#ends, order.order, order.way)
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
