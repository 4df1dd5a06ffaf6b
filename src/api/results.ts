export type { DropResult } from './drop-result.js'
// What the api answers, verb by verb: plain data, JSON-serialisable as it stands. See types.ts.
// Long because it is one list, type by type, that spec/12-json.md is checked against.

import type { Losses, PlannedTraffic } from './care-results.js'
import type { CommitChecks } from './check-results.js'
import type { DiffRecord } from './diff-results.js'
import type { MetadataDropped, MetadataKept } from './meta-results.js'
import type { Input as InputInfo } from '../history/index.js'
import type { PurgedFiles } from './purge-results.js'
import type { TreeEntry } from './reading-results.js'
import type { Skipped } from './skipped.js'
import type { StatusConflict } from './status-results.js'

export type * from './care-results.js'
export type * from './detail-results.js'
export type * from './diff-results.js'
export type * from './gc-results.js'
export type { Input as InputInfo } from '../history/index.js'
export type * from './meta-results.js'
export type * from './purge-results.js'
export type * from './reading-results.js'
export type { Skipped, SkippedItem } from './skipped.js'
export type * from './status-results.js'
export type * from './subset-results.js'
export type * from './table-results.js'

/** Dates are ISO strings, integers beyond 2^53 decimal strings. */
export type MetaScalar = string | number | boolean
export type MetaValue = MetaScalar | readonly MetaScalar[]
export type EntryKind = 'file' | 'executable' | 'symlink' | 'directory'

export interface Person {
  name: string
  email: string
  time: number
  /** Minutes east of UTC. */
  zone: number
}

export interface CommitInfo {
  id: string
  /** The shortest unambiguous prefix of the id, at least 8 digits. */
  short: string
  parents: string[]
  author: Person
  committer: Person
  message: string
  metadata: Record<string, MetaValue>
  /** What it was made from. */
  inputs?: InputInfo[]
  /** What points at it. */
  refs: RefLabel[]
}

/** `name` as a user writes it: 'main', 'origin/main', 'v1'. Of the head, the branch it is on, 'HEAD' when detached. */
export interface RefLabel {
  kind: 'head' | 'branch' | 'remote' | 'tag'
  name: string
}

/** A count of files and their bytes. */
export interface Sum {
  files: number
  bytes: number
}

/** Totals of a comparison. `bytesAdded`: of added files and of the new side of modified ones' growth. */
export interface ChangeSums {
  added: number
  modified: number
  deleted: number
  renamed: number
  bytesAdded: number
  bytesRemoved: number
}

/** What a transfer moved, and what it did not have to. */
export interface TransferSums {
  objects: number
  bytes: number
  /** Bytes the other side had already, where known. */
  reusedBytes?: number
}

export interface CheckoutSums {
  written: number
  removed: number
  bytes: number
  /** Files that are not there because they were purged. */
  purged?: PurgedFiles
  /** Files that are not there because they cannot be read from the store. */
  lost?: LostFiles
}

export interface LostFiles {
  count: number
  /** The first of them, and what is wrong with each. */
  items: { path: string; what: string }[]
}

export interface InitResult {
  directory: string
  store: string
  branch: string
  chunkSize: number
  /** The store was there before, and this is one more working directory of it. */
  storeExisted: boolean
  /** Whether a .dvignore was written. */
  ignoreFile: boolean
  /** `.dv/` was added to the .git/info/exclude of the git tree around it. */
  gitExclude: boolean
}

export interface CloneResult {
  directory: string
  url: string
  /** Absent when the remote has no commits. */
  branch?: string
  commit?: string
  received: TransferSums
  checkout: CheckoutSums
  /** As in FetchResult. */
  lost?: Losses
  /** Why no files were written although they were wanted: the list of them is lost. */
  unreadable?: string
  /** As in RemoteChanged. */
  notes?: string[]
  /** With --dry-run; nothing was made then. */
  dryRun?: PlannedTraffic
}

export interface ApplyResult {
  /** Absent: the repository around. */
  remote?: RemoteInfo
  branch: string
  outcome: 'new' | 'moved' | 'unchanged'
  /** Where the branch was. */
  before?: string
  /** What was made; absent when nothing changed, and of a dry run. */
  commit?: CommitInfo
  changes: ChangeSums
  /** All that the branch holds then. */
  total: Sum
  /** Bytes that went to the store, as packs. */
  storedBytes: number
  /** How often it was made again because the branch had moved elsewhere meanwhile. */
  retries: number
  dryRun: boolean
}

export interface ConfigItem {
  name: string
  value: string
  scope: 'repository' | 'global'
}

