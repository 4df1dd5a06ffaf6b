// Workers, one a core, that carry out tasks; started when the first task comes that is worth it. Little work is done on
// this thread, because a worker takes longer to start.
import os from 'node:os'
import type { Worker } from 'node:worker_threads'
import { ERROR_CODES, fromPlainError, load, type PlainError } from '../base/index.js'
import type { ObjectStore } from '../store/index.js'
import { clearClaims, createClaims } from './claims.js'
import { type PackToDeliver, takeDelivery } from './deliveries.js'
import { createRunner, type Runner, type RunnerEnds } from './runner.js'
import type { Deliver, RunnerOptions, Task, TaskResults } from './tasks.js'

/** Tasks a worker has waiting, so that it is never idle between two. */
const DEPTH = 2
const WORKERS_MAX = 8
/** How much a function runs before V8 optimises it, four times the default: it does so once for each worker, on the cores
 * that the workers need. On `images` that took a quarter of all processor time. Set once the workers have started: under
 * other flags than Node was built with they compile Node's own modules anew, which doubles the time they take to start. */
const V8_FLAGS = '--interrupt-budget=300000'
/** A worker makes much short-lived garbage: a young generation of this size holds it at no cost of time, measured on
 * a checkout of 100,000 files (290 MB for the whole process instead of 360). */
const LIMITS = { maxYoungGenerationSizeMb: 16 }

export type PoolOptions = Omit<RunnerOptions, 'claims' | 'delivers'> & {
  /** 0: no threads. Default: one a core. */
  workers?: number
  /** Stored into instead of the folder `storeRoot`. All is done on this thread: no other one can reach it. */
  store?: ObjectStore
  /** Takes packs of chunks, on this thread, instead of the store. */
  deliver?: Deliver
}

interface Job {
  task: Task
  /** What comes after it in the same worker would wait for too long. */
  isLong: boolean
  resolve: (result: never) => void
  reject: (error: unknown) => void
}

interface Lane {
  worker: Worker
  jobs: Map<number, Job>
  exited: Promise<unknown>
}

export class Pool {
  readonly size: number
  readonly #options: RunnerOptions
  readonly #ends: RunnerEnds
  readonly #lanes: Lane[] = []
  readonly #waiting: Job[] = []
  #inline: Runner | undefined
  #inlineQueue: Promise<unknown> = Promise.resolve()
  #nextId = 0
  #failure: unknown
  #closed = false

  constructor({ workers, store, deliver, ...options }: PoolOptions) {
    this.#ends = { ...(store && { store }), ...(deliver && { deliver }) }
    this.size = store ? 0 : (workers ?? Pool.defaultSize())
    this.#options = { ...options, ...(deliver && { delivers: true }), claims: createClaims() }
  }

  /** One a core, up to what pays. */
  static defaultSize(): number {
    return Math.min(WORKERS_MAX, os.availableParallelism())
  }

  /** How many tasks can be under way or waiting in workers at once. */
  get capacity(): number {
    return Math.max(1, this.size) * DEPTH
  }

