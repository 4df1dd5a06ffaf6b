// Results of the verbs that move branches and the working directory.
import type { ChangeSums, CheckoutSums, LostFiles, Person, Sum } from './results.js'
import type { StatusConflict } from './status-results.js'

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
