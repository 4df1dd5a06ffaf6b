// What can be asked of the verbs that look after a store. Conventions: types.ts.
import type * as data from './results.js'
import type { Work } from './types.js'

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
