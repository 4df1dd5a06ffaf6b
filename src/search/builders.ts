// Segments are made by threads, one after the other: words and their places depend on nothing else, and take half of the
// time. Little is done on this thread, because another takes longer to start.
import os from 'node:os'
import type { Worker } from 'node:worker_threads'
import { fromPlainError, load } from '../base/index.js'
import type { Done, Order } from './builder-thread.js'
import type { Document } from './document.js'
import { BatchWriter, readBatch } from './document-batch.js'
import { makeFile } from './make-file.js'
import { SegmentBuilder } from './segment-builder.js'

export interface BuildLimits {
  /** Bytes of one message to a thread; what is less in all is done on this one. */
  batch: number
  /** Words of a segment, each as often as it stands there, and some more. */
  words: number
}

/** Words take 16 bytes each while they are sorted. */
const LIMITS: BuildLimits = { batch: 1024 * 1024, words: 6_000_000 }
/** Messages on their way to a thread: while it writes a segment, reading goes on so far. */
const WAITING_MAX = 16
/** One keeps up with a reader of small files; of large texts, more do. */
const THREADS_MAX = 3

export class Builders {
  /** How many segments can be in the making at once. */
  readonly capacity = Math.max(1, Math.min(THREADS_MAX, os.availableParallelism() - 1))
  readonly #limits: BuildLimits
  readonly #threads: BuilderThread[] = []
  readonly #batch = new BatchWriter()
  /** Segments that were ended. */
  #ended = 0

  constructor(limits = LIMITS) {
    this.#limits = limits
  }

  /** Whether the segment under way should be ended. */
  get isFull(): boolean {
    return this.#threads[this.#ended % this.capacity]?.isFull ?? false
  }

  /** Adds a document to the segment under way. */
  async add(document: Document): Promise<void> {
    this.#batch.add(document)
    if (this.#batch.bytes >= this.#limits.batch) await this.#thread().send(this.#batch.take())
  }

  /** Ends the segment under way. The promise is fulfilled when it stands in `file`. */
  async end(file: string): Promise<void> {
    const batch = this.#batch.take()
    const isLittle = this.#threads.length === 0
    if (isLittle) return build(batch, file)
    const thread = this.#thread()
    this.#ended++
    const sent = thread.send(batch)
    // The order of both is given before anything else can be.
    const made = thread.make(file)
    await sent
    await made
  }

  #thread(): BuilderThread {
    const at = this.#ended % this.capacity
    return (this.#threads[at] ??= new BuilderThread(this.#limits))
  }

  /** Stops all threads; what they have not made is gone. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }
}

function build(batch: Uint8Array, file: string): Promise<void> {
  const builder = new SegmentBuilder()
  for (const document of readBatch(batch)) builder.add(document)
  return makeFile(file, (descriptor) => builder.write(descriptor))
}

interface Waiting {
  resolve: (done: { isFull: boolean }) => void
  reject: (error: unknown) => void
}

class BuilderThread {
  readonly #worker: Worker
  /** In the order of their answers. */
  readonly #waiting: Waiting[] = []
  /** Of batches: the oldest first. */
  #batches: Promise<unknown>[] = []
  #failure: unknown
  /** The number of the segment under way. */
  #segment = 0
  isFull = false

  constructor(limits: BuildLimits) {
    const { Worker } = load<typeof import('node:worker_threads')>('node:worker_threads')
    this.#worker = new Worker(new URL('./builder-thread.js', import.meta.url), { workerData: limits })
    this.#worker.on('message', (done: Done) => this.#settle(done))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', () => this.#fail(new Error('a thread that makes segments has ended')))
  }

  /** Waits while many are on their way. `batch` is given away. */
  async send(batch: Uint8Array<ArrayBuffer>): Promise<void> {
    const segment = this.#segment
    const taken = this.#order({ batch }, [batch.buffer]).then(({ isFull }) => {
      if (segment === this.#segment) this.isFull = isFull
    })
    // Whoever sends or makes next meets its failure.
    taken.catch(() => {})
    this.#batches.push(taken)
    if (this.#batches.length > WAITING_MAX) await this.#batches.shift()
  }

  async make(file: string): Promise<void> {
    const batches = this.#batches
    this.#batches = []
    this.#segment++
    this.isFull = false
    const made = this.#order({ file })
    made.catch(() => {})
    await Promise.all(batches)
    await made
  }

  #order(order: Order, transfer: ArrayBuffer[] = []): Promise<{ isFull: boolean }> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(order, transfer)
    })
  }

  #settle(done: Done): void {
    const { resolve, reject } = this.#waiting.shift()!
    if ('isFull' in done) resolve(done)
    else if ('error' in done) reject(fromPlainError(done.error))
    else reject(new Error(done.crash))
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
