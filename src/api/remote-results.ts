// Results of the verbs that meet remotes.
import type { Losses, PlannedTraffic } from './care-results.js'
import type { TransferSums } from './results.js'
import type { MergeResult } from './work-results.js'

export interface RemoteInfo {
  name: string
  /** Without user-info. */
  url: string
  /** How it is reached: endpoint, region and the like. */
  settings?: Readonly<Record<string, string>>
}

/** A remote that was set. `notes`: what the user should know, as that credentials were taken out of its URL. */
export interface RemoteChanged extends RemoteInfo {
  notes?: string[]
}

export interface RemoteCheckResult {
  remote: RemoteInfo
  /** How writers there keep out of each other's way: by conditional writes of the server, by leases, by links in a folder;
   * or not at all, and then dv does not write there. */
  writes: 'conditional' | 'lease' | 'links' | 'refused'
  checks: readonly RemoteCheckRow[]
}

export interface RemoteCheckRow {
  check:
    | 'conditional-create'
    | 'conditional-replace'
    | 'conditional-race'
    | 'ranges'
    | 'read-after-write'
    | 'list-after-write'
    | 'list-after-delete'
    | 'clock'
  ok: boolean
  /** What the server did, in a few words. */
  found: string
}

/** One ref of a fetch or push. */
export interface RefUpdate {
  /** 'main', 'v1'. */
  name: string
  kind: 'branch' | 'tag'
  /** What it is called on the side that changed: 'origin/main' for a fetch. */
  target: string
  before?: string
  after?: string
  outcome: 'new' | 'fast-forward' | 'forced' | 'deleted' | 'unchanged' | 'rejected'
  /** Of a rejected one: 'not-fast-forward', 'stale' (the lease), 'exists' (a tag that differs). */
  reason?: 'not-fast-forward' | 'stale' | 'exists'
}

export interface FetchResult {
  remote: RemoteInfo
  updates: RefUpdate[]
  received: TransferSums
  /** Why this remote of several could not be fetched, as in spec/errors.md. */
  failure?: { code: string; message: string; hint?: string }
  /** What the remote no longer has of what its refs lead to. All else is here. */
  lost?: Losses
  /** With --dry-run; `updates` are what would move. */
  dryRun?: PlannedTraffic
}

export interface PullResult {
  fetch: FetchResult
  /** Absent with --dry-run. */
  merge?: MergeResult
}

/** When every ref is rejected nothing was sent. */
export interface PushResult {
  remote: RemoteInfo
  updates: RefUpdate[]
  sent: TransferSums
  /** The upstream set for the branch by -u. */
  upstream?: string
  /** With --dry-run; `updates` are what would move. */
  dryRun?: PlannedTraffic
}

export interface MirrorResult {
  /** What was named by its address is called by it. */
  from: RemoteInfo
  to: RemoteInfo
  /** Of the target. Rejected as `stale`: another process moved it meanwhile. */
  updates: RefUpdate[]
  sent: TransferSums
}

export interface SyncResult {
  remote: RemoteInfo
  /** What the branch is called there. */
  branch: string
  /** Of the last attempt. `conflicts`: nothing was pushed. `lost`: others were faster every time. */
  outcome: SyncAttempt['outcome']
  attempts: SyncAttempt[]
}

/** One round of a sync. What it did not come to is absent; of a remote that was not there nothing was fetched. */
export interface SyncAttempt {
  outcome: 'up-to-date' | 'synced' | 'conflicts' | 'lost'
  fetch?: FetchResult
  merge?: MergeResult
  push?: PushResult
}
