// What can be asked of the verbs that meet a remote. Conventions: types.ts.
import type { Work } from './types.js'

export interface FetchOptions extends Work {
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
  all: boolean
  /** Drops remote-tracking branches that the remote no longer has. */
  prune: boolean
  tags: boolean
  /** Brings so many more commits where history ends; Infinity: all. */
  deepen?: number
  /** Nothing is kept or set; the result tells what would be moved. */
  dryRun?: boolean
}

export interface DropOptions extends Work {
  /** The data of these; ignored with `all`. */
  paths: readonly string[]
  all: boolean
  /** The files of the working directory too. */
  files: boolean
  dryRun: boolean
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
}

export interface PullOptions extends Work {
  /** False: a gate of the rules of checks is passed over. */
  checks?: boolean
  remote?: string
  branch?: string
  fastForward: 'allowed' | 'only' | 'never'
  /** Nothing is kept, set or merged; the result tells what would be moved. */
  dryRun?: boolean
}

export interface MirrorOptions extends Work {
  /** Each a remote's name or an address. */
  from: string
  to: string
  /** Deletes branches and tags that `from` does not have. */
  prune: boolean
  /** Replaces what has commits, or is a tag, that `from` does not have. */
  force: boolean
}

export interface SyncOptions extends Work {
  /** False: gates of the rules of checks are passed over. */
  checks?: boolean
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
}

export interface PushOptions extends Work {
  /** False: a gate of the rules of checks is passed over. */
  checks?: boolean
  /** Absent: the current branch's remote, else 'origin'. */
  remote?: string
  /** 'NAME', 'LOCAL:REMOTE' or ':REMOTE' (deletes); the current branch when empty. */
  refs: readonly string[]
  /** All branches. */
  all: boolean
  tags: boolean
  setUpstream: boolean
  /** Replaces the remote's branch if it is still where it was last seen. */
  forceWithLease: boolean
  /** Nothing is sent or set; the result tells what would be moved. */
  dryRun?: boolean
}
