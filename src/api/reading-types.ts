// What can be asked of the verbs that only read. Conventions: types.ts.
import type { Work } from './types.js'

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
  format: QueryFormat
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
  /** '[REPO@]REV'. Default: the working directory. */
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