/** A setting as it was kept. `notes` as in RemoteChanged. */
export interface ConfigSet extends ConfigItem {
  notes?: string[]
}

export interface CommitResult {
  commit: CommitInfo
  /** Absent on a detached head. */
  branch?: string
  amended: boolean
  root: boolean
  changes: ChangeSums
  /** All that the commit holds. */
  total: Sum
  /** What it added to the store, compressed. */
  storedBytes: number
  skipped?: Skipped
  /** What renamed files and directories kept; absent: there was nothing to keep. */
  metadataKept?: MetadataKept
  /** What was set, and was not committed. */
  metadataDropped?: MetadataDropped
  /** With --to: the branch there. A rejected one can be synced later. */
  pushed?: PushResult
}

export interface LogEntry extends CommitInfo {
  checks?: CommitChecks[]
  changes?: ChangeSums
  /** A remote that has parents of it which are not here: history ends with this commit. */
  historyAt?: string
}

export type ShowRecord =
  | { type: 'tag'; tag: TagInfo }
  | { type: 'commit'; commit: CommitInfo; total: Sum; checks?: CommitChecks[] }
  | DiffRecord

export interface BranchInfo {
  /** 'main', or 'origin/main' of a remote one. */
  name: string
  remote: boolean
  current: boolean
  /** Absent: no commit yet. */
  commit?: { id: string; short: string; subject: string; time: number }
  upstream?: { name: string; ahead: number; behind: number; gone: boolean }
  /** Another working directory that has it checked out. */
  worktree?: string
}

export interface BranchCreated {
  name: string
  commit: string
  short: string
}

export interface BranchRenamed {
  from: string
  to: string
}

export interface RefDeleted {
  name: string
  commit: string
  short: string
}

export interface SwitchResult {
  /** Absent when detached. */
  branch?: string
  /** Absent on a branch without commits. */
  commit?: { id: string; short: string; subject: string }
  created: boolean
  /** The remote branch it now follows, if this made it. */
  tracking?: string
  /** Where one was: a branch, or the id of a detached head. `orphaned`: commits that no ref holds. */
  previous: { branch?: string; short?: string; orphaned: number }
  /** It was the branch one is on. */
  already: boolean
  checkout: CheckoutSums
  /** Uncommitted changes carried over. */
  kept: number
}

export interface RestoreResult extends CheckoutSums {
  source: { name: string; short: string }
  /** Of how many paths uncommitted metadata changed. */
  metadata?: number
}

export interface SparseResult extends CheckoutSums {
  /** Absent: everything. */
  patterns?: string[]
  /** What is checked out now. */
  total: Sum
}

export interface TagInfo {
  name: string
  commit: string
  short: string
  /** Of an annotated tag. */
  message?: string
  tagger?: Person
}

export interface MergeResult {
  outcome: 'up-to-date' | 'fast-forward' | 'merged' | 'conflicts'
  /** HEAD afterwards. */
  commit?: { id: string; short: string; subject: string }
  /** What was merged, as typed. */
  theirs: string
  changes: ChangeSums
  conflicts: StatusConflict[]
  /** Files that were not written because they cannot be read from the store. */
  lost?: LostFiles
}

export interface ResolveResult {
  resolved: string[]
  left: StatusConflict[]
}

export interface AbortResult {
  commit: { id: string; short: string }
  /** Files put back. */
  restored: number
}

export interface OperationInfo {
  id: string
  short: string
  time: number
  /** The verb, 'commit', 'branch'. */
  verb: string
  /** One line, 'commit 1a2b3c4d on main: Add labels'. */
  summary: string
  refs: { name: string; before?: string; after?: string }[]
  /** Uncommitted files whose bytes it saved. */
  saved: number
  /** The operation it took back. */
  undoes?: string
  /** Its record is there, but its refs never moved. */
  unfinished: boolean
  /** Those before it were forgotten. */
  isFirstKept?: true
}

export interface UndoResult {
  undone: OperationInfo
  /** The undo itself, which can be undone. */
  operation: OperationInfo
  /** Where one is now. */
  branch?: string
  commit?: { id: string; short: string; subject: string }
  restored: CheckoutSums
  /** Paths of which other metadata waits for a commit than before. */
  metadata?: number
}

export interface WorktreeInfo {
  directory: string
  branch?: string
  commit?: { id: string; short: string }
  current: boolean
  /** It was deleted without `dv worktree remove`. */
  missing: boolean
}

export interface WorktreeAdded extends WorktreeInfo {
  checkout: CheckoutSums
}

export interface RemoteInfo {
  name: string
  /** Without user-info. */
  url: string
  /** How it is reached: endpoint, region and the like. */
  settings?: Readonly<Record<string, string>>
}

