// What the api offers: plain data in, plain data out. Ids are 64 hex digits,
// times are milliseconds since 1970 UTC, sizes are bytes.
//
// One list of what can be asked, so it is long.
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
  MetaSetOptions,
  MetaType,
} from './meta-types.js'
import type * as data from './results.js'
import type { LostFiles } from './results.js'

export type * from './bisect-types.js'
export type * from './check-types.js'
export type * from './dependency-types.js'
export type * from './meta-types.js'
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

export interface PurgeOptions extends Work {
  /** Every content that ever was there, in any commit. */
  paths: readonly string[]
  /** Of whole files, 64 hex digits. */
  contents: readonly string[]
  /** Looks for `paths` in these revisions only. */
  at: readonly string[]
  reason: string
  /** Removes them from the working directory too. */
  files: boolean
  dryRun: boolean
}

export interface FsckOptions extends Work {
  /** Every byte. */
  deep: boolean
  /** Bytes too, of this share of the packs (above 0, at most 1): those that were not read for longest. */
  sample?: number
  /** The store to look at: a remote's name, a folder or a URL; default: the repository's own. */
  remote?: string
}

export interface GcOptions extends Work {
  /** The store to collect: a remote's name, a folder or a URL; default: the repository's own. */
  remote?: string
  /** Between mark and deletion, milliseconds, at least an hour. Default: an hour here, seven days at a remote. */
  grace?: number
  /** No grace: nobody else writes to that store at this moment. */
  now: boolean
  /** How long operations are kept, milliseconds. Default: the setting gc.operations, else 30 days. */
  operations?: number
  /** Packs of which more is garbage than this share (0 to 1) are written anew. */
  threshold?: number
  dryRun: boolean
  /** Told of a remote on a server, before it is read. */
  onPlan?: (plan: data.GcPlan) => void
}

export interface RepairOptions extends Work {
  /** What is repaired instead of the repository around: a remote's name, a folder or a URL. */
  remote?: string
  /** Only this remote is asked: its name, a folder or a URL; default: all there are. */
  from?: string
  /** Nothing is changed; the result tells what would be. */
  dryRun: boolean
}

export interface StatusOptions extends Work {
  /** Lists the files of new directories one by one. */
  all: boolean
  /** At most so many items a group; its counts are complete all the same. */
  limit?: number
  paths: readonly string[]
  /** Distrusts the stat cache. */
  rehash: boolean
}

export interface CommitOptions extends Work {
  /** False: a gate of the rules of checks is passed over. */
  checks?: boolean
  /** With `amend`, absent keeps the old one. */
  message?: string
  amend: boolean
  allowEmpty: boolean
  /** Commit metadata. An integral number is stored as int64, another as float64. */
  metadata: Readonly<Record<string, data.MetaValue>>
  /** More of it as typed: types are inferred as `dv meta set` does where `types` does not say. */
  typed?: { set: Readonly<Record<string, string>>; types: Readonly<Record<string, MetaType>> }
  /** 'Name <email>' */
  author?: string
  /** Only these; everything when empty. */
  paths: readonly string[]
  rehash: boolean
  /** A remote that takes the data as it is read, so that this disk need not, and then the branch. */
  to?: string
  /** What it was made from, as RequireOptions.address. With `amend`, absent keeps the old ones. */
  inputs?: readonly string[]
  /** All that this lock file pins, too. */
  inputsFrom?: string
}

export interface LogOptions extends Work {
  /** What to start from; HEAD when empty. 'a..b' and '^a' exclude. */
  revisions: readonly string[]
  /** Only commits that change something here. */
  paths: readonly string[]
  limit?: number
  since?: number
  until?: number
  /** All branches and tags. */
  all: boolean
  /** Fills `LogEntry.changes`. */
  changes: boolean
  /** Fills `LogEntry.checks`. */
  checks?: boolean
  /** Children before parents, lines of history kept together, as a graph needs it; otherwise newest first. */
  topological: boolean
}

