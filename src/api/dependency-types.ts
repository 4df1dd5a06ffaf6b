// What can be asked about the data that code needs (spec/27-dependencies.md). Works in any folder, in a repository or not.
import type * as data from './dependency-results.js'
import type { Work } from './types.js'

export type * from './dependency-results.js'

/** The lock file is the nearest 'dv.lock' at or above `cwd`; DV_NO_LOCK_FILE when there is none. */
export interface DependenciesApi {
  /** Pins what an address means now. Makes the lock file in `cwd` when there is none. */
  require(options: RequireOptions): Promise<data.RequireResult>
  list(): Promise<data.DependencyInfo[]>
  /** Takes lines out of the lock file; their folders stay. */
  remove(options: { names: readonly string[] }): Promise<data.RequireRemoved>
  /** Makes folders hold what is pinned. DV_WOULD_OVERWRITE, that folder unchanged, where files stand that dv did not write. */
  install(options: InstallOptions): Promise<data.InstallResult>
  /** What revisions mean now. One that cannot be looked up does not hide the others. */
  outdated(options: NamesOptions): AsyncIterable<data.OutdatedItem>
  /** Pins what revisions mean now. All or nothing. */
  update(options: NamesOptions): Promise<data.UpdateResult>
  /** Reads every byte that is installed and holds it against the pinned commit. */
  verify(options: NamesOptions & { into?: string }): AsyncIterable<data.VerifyRecord>
}

export interface NamesOptions extends Work {
  /** All when empty. DV_UNKNOWN_DEPENDENCY. */
  names: readonly string[]
}

export interface RequireOptions extends Work {
  /** 'REPO@REV', 'REPO@REV:PATH', or a URL or folder alone, which is its default branch. */
  address: string
  /** The last part of PATH or of the address when absent. */
  name?: string
  where?: string
  /** The folder for it, as typed; 'data/NAME' beside the lock file when absent. */
  into?: string
  /** How the store is reached: endpoint, region, path-style. */
  settings?: Readonly<Record<string, string>>
  /** Takes the name of another dependency. */
  force: boolean
}

export interface InstallOptions extends NamesOptions {
  /** The folder that all folders are put below, as typed; that of the lock file when absent. */
  into?: string
  /** Replaces files that are neither what is pinned nor what was installed. */
  force: boolean
}