/** A remote that was set. `notes`: what the user should know, as that credentials were taken out of its URL. */
export interface RemoteChanged extends RemoteInfo {
  notes?: string[]
}

export interface RemoteCheckResult {
  remote: RemoteInfo
  /** How writers there keep out of each other's way: by conditional writes of the server, by leases, by links in a folder;
   * or not at all, and then dv does not write there. */
  writes: 'conditional' | 'lease' | 'links' | 'refused'
  checks: readonly RemoteCheckRow[]
}

export interface RemoteCheckRow {
  check:
    | 'conditional-create'
    | 'conditional-replace'
    | 'conditional-race'
    | 'ranges'
    | 'read-after-write'
    | 'list-after-write'
    | 'list-after-delete'
    | 'clock'
  ok: boolean
  /** What the server did, in a few words. */
  found: string
}

/** One ref of a fetch or push. */
export interface RefUpdate {
  /** 'main', 'v1'. */
  name: string
  kind: 'branch' | 'tag'
  /** What it is called on the side that changed: 'origin/main' for a fetch. */
  target: string
  before?: string
  after?: string
  outcome: 'new' | 'fast-forward' | 'forced' | 'deleted' | 'unchanged' | 'rejected'
  /** Of a rejected one: 'not-fast-forward', 'stale' (the lease), 'exists' (a tag that differs). */
  reason?: 'not-fast-forward' | 'stale' | 'exists'
}

export interface FetchResult {
  remote: RemoteInfo
  updates: RefUpdate[]
  received: TransferSums
  /** Why this remote of several could not be fetched, as in spec/errors.md. */
  failure?: { code: string; message: string; hint?: string }
  /** What the remote no longer has of what its refs lead to. All else is here. */
  lost?: Losses
  /** With --dry-run; `updates` are what would move. */
  dryRun?: PlannedTraffic
}

export interface PullResult {
  fetch: FetchResult
  /** Absent with --dry-run. */
  merge?: MergeResult
}

/** When every ref is rejected nothing was sent. */
export interface PushResult {
  remote: RemoteInfo
  updates: RefUpdate[]
  sent: TransferSums
  /** The upstream set for the branch by -u. */
  upstream?: string
  /** With --dry-run; `updates` are what would move. */
  dryRun?: PlannedTraffic
}

export interface MirrorResult {
  /** What was named by its address is called by it. */
  from: RemoteInfo
  to: RemoteInfo
  /** Of the target. Rejected as `stale`: another process moved it meanwhile. */
  updates: RefUpdate[]
  sent: TransferSums
}

export interface SyncResult {
  remote: RemoteInfo
  /** What the branch is called there. */
  branch: string
  /** Of the last attempt. `conflicts`: nothing was pushed. `lost`: others were faster every time. */
  outcome: SyncAttempt['outcome']
  attempts: SyncAttempt[]
}

/** One round of a sync. What it did not come to is absent; of a remote that was not there nothing was fetched. */
export interface SyncAttempt {
  outcome: 'up-to-date' | 'synced' | 'conflicts' | 'lost'
  fetch?: FetchResult
  merge?: MergeResult
  push?: PushResult
}

/** A store as it is shown to others. */
export interface Published {
  readonly location: string
  refs(): Promise<{
    /** What HEAD means there; no commit before the first. */
    head: { branch?: string; commit?: string }
    branches: PublishedRef[]
    tags: PublishedRef[]
  }>
  /** What the segments of 'REV/PATH' lead to. Throws DV_UNKNOWN_REVISION, DV_UNKNOWN_PATH. */
  find(segments: readonly string[]): Promise<PublishedItem>
  close(): Promise<void>
}

export interface PublishedRef {
  name: string
  commit: string
}

export type PublishedItem = PublishedLeaf | PublishedDirectory

interface PublishedAbout {
  commit: string
  /** When it was committed, milliseconds since 1970. */
  time: number
  /** The revision was the commit's id: what is there never changes. */
  isPinned: boolean
  /** In the tree; '' is its top. */
  path: string
}

export interface PublishedLeaf extends PublishedAbout {
  /** A symbolic link, which is not followed, holds its target. */
  kind: 'file' | 'symlink'
  bytes: number
  /** Another for every other content; of a file, the BLAKE3 of all of it. */
  tag: string
  /** Every part is verified, and a view of a cache: it must not be changed. */
  read(range: { offset: number; length: number; signal?: AbortSignal }): AsyncIterable<Uint8Array>
}

export interface PublishedDirectory extends PublishedAbout {
  kind: 'directory'
  entries(): AsyncIterable<TreeEntry[]>
}
