// dv sync: fetch, merge, push, and again while others are faster. What a lost attempt has sent stays in the remote's
// index, so the next one sends what its own merge added.
import { setTimeout as sleep } from 'node:timers/promises'
import { isDvError } from '../base/index.js'
import { readRef, remoteRef } from '../refs/index.js'
import { refuseDuringMerge } from './conflicts.js'
import { type Context, currentHead, effectiveConfig } from './context.js'
import { fetchRemote } from './fetch.js'
import { merge } from './merge.js'
import { push } from './push.js'
import { findRemote } from './remote-store.js'
import type { PushResult, RemoteInfo, SyncAttempt, SyncResult } from './results.js'
import { followedBranch, workOf } from './sync.js'
import type { SyncOptions } from './types.js'

/** Each lost attempt is one that another landed, so this many can sync one branch at once and none is turned away. */
const ATTEMPTS = 40
const PAUSE_MS = 50
const PAUSE_MS_MAX = 5000

export async function syncBranch(context: Context, options: SyncOptions): Promise<SyncResult> {
  const remote = await findRemote(context, options.remote)
  const there = await followedBranch(context, { remote: remote.name, verb: 'sync' })
  await refuseDuringMerge(context, 'Syncing')
  const attempts: SyncAttempt[] = []
  for (;;) {
    const attempt = await tryOnce(context, remote, { there, options })
    attempts.push(attempt)
    if (attempt.outcome !== 'lost' || attempts.length === ATTEMPTS) {
      return { remote, branch: there, outcome: attempt.outcome, attempts }
    }
    options.onProgress?.({ phase: 'Waiting for others', done: attempts.length, unit: 'attempts' })
    await pause(attempts.length, options.signal)
  }
}

async function tryOnce(
  context: Context,
  remote: RemoteInfo,
  { there, options }: { there: string; options: SyncOptions },
): Promise<SyncAttempt> {
  const how = { ...workOf(options), ...checksOf(options) }
  const fetched = await fetchIfThere(context, remote, options)
  const theirs = await readRef(context.storage, remoteRef(remote.name, there))
  const merged =
    fetched &&
    theirs &&
    (await merge(context, { ...how, revision: `${remote.name}/${there}`, fastForward: 'allowed' }))
  const done = { ...(fetched && { fetch: fetched }), ...(merged && { merge: merged }) }
  if (merged?.outcome === 'conflicts') return { ...done, outcome: 'conflicts' }
  const pushed = await pushUnlessLost(context, remote, options)
  if (!pushed) return { ...done, outcome: 'lost' }
  return { ...done, push: pushed, outcome: outcomeOf(pushed, merged?.outcome === 'up-to-date') }
}

/** Nothing where no store is yet: the push makes it. */
async function fetchIfThere(context: Context, remote: RemoteInfo, options: SyncOptions) {
  try {
    return await fetchRemote(context, remote, { ...workOf(options), prune: false, tags: 'follow' })
  } catch (error) {
    if (isDvError(error, 'DV_NO_STORE')) return undefined
    throw error
  }
}

/** Undefined when the branch moved there all the time. A branch that follows nothing yet follows what it was pushed to. */
async function pushUnlessLost(
  context: Context,
  remote: RemoteInfo,
  options: SyncOptions,
): Promise<PushResult | undefined> {
  const { head } = await currentHead(context)
  const follows = head.kind === 'branch' && (await effectiveConfig(context)).branches.has(head.branch)
  const how = { refs: [], all: false, tags: false, setUpstream: !follows, forceWithLease: false }
  try {
    return await push(context, {
      ...workOf(options),
      ...checksOf(options),
      ...{ remote: remote.name, ...how },
    })
  } catch (error) {
    if (isDvError(error, 'DV_REF_MOVED')) return undefined
    throw error
  }
}

function checksOf({ checks }: SyncOptions): Pick<SyncOptions, 'checks'> {
  return checks === undefined ? {} : { checks }
}

function outcomeOf({ updates }: PushResult, nothingMerged: boolean): SyncAttempt['outcome'] {
  if (updates.some(({ outcome }) => outcome === 'rejected')) return 'lost'
  return nothingMerged && updates.every(({ outcome }) => outcome === 'unchanged') ? 'up-to-date' : 'synced'
}

/** Full jitter: those who lost together do not come back together. */
async function pause(lost: number, signal: AbortSignal | undefined): Promise<void> {
  const longest = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** lost)
  try {
    await sleep(Math.random() * longest, undefined, signal ? { signal } : {})
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
