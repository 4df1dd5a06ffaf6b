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

/** What a collection at a server will read, told before it does: the index, as far as it is not at hand; then, once each,
 * trees, recipes and commits. */
export interface GcPlan {
  remote: RemoteInfo
  /** Copies of chunks, trees and so on that the index names. */
  objects: number
  /** Bytes of the index, and how many of them must be read. */
  index: number
  read: number
}

export interface GcResult {
  /** Absent: the repository's own store. */
  remote?: RemoteInfo
  dryRun: boolean
  /** Milliseconds. */
  grace: number
  /** Operations that were too old to be kept. */
  operations: number
  /** Those that 'dv undo' still reaches, which keep what they replaced. Absent at a remote. */
  undoable?: number
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
