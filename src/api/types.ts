// What the api offers: plain data in, plain data out. Ids are 64 hex digits,
// times are milliseconds since 1970 UTC, sizes are bytes.
//
// Conventions
// 1. Paths in results are those of the tree: relative to the working directory's top, '/' between names.
// 2. PATHS in options are as the user typed them: relative to the `cwd` the api was made with, globs allowed
//    ('data/*.csv', '**/x'); one that matches nothing is DV_UNKNOWN_PATH.
// 3. Revisions are as typed; an unknown one is DV_UNKNOWN_REVISION with `data.nearest` when something is near.
// 4. Failures are thrown as DvError. What a user expects to happen (conflicts, nothing to send) is a result.
// 5. Listings that can be long are async iterables: nothing is read before the first item is asked for, and the
//    consumer may stop early.
import type { Clock, OnProgress } from '../base/index.js'
import type { BisectOptions } from './bisect-types.js'
import type { CheckOptions } from './check-types.js'
import type { DependenciesApi } from './dependency-types.js'
import type {
  MetaExportOptions,
  MetaGetOptions,
  MetaImportOptions,
  MetaImportToOptions,
  MetaSetOptions,
  MetaSetToOptions,
} from './meta-types.js'
import type { PurgeOptions, FsckOptions, GcOptions, RepairOptions } from './care-types.js'
import type {
  StatusOptions,
  CommitOptions,
  SwitchOptions,
  RestoreOptions,
  SparseOptions,
  TagOptions,
  MergeOptions,
  CreateSubsetOptions,
  RefreshSubsetOptions,
  ResolveOptions,
  WorktreeOptions,
} from './work-types.js'
import type {
  LogOptions,
  ShowOptions,
  DiffTableOptions,
  DiffOptions,
  LsOptions,
  QueryFormat,
  QueryOptions,
  ExportManifestOptions,
  ProfileOptions,
  SearchOptions,
  CatOptions,
  GetOptions,
  DuOptions,
} from './reading-types.js'
import type {
  FetchOptions,
  DropOptions,
  PullOptions,
  MirrorOptions,
  SyncOptions,
  PushOptions,
} from './sync-types.js'
import type * as data from './results.js'
import type { LostFiles } from './results.js'

export type * from './bisect-types.js'
export type * from './check-types.js'
export type * from './dependency-types.js'
export type * from './meta-types.js'
export type * from './care-types.js'
export type * from './work-types.js'
export type * from './reading-types.js'
export type * from './sync-types.js'
export type * from './results.js'

/** What the api may know of the process around it. Only src/cli reads `process`. */
export interface Surroundings {
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
  /** Minutes east of UTC, for signatures. */
  zone: number
  /** Takes what the user should know although nothing failed: a sentence without a final stop. */
  warn?: (text: string) => void
  /** Takes files that could not be written because they cannot be read; all others were. */
  onLost?: (lost: LostFiles) => void
}

/** What every long call takes. An abort ends it with DV_INTERRUPTED, the old or the new state in place. */
export interface Work {
  signal?: AbortSignal
  onProgress?: OnProgress
}

export type CreateApi = (surroundings: Surroundings) => DvApi

/** What works with or without a repository around the current directory. */
export interface DvApi {
  init(options: InitOptions): Promise<data.InitResult>
  clone(options: CloneOptions): Promise<data.CloneResult>
  /** Gives one store the branches and tags of another. */
  mirror(options: MirrorOptions): Promise<data.MirrorResult>
  /** One commit made of lines, on a branch of a remote or of the repository around; nothing is checked out. */
  apply(options: ApplyOptions): Promise<data.ApplyResult>
  metadata: MetadataApi
  /** Opens the repository that holds `cwd`. DV_NO_REPOSITORY when there is none. */
  open(): Promise<Repository>
  /** Reads the repository around `cwd`, if there is one, and stores that operands name. */
  reader(): Promise<Reader>
  /** Looks for damage also where it keeps the repository from being opened, and in stores elsewhere. */
  fsck(options: FsckOptions): Promise<data.FsckResult>
  /** Puts right what is damaged, from what is whole here and at remotes. */
  repair(options: RepairOptions): Promise<data.RepairResult>
  /** A store to show to others: an address's REPO, or the one around `cwd`. */
  publish(options: { repo?: string }): Promise<data.Published>
  config: ConfigApi
  cache: CacheApi
  /** The data that code needs, pinned in a lock file beside it. */
  dependencies: DependenciesApi
  /** The stores below a folder or a prefix of a bucket. */
  packages(options: PackagesOptions): AsyncIterable<data.PackageInfo>
}

