// Results of the verbs that look after a store.
import type { RemoteInfo } from './results.js'

export interface FsckResult {
  /** What was looked at instead of the store here. */
  remote?: RemoteInfo
  deep: boolean
  /** Of a deep check or a sample of the store here. */
  read?: FsckRead
  checked: {
    commits: number
    packs: number
    objects: number
    bytes: number
    absent: number
    purged: number
    seconds: number
  }
  problems: FsckProblem[]
}

/** How much of the store's packs was read, by this check and those before it. */
export interface FsckRead {
  /** Bytes of all packs, of those read now, and of those read and found whole ever. */
  total: number
  now: number
  ever: number
  /** When the one of these was read that was read longest ago, milliseconds since 1970; absent where there is none. */
  since?: number
}

export interface FsckProblem {
  /** 'damaged': bytes are not what their id says. 'missing': something names it and it is not there. */
  kind: 'damaged' | 'missing' | 'unreadable'
  /** 'pack', 'segment', 'index root', 'commit', 'manifest node', 'chunk', 'recipe', 'ref', 'operation' … */
  object: string
  /** Id, or name of the file. */
  name: string
  what: string
  /** What can no longer be read because of it, cut at 100. `commit` is the id of an operation where only that saved
   * the files. */
  reaches: FsckReached[]
}

export interface FsckReached {
  commit: string
  short: string
  path?: string
  /** Branches and tags whose history holds the commit, as users call them; of a store with many refs, of the first 64. */
  refs: string[]
}
