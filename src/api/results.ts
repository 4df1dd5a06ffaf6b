// What the api answers, verb by verb: plain data, JSON-serialisable as it stands. See types.ts.
// One list of types over several files, by what the verbs are about; spec/12-json.md names them.
import type { Input as InputInfo } from '../history/index.js'
import type { Losses, PlannedTraffic } from './care-results.js'
import type { CommitChecks } from './check-results.js'
import type { DiffRecord } from './diff-results.js'
import type { MetadataDropped, MetadataKept } from './meta-results.js'
import type { PurgedFiles } from './purge-results.js'
import type { PushResult, RemoteInfo } from './remote-results.js'
import type { Skipped } from './skipped.js'
import type { TagInfo } from './work-results.js'

export type * from './care-results.js'
export type * from './detail-results.js'
export type * from './diff-results.js'
export type { DropResult } from './drop-result.js'
export type * from './gc-results.js'
export type { Input as InputInfo } from '../history/index.js'
export type * from './meta-results.js'
export type * from './published-results.js'
export type * from './purge-results.js'
export type * from './reading-results.js'
export type * from './remote-results.js'
export type { Skipped, SkippedItem } from './skipped.js'
export type * from './status-results.js'
export type * from './subset-results.js'
export type * from './table-results.js'
export type * from './work-results.js'

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
