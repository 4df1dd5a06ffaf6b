// What the functions that look at and change a working directory share.
import type { OnProgress } from '../base/index.js'
import type { Pool } from '../content/index.js'
import type { ManifestId } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import type { FileSystemTraits } from './file-system.js'
import type { LostContents } from './lost.js'
import type { SparseRule } from './sparse-list.js'
import type { PathFilter } from './walk.js'
import type { StatRules } from './stat-cache.js'
import type { Workdir } from './workdir-state.js'

export interface WorkTree {
  workdir: Workdir
  /** Reads manifests, recipes and chunks. */
  reader: ObjectReader
  /** Workers that read and write files below the root. */
  pool: Pool
  traits: FileSystemTraits
  rules: StatRules
  /** What is checked out; undefined: everything. */
  sparse: PathFilter | undefined
  /** What is to be checked out of another tree; absent: the same. Present when expressions are among what is. */
  sparseAt?: (manifest: ManifestId) => Promise<SparseRule>
  /** What is not there because it could not be read. */
  lost: LostContents
}

export interface WorkOptions {
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** The stat cache's place. */
export function statCacheFile({ workdir }: WorkTree): string {
  return `${workdir.dvDir}/stat`
}

/** The manifest that a working directory is compared with; undefined: there is no commit yet. */
export type BaseManifest = ManifestId | undefined
