// The entry of a thread that asks for stats ahead of the walk: see stat-threads.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { BATCH_PATHS, readStats, ROW } from './stat-rows.js'
import { DONE, FAILED, type Shared } from './stat-threads.js'

const { root, states, rows } = workerData as Shared

parentPort!.on('message', ({ slot, paths }: { slot: number; paths: string }) => {
  const from = slot * BATCH_PATHS * ROW
  let state = DONE
  try {
    readStats(root, paths.split('\0'), rows.subarray(from, from + BATCH_PATHS * ROW))
  } catch {
    state = FAILED
  }
  Atomics.store(states, slot, state)
  Atomics.notify(states, slot)
})
