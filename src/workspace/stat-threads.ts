// Threads that ask for the stats of paths, a batch at a time. A batch has a slot of shared memory; its state says when
// the rows are there, so that a synchronous walk can wait for them.
import os from 'node:os'
import type { Worker } from 'node:worker_threads'
import { load } from '../base/index.js'
import { BATCH_PATHS, ROW } from './stat-rows.js'

/** States of a slot. */
const BUSY = 1
export const DONE = 2
/** The system refused: whoever asked finds out by asking again. */
export const FAILED = 3

/** This thread takes part. More than a few only wait for each other in the kernel. */
const THREADS_MAX = 3
const SLOTS_PER_THREAD = 4
/** A thread that takes longer for a batch is not waited for. */
const PATIENCE_MS = 1000

export interface Shared {
  root: string
  states: Int32Array
  rows: BigInt64Array
}

export class StatThreads {
  readonly #shared: Shared
  readonly #workers: Worker[] = []
  readonly #free: number[]

  constructor(root: string) {
    const threads = Math.min(THREADS_MAX, os.availableParallelism() - 1)
    this.#free = Array.from({ length: threads * SLOTS_PER_THREAD }, (_, slot) => slot)
    const states = new Int32Array(new SharedArrayBuffer(this.#free.length * 4))
    const rows = new BigInt64Array(new SharedArrayBuffer(this.#free.length * BATCH_PATHS * ROW * 8))
    this.#shared = { root, states, rows }
    for (let i = 0; i < threads; i++) this.#workers.push(startWorker(this.#shared))
  }

  get hasFreeSlot(): boolean {
    return this.#free.length > 0
  }

  /** Begins a batch in a free slot, which it returns. */
  begin(paths: readonly string[]): number {
    const slot = this.#free.pop()!
    this.#shared.states[slot] = BUSY
    this.#workers[slot % this.#workers.length]!.postMessage({ slot, paths: paths.join('\0') })
    return slot
  }

  isDone(slot: number): boolean {
    return Atomics.load(this.#shared.states, slot) !== BUSY
  }

  /** The rows of a batch once they are there; undefined when the caller must see for itself. */
  take(slot: number): BigInt64Array | undefined {
    const { states, rows } = this.#shared
    Atomics.wait(states, slot, BUSY, PATIENCE_MS)
    const state = Atomics.load(states, slot)
    // The slot of a batch that was given up may be written to at any time: it is not used again.
    if (state === BUSY) return undefined
    const from = slot * BATCH_PATHS * ROW
    const taken = state === DONE ? rows.slice(from, from + BATCH_PATHS * ROW) : undefined
    this.#free.push(slot)
    return taken
  }

  close(): void {
    for (const worker of this.#workers) void worker.terminate()
  }
}

function startWorker(shared: Shared): Worker {
  const { Worker } = load<typeof import('node:worker_threads')>('node:worker_threads')
  const worker = new Worker(new URL('./stat-worker.js', import.meta.url), { workerData: shared })
  // Where a thread cannot be had, its batches are given up one by one.
  worker.on('error', () => {})
  worker.unref()
  return worker
}
