// What dv gc answers. See results.ts.
import type { RemoteInfo } from './results.js'

/** Packs with garbage in them, and how much of them that is. */
export interface GarbageSum {
  packs: number
  bytes: number
}

export interface WaitingGarbage extends GarbageSum {
  /** Since it was marked, and until it may be deleted, milliseconds; absent where the storage has no clock. */
  age?: number
  left?: number
}

export interface GcResult {
  /** Absent: the repository's own store. */
  remote?: RemoteInfo
  dryRun: boolean
  /** Milliseconds. */
  grace: number
  /** Operations that were too old to be kept. */
  operations: number
  /** Packs that went; their bytes, and how many of these were written anew. */
  deleted: GarbageSum & { moved: number }
  /** Marked by this run. */
  marked: GarbageSum
  /** Marked earlier, and too young to be deleted. */
  waiting: WaitingGarbage[]
}

export interface GcWhy {
  /** What was asked for, in hex: an id or the beginning of one. */
  id: string
  /** Whether anything leads there. */
  kept: boolean
  /** The way: a ref, an operation or a working directory; the commit, and how many lie between; the path in its tree. */
  by?: string
  commit?: { id: string; short: string }
  behind?: number
  path?: string
}

export interface GcUndone {
  remote?: RemoteInfo
  taken: GarbageSum[]
}