export interface PackagesOptions extends Work {
  /** As typed: a folder or a URL. */
  location: string
  /** How it is reached: endpoint, region and the like. */
  settings?: Readonly<Record<string, string>>
}

/** Metadata becomes one commit of a branch, at a remote or of the repository around; nothing is checked out. */
export interface MetadataApi {
  set(options: MetaSetToOptions): Promise<data.MetaCommitted>
  import(options: MetaImportToOptions): Promise<data.MetaImportCommitted>
}

/** What is kept on disk of stores elsewhere that were read. */
export interface CacheApi {
  info(): Promise<data.CacheInfo>
  clear(): Promise<data.CacheCleared>
}

export interface InitOptions extends Work {
  /** As typed; `cwd` when absent. Made when it is missing. */
  directory?: string
  /** Keeps the store elsewhere. An existing store there is used, and may then not contradict `chunkSize`. */
  store?: string
  /** Average bytes of a chunk. */
  chunkSize?: number
  branch?: string
}

export interface CloneOptions extends Work {
  url: string
  /** How it is reached, kept with the remote: endpoint, region and the like. */
  settings?: Readonly<Record<string, string>>
  /** As typed; the last part of the URL when absent. */
  directory?: string
  branch?: string
  /** Only what matches these is checked out; empty: everything. */
  sparse: readonly string[]
  /** Only what this expression means is checked out and, as with `lazy`, comes. */
  where?: string
  checkout: boolean
  /** History and manifests only: data comes when it is asked for. */
  lazy?: boolean
  /** So many commits of each branch; all when absent. */
  depth?: number
  /** No directory is made; the result tells what would be moved. */
  dryRun?: boolean
}

export interface ApplyOptions extends Work {
  /** 'REMOTE@BRANCH', where REMOTE is a name, a folder or a URL; 'BRANCH' of the repository around. */
  target: string
  /** Lines of JSON, UTF-8: spec/14-apply.md. */
  input: AsyncIterable<Uint8Array>
  message: string
  /** 'Name <email>' */
  author?: string
  /** The id the branch must be at, or its first 8 digits or more. DV_REF_MOVED when it is elsewhere. */
  expectTip?: string
  /** Makes the branch, which must not be there. */
  create: boolean
  /** Everything but the change itself. */
  dryRun: boolean
}

/** `global`: the user's file. `repository`: the store's. `effective`: both, the repository's winning. */
export type ConfigScope = 'effective' | 'repository' | 'global'

export interface ConfigApi {
  /** Undefined when it is not set. */
  get(name: string, scope: ConfigScope): Promise<string | undefined>
  /** DV_BAD_CONFIG for a name dv does not know or a value it cannot have. */
  set(name: string, value: string, scope: Exclude<ConfigScope, 'effective'>): Promise<data.ConfigSet>
  /** Whether it was set before. */
  unset(name: string, scope: Exclude<ConfigScope, 'effective'>): Promise<boolean>
  list(scope: ConfigScope): Promise<data.ConfigItem[]>
}

/** What can be read without a working directory. Operands that do not say REPO are of the repository around `cwd`:
 * DV_NO_REPOSITORY when there is none. */
export interface Reader {
  /** Where `cwd` is within the working directory: '' at the top and outside, else 'a/b'. */
  readonly prefix: string
  close(): Promise<void>

