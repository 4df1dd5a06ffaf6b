// What can be asked of `dv meta`. Conventions: types.ts.
import type { Work } from './types.js'

/** Types of metadata: spec/04-objects.md. */
export type MetaType = 'string' | 'int64' | 'float64' | 'boolean' | 'date' | 'list'

export interface MetaSetOptions extends Work {
  /** A plain path is that file or directory itself; a pattern all that it matches. */
  paths: readonly string[]
  /** Of these paths, or of all when there are none, only recorded entries that this expression means, what is not committed
   * yet counting (spec/21-expressions.md). */
  where?: string
  /** Values as typed; their types are inferred where `types` does not say. */
  set: Readonly<Record<string, string>>
  types: Readonly<Record<string, MetaType>>
  /** Names that are taken away. */
  unset: readonly string[]
}

/** Where metadata is committed at once, with no working directory. */
export interface MetaTarget {
  /** As in ApplyOptions: '[REMOTE@]BRANCH'. */
  target: string
  message: string
  /** 'Name <email>' */
  author?: string
}

/** Paths are from the top of the tree. */
export interface MetaSetToOptions extends MetaSetOptions {
  to: MetaTarget
}

export interface MetaGetOptions extends Work {
  paths: readonly string[]
  /** A revision, here or elsewhere; absent: the working directory, with what is not committed yet. */
  at?: string
  /** A revision whose own metadata is asked for, instead of that of paths. */
  commit?: string
  /** As in MetaSetOptions. */
  where?: string
  /** Only these names; all when empty. */
  keys: readonly string[]
}

export interface MetaImportOptions extends Work {
  /** As typed. */
  file: string
  /** The bytes, when they are not those of `file`. */
  input?: Uint8Array
  /** Absent: by the file's name. */
  format?: 'csv' | 'tsv' | 'jsonl' | 'parquet'
  /** A column that has the paths, or a text with names of columns in braces. */
  path: { column: string } | { template: string }
  /** Only these columns; all but that of the paths when empty. */
  columns: readonly string[]
  types: Readonly<Record<string, MetaType>>
  /** Texts that are no value. */
  nulls: readonly string[]
  delimiter?: string
  /** Passes over rows whose paths are not there. */
  allowMissing: boolean
  /** Everything but the change itself. */
  dryRun: boolean
}

/** As MetaSetToOptions. */
export interface MetaImportToOptions extends MetaImportOptions {
  to: MetaTarget
}

export interface MetaExportOptions extends Work {
  /** Everything when empty. */
  paths: readonly string[]
  /** A revision, here or elsewhere; absent: the working directory, with what is not committed yet. */
  at?: string
  format: 'csv' | 'jsonl' | 'parquet'
  /** With what paths inherit; else only what is their own. */
  effective: boolean
  /** The name of the column of paths. */
  pathColumn: string
}
