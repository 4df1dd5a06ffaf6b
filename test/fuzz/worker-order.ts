// What passes between the thread that runs a target and the one that watches it.
import type { Finding } from './session.js'

/** The name under which the counters of the program are found: one byte each, in a Uint8Array. */
export const COUNTERS = '__dvCounters'

export interface WorkerOrder {
  target: string
  counters: number
  seed: number
  executions: number
  seconds: number
  /** Inputs kept by earlier runs. */
  corpus: readonly Uint8Array[]
  /** Number of executions, then the length of the input that is tried, then its bytes. */
  shared: SharedArrayBuffer
}

export type WorkerNews =
  { kept: Uint8Array } | { done: { executions: number; ways: number; kept: number; findings: Finding[] } }

export const SHARED_HEADER_BYTES = 8