  log(options: LogOptions): AsyncIterable<data.LogEntry>
  /** The commit (and tag) first, then what it changed against its first parent. */
  show(options: ShowOptions): AsyncIterable<data.ShowRecord>
  diff(options: DiffOptions): AsyncIterable<data.DiffRecord>
  /** The rows of one table that differ, as the bytes of a CSV or JSON Lines file. */
  diffTableBytes(options: DiffTableOptions): AsyncIterable<Uint8Array>
  /** The same into a file, relative to `cwd`, in the place of what is there. */
  diffTableToFile(options: DiffTableOptions & { file: string }): Promise<data.QueryWritten>
  ls(options: LsOptions): AsyncIterable<data.TreeEntry>
  cat(options: CatOptions): Promise<data.CatResult>
  du(options: DuOptions): Promise<data.DuResult>
  /** Metadata of files and directories, with what they inherit. */
  getMetadata(options: MetaGetOptions): AsyncIterable<data.MetaItem>
  /** The same as the bytes of a table. */
  exportMetadata(options: MetaExportOptions): AsyncIterable<Uint8Array>
  /** Files as plain files anywhere. DV_WOULD_OVERWRITE, nothing written, where something else stands. */
  get(options: GetOptions): Promise<data.GetResult>
  /** SQL over files, commits, refs, differences and table files. DV_BAD_SQL for what only looks like it. */
  query(options: QueryOptions): Promise<data.QueryAnswer>
  /** The same, each row as an object that JSON can hold. */
  queryRecords(options: QueryOptions): AsyncIterable<Record<string, unknown>>
  /** The same as the bytes of a CSV, JSON Lines or Parquet file. */
  queryBytes(options: QueryOptions & { format: QueryFormat }): AsyncIterable<Uint8Array>
  /** The same into a file, relative to `cwd`, in the place of what is there. */
  queryToFile(options: QueryOptions & { format: QueryFormat; file: string }): Promise<data.QueryWritten>
  /** The table of a commit's files as Parquet, in a folder or a bucket, for other engines. What is there stays. */
  exportManifest(options: ExportManifestOptions): Promise<data.ManifestExported>
  /** What folders and the columns of tables are like. */
  profile(options: ProfileOptions): AsyncIterable<data.ProfileRecord>
  /** Entries and commits that have words, best first. Makes or mends the index first. */
  search(options: SearchOptions): Promise<data.SearchResult>
  /** The outcome of each rule, between what is checked and the sums. DV_NO_RULES, DV_BAD_RULES. */
  check(options: CheckOptions): AsyncIterable<data.CheckRecord>
  /** Whether a word names commits, here or elsewhere: 'A', '^A', 'A..B', 'A...B'; false rather than an error when not. */
  isRevision(text: string): Promise<boolean>
}

/** An open working directory and its store. */
export interface Repository extends Reader {
  /** Absolute path of the working directory's top. */
  readonly root: string
  /** Absolute path of the store. */
  readonly store: string

  status(options: StatusOptions): Promise<data.StatusResult>
  /** Writes a rule file for what the working directory holds. DV_ALREADY_EXISTS when there is one. */
  proposeChecks(options: Work): Promise<data.ChecksProposed>
  commit(options: CommitOptions): Promise<data.CommitResult>
  /** Metadata of files and directories, to be committed. */
  setMetadata(options: MetaSetOptions): Promise<data.MetaChanged>
  /** The same from a table. DV_NO_MATCH, nothing changed, when rows name paths that are not there. */
  importMetadata(options: MetaImportOptions): Promise<data.MetaImported>
  branches(options: { remotes: boolean; all: boolean }): Promise<data.BranchInfo[]>
  createBranch(options: { name: string; start?: string; force: boolean }): Promise<data.BranchCreated>
  /** Without `force`, DV_WOULD_OVERWRITE when a branch holds commits that no other branch or upstream has. */
  deleteBranches(options: { names: readonly string[]; force: boolean }): Promise<data.RefDeleted[]>
  renameBranch(options: { from?: string; to: string; force: boolean }): Promise<data.BranchRenamed>
  switch(options: SwitchOptions): Promise<data.SwitchResult>
  restore(options: RestoreOptions): Promise<data.RestoreResult>
  /** Changes which paths the working directory holds; undefined: all of them. */
  sparse(options: SparseOptions): Promise<data.SparseResult>
  /** In effect now; undefined: everything is checked out. */
  sparsePatterns(): Promise<string[] | undefined>

