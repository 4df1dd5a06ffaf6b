// dv fetch, dv pull, dv push.
import { DvError, isDvError } from '../base/index.js'
import { readRef, remoteRef } from '../refs/index.js'
import { noTraffic } from '../storage/index.js'
import { type Context, currentHead, effectiveConfig } from './context.js'
import { fetchRemote } from './fetch.js'
import { branchThere } from './push-plan.js'
import { withRehearsal } from './rehearsed-context.js'
import { findRemote, remoteInfo } from './remote-store.js'
import type { FetchResult, PullResult } from './results.js'
import type { FetchOptions, PullOptions, Work } from './types.js'

export { push } from './push.js'

export async function fetch(context: Context, options: FetchOptions): Promise<FetchResult[]> {
  if (options.dryRun) return withRehearsal(context, (own) => fetchFrom(own, options))
  return fetchFrom(context, options)
}

async function fetchFrom(context: Context, options: FetchOptions): Promise<FetchResult[]> {
  const config = await effectiveConfig(context)
  const wanted = options.all
    ? [...config.remotes]
        .filter(([, { url }]) => url !== '')
        .map(([name, remote]) => remoteInfo(name, remote))
    : [await findRemote(context, options.remote)]
  const tags = options.tags ? ('follow' as const) : ('none' as const)
  const { prune, deepen } = options
  const how = { ...workOf(options), prune, tags, ...(deepen !== undefined && { deepen }) }
  const results: FetchResult[] = []
  for (const remote of wanted) {
    try {
      const rehearsal = options.dryRun ? noTraffic() : undefined
      results.push(await fetchRemote(context, remote, { ...how, rehearsal }))
    } catch (error) {
      if (!options.all || !isDvError(error) || options.signal?.aborted) throw error
      const { code, message, hint } = error
      const failure = { code, message, ...(hint !== undefined && { hint }) }
      results.push({ remote, updates: [], received: { objects: 0, bytes: 0 }, failure })
    }
  }
  return results
}

export async function pull(context: Context, options: PullOptions): Promise<PullResult> {
  if (options.dryRun) {
    const { fetched } = await withRehearsal(context, (own) => fetchForPull(own, options))
    return { fetch: fetched }
  }
  const { fetched, revision } = await fetchForPull(context, options)
  const { merge } = await import('./merge.js')
  const { fastForward, checks } = options
  const how = { ...workOf(options), revision, fastForward, ...(checks !== undefined && { checks }) }
  return { fetch: fetched, merge: await merge(context, how) }
}

/** What is to be merged is there afterwards. */
async function fetchForPull(context: Context, options: PullOptions) {
  const remote = await findRemote(context, options.remote)
  const branch = options.branch ?? (await followedBranch(context, { remote: remote.name, verb: 'pull' }))
  const rehearsal = options.dryRun ? noTraffic() : undefined
  const how = { ...workOf(options), prune: false, tags: 'follow' as const, rehearsal }
  const fetched = await fetchRemote(context, remote, how)
  if (!(await readRef(context.storage, remoteRef(remote.name, branch)))) {
    throw new DvError('DV_UNKNOWN_REF', `Remote '${remote.name}' has no branch '${branch}'`, {
      data: { remote: remote.name, branch },
      hint: `'dv branch -r' lists what it has; 'dv push -u ${remote.name}' sends this branch there`,
    })
  }
  return { fetched, revision: `${remote.name}/${branch}` }
}

/** The branch that the current one follows there, else the one of its name. */
export async function followedBranch(
  context: Context,
  { remote, verb }: { remote: string; verb: 'pull' | 'sync' },
): Promise<string> {
  const { head } = await currentHead(context)
  if (head.kind !== 'branch') {
    throw new DvError('DV_USAGE', `The head is on no branch, so nothing says what to ${verb}`, {
      hint: verb === 'pull' ? `type: dv pull ${remote} BRANCH` : "go to one with 'dv switch BRANCH'",
    })
  }
  return branchThere(context, remote, head.branch)
}

/** What goes on to the calls that a long one consists of. */
export function workOf({ signal, onProgress }: Work): Work {
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) }
}
