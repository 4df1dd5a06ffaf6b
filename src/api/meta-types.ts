// What can be asked of `dv meta`. Conventions: types.ts.
import type { Work } from './types.js'

/** Types of metadata: spec/04-objects.md. */
export type MetaType = 'string' | 'int64' | 'float64' | 'boolean' | 'date' | 'list'

export interface MetaSetOptions extends Work {
  /** A plain path is that file or directory itself; a pattern all that it matches. */
  paths: readonly string[]
  /** Values as typed; their types are inferred where `types` does not say. */
  set: Readonly<Record<string, string>>
  types: Readonly<Record<string, MetaType>>
  /** Names that are taken away. */
  unset: readonly string[]
}

export interface MetaGetOptions extends Work {
  paths: readonly string[]
  /** A revision, here or elsewhere; absent: the working directory, with what is not committed yet. */
  at?: string
  /** A revision whose own metadata is asked for, instead of that of paths. */
  commit?: string
  /** Only these names; all when empty. */
  keys: readonly string[]
}