  /** Makes a branch that holds what an expression means in another tree; nothing is checked out. */
  createSubset(options: CreateSubsetOptions): Promise<data.SubsetInfo>
  subsets(): Promise<data.SubsetInfo[]>
  /** One, the current when no name is given. */
  subset(options: { name?: string }): Promise<data.SubsetDetails>
  refreshSubset(options: RefreshSubsetOptions): Promise<data.MergeResult>

  tags(options: { patterns: readonly string[] }): Promise<data.TagInfo[]>
  createTag(options: TagOptions): Promise<data.TagInfo>
  deleteTags(options: { names: readonly string[] }): Promise<data.RefDeleted[]>

  /** Whether a merge or revert waits for --continue or --abort. */
  mergeUnderWay(): Promise<boolean>
  merge(options: MergeOptions): Promise<data.MergeResult>
  /** Settles conflicts of the merge under way by taking one side; all of them when `paths` is empty. */
  resolveMerge(options: ResolveOptions): Promise<data.ResolveResult>
  abortMerge(options: Work): Promise<data.AbortResult>
  /** Commits the merge or revert under way. DV_MERGE_CONFLICT while conflicts are left. */
  continueMerge(options: Work & { message?: string; checks?: boolean }): Promise<data.MergeResult>
  revert(options: Work & { revision: string; message?: string; checks?: boolean }): Promise<data.MergeResult>

  /** Takes back `operation` (id or id prefix), or the last one. */
  undo(options: Work & { operation?: string }): Promise<data.UndoResult>
  operations(options: { limit?: number }): AsyncIterable<data.OperationInfo>
  operation(id: string): Promise<data.OperationInfo>

  /** Finds the first bad commit, trying commits in checkouts of their own. DV_BISECT_… when there is no answer. */
  bisect(options: BisectOptions): AsyncIterable<data.BisectRecord>

  worktrees(): Promise<data.WorktreeInfo[]>
  addWorktree(options: WorktreeOptions): Promise<data.WorktreeAdded>
  /** Without `force`, DV_WOULD_OVERWRITE when it holds uncommitted changes. */
  removeWorktree(options: { directory: string; force: boolean }): Promise<data.WorktreeInfo>

  remotes(): Promise<data.RemoteInfo[]>
  addRemote(options: data.RemoteInfo): Promise<data.RemoteChanged>
  removeRemote(name: string): Promise<data.RemoteInfo>
  renameRemote(options: { from: string; to: string }): Promise<data.RemoteInfo>
  setRemoteUrl(options: { name: string; url: string }): Promise<data.RemoteChanged>
  /** Asks the server what it does of what dv rests on; writes there, and removes it. Without a name: as `fetch`. */
  checkRemote(name?: string): Promise<data.RemoteCheckResult>
  /** With `all`, a remote that fails does not keep the others from being fetched: its result has a `failure`. */
  fetch(options: FetchOptions): Promise<data.FetchResult[]>
  pull(options: PullOptions): Promise<data.PullResult>
  push(options: PushOptions): Promise<data.PushResult>
  /** Fetches, merges and pushes the current branch, again while others are faster. */
  sync(options: SyncOptions): Promise<data.SyncResult>

  /** Frees packs that a remote holds; what is wanted of them comes back when it is read. */
  drop(options: DropOptions): Promise<data.DropResult>
  fsck(options: FsckOptions): Promise<data.FsckResult>
  /** Marks what nothing needs any more, and deletes what was marked long enough ago. */
  gc(options: GcOptions): Promise<data.GcResult>
  /** Takes contents out of all versions for good, here and at remotes. */
  purge(options: PurgeOptions): Promise<data.PurgeResult>
  /** Ends what purges began, here and at remotes. */
  resumePurge(options: Work): Promise<data.PurgedStore[]>
  /** What was purged, when and why. */
  purges(): Promise<data.PurgeListed[]>
  /** What leads to an item: an id, the beginning of one, a revision, or REV:PATH for a file's content. */
  whyKept(typed: string): Promise<data.GcWhy>
  /** Takes back what was marked. */
  undoGc(options: Work & { remote?: string }): Promise<data.GcUndone>
  /** Names that may stand where a revision is wanted, for shell completion. Cheap: reads refs only. */
  refNames(): Promise<{ branches: string[]; remoteBranches: string[]; tags: string[]; remotes: string[] }>
}