export interface ShowOptions extends Work {
  revision: string
  content: boolean
  context: number
}

export interface DiffTableOptions extends Omit<DiffOptions, 'content' | 'rows'> {
  rows: RowsOptions
  format: 'csv' | 'json'
}

export interface DiffOptions extends Work {
  /** Absent: HEAD. Without `to` it may be a range: 'A..B', 'A...B', 'REPO@A..B'. */
  from?: string
  /** Absent: the working directory. */
  to?: string
  /** Compares with the merge base of both, as 'a...b'. */
  mergeBase: boolean
  paths: readonly string[]
  /** Fills `DiffChange.content`: hunks of text, byte ranges of the rest. */
  content: boolean
  /** Lines around a hunk. */
  context: number
  /** Compares the one file that `paths` names row by row, when it is a table, and those it names that are pictures
   * pixel by pixel. */
  rows?: RowsOptions
}

export interface RowsOptions {
  /** Names of columns; absent: those that dv finds. */
  key?: readonly string[]
  /** Only these are compared. */
  columns?: readonly string[]
  /** Only counts, no rows or planes. */
  summary: boolean
  /** Whether it is a failure when rows cannot be compared; else lines are. */
  required: boolean
}

/** One operand is '[REPO@]REV:PATH', a revision, or, if no revision is called so, a path of HEAD; two are REV and PATH. */
export interface LsOptions extends Work {
  operands: readonly string[]
  recursive: boolean
  /** Everything below that this expression means (spec/21-expressions.md). */
  where?: string
}

export type QueryFormat = 'csv' | 'json' | 'parquet'

export interface QueryOptions extends Work {
  sql: string
  /** A revision, here or elsewhere: '[REPO@]REV'. Default 'HEAD'. */
  at?: string
}

export interface ExportManifestOptions extends Work {
  /** A folder, relative to `cwd`, or 's3://BUCKET/PREFIX': the export of each commit is a folder in it. */
  destination: string
  /** How the bucket is reached; those of a remote in the same bucket when absent. */
  settings?: Readonly<Record<string, string>>
  /** A revision, here or elsewhere: '[REPO@]REV'. Default 'HEAD'. */
  at?: string
  /** Rows of each file but the last; default 1,000,000. */
  partRows?: number
}

export interface ProfileOptions extends Work {
  /** Paths and patterns; none: all of the tree. */
  paths: readonly string[]
  /** '[REPO@]REV'; default HEAD. */
  at?: string
  /** Only files that this expression means. */
  where?: string
  /** Levels of directories below what the paths name that get a record of their own; default 1. */
  depth?: number
}

export interface SearchOptions extends Work {
  /** Words as spec/26-search.md has them: 'cell*', '"damaged light"', 'line:AICS-23', '-word'. */
  question: string
  /** A revision of the store here. Default 'HEAD'. */
  at?: string
  /** How many are told; default 20. */
  limit?: number
}

export interface CatOptions extends Work {
  /** '[REPO@]REV:PATH'; 'PATH' or ':PATH' is HEAD's. */
  address: string
  offset?: number
  length?: number
}

export interface GetOptions extends Work {
  /** As an operand of LsOptions: a file, a directory, a pattern, or a whole tree. */
  address: string
  /** As typed; the name of what is fetched, in `cwd`, when absent. */
  destination?: string
  /** Replaces files that differ. */
  force: boolean
  /** As in LsOptions. */
  where?: string
}

export interface DuOptions extends Work {
  /** As in LsOptions. */
  operands: readonly string[]
  /** Levels of directories below the path that get a row. */
  depth: number
  /** Counts only what this expression means. */
  where?: string
}