  /** `isLittle`: all there is to do, and not enough to start workers for: it is done on this thread, unless there are
   * workers already. `isLong`: nothing else is put behind it. */
  run<T extends Task>(task: T, { isLittle = false, isLong = false } = {}): Promise<TaskResults[T['type']]> {
    if (this.#closed) throw new TypeError('the pool is closed')
    if (this.size === 0 || (isLittle && this.#lanes.length === 0)) return this.#runInline(task)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, isLong, resolve, reject })
      this.#dispatch()
    })
  }

  /** Starts workers for `tasks` that are about to come, all at the same time. */
  prepare(tasks: number): void {
    while (this.#lanes.length < Math.min(tasks, this.size)) this.#start()
  }

  /** Workers that have been started. */
  get started(): number {
    return this.#lanes.length
  }

  /** Runs a task in every worker that has been started, and here if anything was done here; results in no particular
   * order. To `finish` also voids all claims: what was stored until now is published, or is not there. */
  async runInAll<T extends Task>(task: T): Promise<TaskResults[T['type']][]> {
    if (this.#failure !== undefined) throw this.#failure
    const inWorkers = this.#lanes.map((lane) => this.#runIn(lane, task))
    const results = await Promise.all(this.#inline ? [...inWorkers, this.#runInline(task)] : inWorkers)
    if (task.type === 'finish') clearClaims(this.#options.claims)
    return results
  }

  /** Stops the workers and drops what they stored and did not finish. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(new TypeError('the pool is closed'))
    await this.#inlineQueue
    this.#inline?.abort()
    this.#inline = undefined
    for (const { worker } of this.#lanes) worker.postMessage({ id: -1 })
    await Promise.all(this.#lanes.map(({ exited }) => exited))
  }

  /** One task after the other, as in a worker: a runner's buffers serve one at a time. */
  #runInline<T extends Task>(task: T): Promise<TaskResults[T['type']]> {
    const result = this.#inlineQueue.then(() => {
      this.#inline ??= createRunner(this.#options, this.#ends)
      return this.#inline.run(task)
    })
    this.#inlineQueue = result.catch(() => {})
    return result
  }

  #runIn<T extends Task>(lane: Lane, task: T): Promise<TaskResults[T['type']]> {
    return new Promise((resolve, reject) => this.#post(lane, { task, isLong: false, resolve, reject }))
  }

  #dispatch(): void {
    if (this.#failure !== undefined) return this.#rejectWaiting()
    while (this.#waiting.length > 0) {
      const lane = this.#freeLane()
      if (!lane) return
      this.#post(lane, this.#waiting.shift()!)
    }
  }

  #freeLane(): Lane | undefined {
    const idle = this.#lanes.find((lane) => lane.jobs.size === 0)
    if (idle) return idle
    if (this.#lanes.length < this.size) return this.#start()
    const open = this.#lanes.filter(
      ({ jobs }) => jobs.size < DEPTH && ![...jobs.values()].some(({ isLong }) => isLong),
    )
    return open.sort((a, b) => a.jobs.size - b.jobs.size)[0]
  }

  #start(): Lane {
    const { Worker } = load<typeof import('node:worker_threads')>('node:worker_threads')
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: this.#options,
      resourceLimits: LIMITS,
    })
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    const lane: Lane = { worker, jobs: new Map(), exited }
    worker.on('message', (message: Answer | PackToDeliver) => {
      if ('pack' in message) void this.#deliver(worker, message)
      else this.#settle(lane, message)
    })
    worker.on('error', (error) => this.#fail(lane, asDvError(error)))
    this.#lanes.push(lane)
    if (this.#lanes.length === this.size) worker.once('online', setV8Flags)
    return lane
  }

  #post(lane: Lane, job: Job): void {
    const id = this.#nextId++
    lane.jobs.set(id, job)
    lane.worker.postMessage({ id, task: job.task })
  }

  async #deliver(worker: Worker, message: PackToDeliver): Promise<void> {
    worker.postMessage(await takeDelivery(this.#ends.deliver!, message))
  }

  #settle(lane: Lane, { id, result, error, crash }: Answer): void {
    const job = lane.jobs.get(id)
    lane.jobs.delete(id)
    if (error) job?.reject(fromPlainError(error))
    else if (crash !== undefined) job?.reject(new Error(crash))
    else job?.resolve(result as never)
    this.#dispatch()
  }

  #fail(lane: Lane, error: unknown): void {
    this.#failure = error
    for (const job of lane.jobs.values()) job.reject(error)
    lane.jobs.clear()
    this.#rejectWaiting()
  }

  #rejectWaiting(): void {
    for (const job of this.#waiting.splice(0)) job.reject(this.#failure)
  }
}

function setV8Flags(): void {
  // That of Node 20. Later ones count calls instead, and complain of the flag on stderr.
  if (!process.versions.v8.startsWith('11.')) return
  load<typeof import('node:v8')>('node:v8').setFlagsFromString(V8_FLAGS)
}

interface Answer {
  id: number
  result?: unknown
  error?: PlainError
  crash?: string
}

/** A DvError that ended a worker has lost its class on the way. */
function asDvError(error: unknown): unknown {
  const { code, message, hint, data } = error as Partial<PlainError>
  if (code === undefined || !(code in ERROR_CODES)) return error
  return fromPlainError({
    code,
    message: message ?? '',
    data: data ?? {},
    ...(hint !== undefined && { hint }),
  })
}
