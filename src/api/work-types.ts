// What can be asked of the verbs that change a working directory or a branch. Conventions: types.ts.
import type * as data from './results.js'
import type { MetaType } from './meta-types.js'
import type { Work } from './types.js'

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