export interface SwitchOptions extends Work {
  /** A branch; with `detach`, any revision. A remote branch of that name, if only one, makes a tracking branch. */
  to: string
  create: boolean
  /** With `create`: where the new branch begins; HEAD when absent. */
  start?: string
  /** `never`: `to` must be a branch. `always`: detached even at a branch. `auto`: detached when it is no branch. */
  detach: 'never' | 'always' | 'auto'
  /** Gives up uncommitted changes that stand in the way (they stay undoable). */
  force: boolean
}

export interface RestoreOptions extends Work {
  /** Absent: HEAD. */
  source?: string
  paths: readonly string[]
}

export interface SparseOptions extends Work {
  patterns: readonly string[] | undefined
  /** Also what this expression means (spec/21-expressions.md). */
  where?: string
  /** Besides what is there already. */
  add?: boolean
  force: boolean
}

export interface TagOptions {
  name: string
  revision?: string
  /** An annotated tag when there is one. */
  message?: string
  force: boolean
}

export interface MergeOptions extends Work {
  /** False: a gate of the rules of checks is passed over. */
  checks?: boolean
  revision: string
  fastForward: 'allowed' | 'only' | 'never'
  message?: string
  /** Settles every conflict by this side. */
  favour?: 'ours' | 'theirs'
}

export interface CreateSubsetOptions extends Work {
  /** Of the branch to make. */
  name: string
  /** The expression (spec/21-expressions.md). */
  where: string
  /** A revision: where it is taken from; HEAD when absent. */
  at?: string
}

export interface RefreshSubsetOptions extends Work {
  /** The branch; the current one when absent. */
  name?: string
  /** A revision; the newest of the branch it was taken from when absent. */
  from?: string
}

export interface ResolveOptions extends Work {
  side: 'ours' | 'theirs'
  paths: readonly string[]
  /** Only these cells of the one table that `paths` names. */
  cells?: CellsMeant
}

export interface CellsMeant {
  /** Columns of the key and what they have in the row. */
  row: Readonly<Record<string, string>>
  /** None: all of the row. */
  columns: readonly string[]
}

export interface WorktreeOptions extends Work {
  directory: string
  /** A branch nobody has checked out, else a detached head; HEAD detached when absent. */
  revision?: string
  /** Makes this branch there. */
  branch?: string
  force: boolean
}

export interface FetchOptions extends Work {
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
  all: boolean
  /** Drops remote-tracking branches that the remote no longer has. */
  prune: boolean
  tags: boolean
  /** Brings so many more commits where history ends; Infinity: all. */
  deepen?: number
  /** Nothing is kept or set; the result tells what would be moved. */
  dryRun?: boolean
}

export interface DropOptions extends Work {
  /** The data of these; ignored with `all`. */
  paths: readonly string[]
  all: boolean
  /** The files of the working directory too. */
  files: boolean
  dryRun: boolean
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
}

export interface PullOptions extends Work {
  /** False: a gate of the rules of checks is passed over. */
  checks?: boolean
  remote?: string
  branch?: string
  fastForward: 'allowed' | 'only' | 'never'
  /** Nothing is kept, set or merged; the result tells what would be moved. */
  dryRun?: boolean
}

export interface MirrorOptions extends Work {
  /** Each a remote's name or an address. */
  from: string
  to: string
  /** Deletes branches and tags that `from` does not have. */
  prune: boolean
  /** Replaces what has commits, or is a tag, that `from` does not have. */
  force: boolean
}

export interface SyncOptions extends Work {
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
}

export interface PushOptions extends Work {
  /** False: a gate of the rules of checks is passed over. */
  checks?: boolean
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
  /** 'NAME', 'LOCAL:REMOTE' or ':REMOTE' (deletes); the current branch when empty. */
  refs: readonly string[]
  /** All branches. */
  all: boolean
  tags: boolean
  setUpstream: boolean
  /** Replaces the remote's branch if it is still where it was last seen. */
  forceWithLease: boolean
  /** Nothing is sent or set; the result tells what would be moved. */
  dryRun?: boolean
}
