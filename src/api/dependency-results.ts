// What the verbs about data dependencies answer (spec/27-dependencies.md).
import type { LostFiles, PurgedFiles, Sum } from './results.js'

export interface DependencyInfo {
  name: string
  /** As the lock file has it. */
  url: string
  settings?: Record<string, string>
  revision: string
  commit: string
  /** A file, directory or pattern of the tree; absent: all of it. */
  path?: string
  where?: string
  /** The folder for it, seen from the lock file. */
  into: string
}

export interface RequireResult {
  /** Absolute path of the lock file. */
  lock: string
  dependency: DependencyInfo
  /** The commit it was pinned to before. */
  before?: string
  /** What it means. */
  total: Sum
}

export interface RequireRemoved {
  lock: string
  removed: DependencyInfo[]
}

export interface InstallResult {
  lock: string
  dependencies: InstalledDependency[]
}

export interface InstalledDependency {
  name: string
  commit: string
  /** Absolute. */
  folder: string
  written: Sum
  kept: Sum
  /** Files of the version before that this one lacks. */
  removed: Sum
  /** Files that are left out because they were purged from the store. */
  purged?: PurgedFiles
  /** Files that cannot be read there; all others came. */
  lost?: LostFiles
}

export interface OutdatedItem {
  name: string
  url: string
  revision: string
  /** Pinned. */
  commit: string
  state: 'current' | 'moved' | 'failed'
  /** What the revision means now, and when that was committed. */
  newest?: { commit: string; time: number; subject: string }
  /** Why that is not known. */
  failure?: { code: string; message: string }
}

export interface UpdateResult {
  lock: string
  updated: { name: string; revision: string; before: string; after: string }[]
  /** Names of those whose revision means what it meant. */
  current: string[]
}

/** `wanted` and `found`: content ids of files; of links 'symlink TARGET', of folders 'directory'. */
export type VerifyRecord =
  | {
      type: 'difference'
      name: string
      /** Below the dependency's folder; '.' when that is not there. */
      path: string
      difference: 'missing' | 'changed' | 'extra'
      wanted?: string
      found?: string
    }
  | {
      type: 'dependency'
      name: string
      commit: string
      folder: string
      /** Files that are as they were pinned. */
      sound: Sum
      differences: number
    }
