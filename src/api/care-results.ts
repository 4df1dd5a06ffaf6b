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
  /** Remotes that promised data which only commits need that they were not seen to have, and that could not be asked. */
  unasked?: { remote: string; message: string; objects: number }[]
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

export interface RepairResult {
  /** Absent: the repository's own store and working directory. */
  remote?: RemoteInfo
  dryRun: boolean
  /** Problems that there were. */
  found: number
  /** Small records, of the store and of `.dv`. */
  records: RepairedRecordInfo[]
  index: {
    /** Segments or the index root were made anew. */
    rebuilt: boolean
    /** New packs with what was whole in damaged ones. */
    salvaged: number
    /** Packs that were not there. */
    missing: number
  }
  /** Where damaged objects are kept, as named in the store. */
  aside: string[]
  /** What was lost and found; without a remote: in packs there that the index did not name. The repository around goes by
   * its folder. */
  brought: { remote?: string; objects: number; bytes: number }[]
  /** Files of the working directory from which lost contents were stored anew. */
  files: string[]
  /** Remotes that could not be asked. */
  unreachable: { remote: RemoteInfo; message: string }[]
  dangling: DanglingRef[]
  /** What is still damaged or lost. */
  problems: FsckProblem[]
}

export interface RepairedRecordInfo {
  name: string
  /** `mended`: it is what it was, its checksum says so. `replaced`: it is what it probably was. `lost`: nothing tells. */
  outcome: 'mended' | 'replaced' | 'lost'
  /** What it was replaced by. */
  what?: string
  /** Where the damaged one is kept. */
  aside?: string
}

/** A branch or tag of a commit that is lost. */
export interface DanglingRef {
  ref: string
  commit: string
  /** The newest commit it was at, or that a remote has of it, that can be read. */
  offer?: { commit: string; short: string; from: string }
}

/** What a remote lost of what its refs lead to. */
export interface Losses {
  /** Items: commits, nodes of trees and recipes, chunks. */
  objects: number
  /** Branches and tags that were not taken, as they themselves are lost. */
  refs: string[]
}

/** What the same command, without --dry-run, asks of the remote's storage, retries and what others do meanwhile aside.
 * Refs, indexes, history and trees, which a dry run reads too and does not keep, are counted with the rest. */
export interface PlannedTraffic {
  requests: number
  /** Bytes of objects that go there, and that come from there. */
  sent: number
  received: number
}
