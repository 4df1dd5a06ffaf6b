// What the verbs answer of files that were purged. See results.ts.
import type { RemoteInfo } from './results.js'

/** Files that are not there because they were purged. */
export interface PurgedFiles {
  count: number
  /** The first of them. */
  items: PurgedFile[]
}

export interface PurgedFile {
  path: string
  /** When it was purged, milliseconds since 1970, and why. */
  time: number
  reason: string
}

export interface PurgeResult {
  dryRun: boolean
  time: number
  /** 'Ann <ann@example.org>'. */
  by: string
  reason: string
  contents: PurgedContentInfo[]
  /** The store here, then those of remotes. */
  stores: PurgedStore[]
  /** Purges that not every store in reach knew of: they were ended too. */
  ended?: PurgeListed[]
  /** Files that `--files` removed from the working directory. */
  removed?: number
}

export interface PurgedContentInfo {
  /** BLAKE3 of the whole file. */
  content: string
  bytes: number
  /** Where it is in any version: the first of `count`. */
  paths: string[]
  count: number
}

export interface PurgedStore {
  /** Absent: the store here. */
  remote?: RemoteInfo
  /** 'unreached': it still has the data, for the reason in `failure`. */
  outcome: 'purged' | 'unreached'
  /** Packs that went or were written anew. */
  packs?: number
  /** What went, and what stays because other files need it; bytes before compression. */
  gone?: { items: number; bytes: number }
  shared?: { items: number; bytes: number }
  failure?: { code: string; message: string }
  /** It lies in a bucket that keeps old versions of what is deleted: there the data can still be had. */
  keepsDeleted?: true
}

/** One record. */
export interface PurgeListed {
  id: string
  time: number
  by: string
  reason: string
  files: number
  bytes: number
  paths: string[]
}
