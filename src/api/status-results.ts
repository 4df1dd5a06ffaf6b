// What stands in a working directory beside the last commit.
import type { PendingMetadata } from './meta-results.js'
import type { EntryKind, Sum } from './results.js'
import type { Skipped } from './skipped.js'
import type { ConflictCell } from './table-results.js'

export interface StatusResult {
  /** Absent on a detached head. */
  branch?: string
  /** Absent before the first commit. */
  commit?: { id: string; short: string }
  upstream?: { name: string; ahead: number; behind: number; gone: boolean }
  /** Something that must be ended: a merge or revert by --continue or --abort, a checkout by another one. */
  unfinished?: { kind: 'merge' | 'revert' | 'checkout'; theirs: string; short: string }
  /** In effect; absent when everything is checked out. */
  sparse?: string[]
  /** What `sparse` leaves out of the commit; absent when that is nothing. */
  notHere?: Sum
  /** Recorded files that are not there because they were purged. */
  purged?: Sum
  /** Recorded files that are not there because they could not be read when they were to be written. */
  lost?: Sum & { paths: string[] }
  groups: {
    added: StatusGroup
    modified: StatusGroup
    deleted: StatusGroup
    renamed: StatusGroup
    conflicts: StatusGroup<StatusConflict>
  }
  /** Directories with nothing recorded in them. `groups.added` counts their files, its items leave them out.
   * Empty with `all`. */
  newDirectories: (Sum & { path: string })[]
  /** Metadata to be committed: how many paths, and the first of them, up to `limit`; absent when there is none. */
  metadata?: { count: number; items: PendingMetadata[] }
  skipped?: Skipped
  clean: boolean
}

export interface StatusGroup<Item = StatusItem> {
  count: number
  bytes: number
  /** In order of path; cut at `limit`. */
  items: Item[]
}

export interface StatusItem {
  path: string
  kind: EntryKind
  /** Of the file now; of a deleted one, then. */
  bytes: number
  /** Bytes it had, for modified. */
  before?: number
  /** Of a renamed one. */
  from?: string
  /** Modified only in kind (executable bit, file to link), not in bytes. */
  kindBefore?: EntryKind
}

/** `kind`: a file on one side, a link or directory on the other. `metadata`: of the entry, not of its bytes. */
export type ConflictKind =
  'both-modified' | 'both-added' | 'deleted-by-us' | 'deleted-by-them' | 'kind' | 'metadata'

export interface StatusConflict {
  path: string
  kind: ConflictKind
  /** The sides kept beside it. */
  ours?: string
  theirs?: string
  /** Text of both is in the file, between markers. */
  markers: boolean
  /** Keys of metadata that both sides set differently; ours are in place. */
  metadataKeys?: string[]
  /** Of a table: cells that both sides set differently, ours in place; at most 1000 of `cellCount`. */
  cells?: ConflictCell[]
  cellCount?: number
}
