// Runs one target and watches it: what does not come back within a second is a finding too.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { instrumentBuild } from './instrument.js'
import type { Finding } from './session.js'
import { SHARED_HEADER_BYTES, type WorkerNews, type WorkerOrder } from './worker-order.js'

export interface Run {
  target: string
  executions: number
  seconds: number
  /** Ways that inputs went, and inputs that were kept for it. */
  ways: number
  kept: readonly Uint8Array[]
  findings: readonly Finding[]
}

export interface RunOptions {
  executions: number
  seconds: number
  seed: number
  corpus?: readonly Uint8Array[]
}

const BUILD = fileURLToPath(new URL('../..', import.meta.url))
const INSTRUMENTED = path.join(BUILD, 'fuzz')
const INPUT_BYTES_MAX = 128 * 1024
const HANG_MS = 1000

/** Makes the instrumented program and returns how many counters it has. */
export function prepare(): number {
  return instrumentBuild(BUILD, INSTRUMENTED)
}

/** `counters`: what prepare() returned. Hangs end the run: what comes behind them would hang again. */
export async function runTarget(target: string, counters: number, options: RunOptions): Promise<Run> {
  const { corpus = [], executions, seconds, seed } = options
  const shared = new SharedArrayBuffer(SHARED_HEADER_BYTES + INPUT_BYTES_MAX)
  const order: WorkerOrder = { target, counters, seed, executions, seconds, corpus, shared }
  const start = performance.now()
  const kept: Uint8Array[] = []
  const worker = new Worker(path.join(INSTRUMENTED, 'test/fuzz/worker.js'), { workerData: order })
  const run = await new Promise<Omit<Run, 'target' | 'seconds'>>((resolve, reject) => {
    const stop = watch(shared, (input) => {
      const findings = [{ what: 'hang', input }]
      resolve({ executions: executionsIn(shared), ways: 0, kept, findings })
    })
    worker.on('message', (news: WorkerNews) => {
      if ('kept' in news) kept.push(news.kept)
      else resolve({ ...news.done, kept })
    })
    worker.on('error', reject)
    worker.on('exit', stop)
  })
  await worker.terminate()
  return { target, seconds: (performance.now() - start) / 1000, ...run }
}

function executionsIn(shared: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(shared, 0, 2), 0)
}

/** Tells the input that is being tried when the number of executions stays the same for too long. */
function watch(shared: SharedArrayBuffer, onHang: (input: Uint8Array) => void): () => void {
  let last = 0
  let since = performance.now()
  const timer = setInterval(() => {
    const now = executionsIn(shared)
    if (now !== last || now === 0) [last, since] = [now, performance.now()]
    // Twice as long as what counts: the machine may have been busy with something else.
    if (performance.now() - since < 2 * HANG_MS) return
    const length = new Int32Array(shared, 0, 2)[1]!
    onHang(Buffer.from(new Uint8Array(shared, SHARED_HEADER_BYTES, Math.min(length, INPUT_BYTES_MAX))))
  }, 200)
  return () => clearInterval(timer)
}

/** Inputs in a folder, one a file; none where there is no folder. */
export function readInputs(folder: string): Uint8Array[] {
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder)
    .sort()
    .map((name) => fs.readFileSync(path.join(folder, name)))
}
