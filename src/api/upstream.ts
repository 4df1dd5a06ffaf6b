// The remote branch that a branch follows: kept in the store's configuration, shown as ahead and behind.
import type { CommitId } from '../hash/index.js'
import { countAheadBehind } from '../history/index.js'
import { parseRef, readRef, type RefName, remoteRef } from '../refs/index.js'
import { type BranchConfig, type Config, readStoreConfig, updateStoreConfig } from '../repo/index.js'
import type { Context } from './context.js'
import type { BranchInfo } from './results.js'

export interface Upstream {
  /** 'origin/main' */
  name: string
  ref: RefName
}

/** What is configured for a branch; the remote branch need not be there. */
export function upstreamOf(config: Config, branch: string): Upstream | undefined {
  const { remote, merge } = config.branches.get(branch) ?? {}
  return remote && merge ? { name: `${remote}/${merge}`, ref: remoteRef(remote, merge) } : undefined
}

export async function upstreamInfo(
  { storage, store }: Context,
  config: Config,
  { branch, commit }: { branch: string; commit: CommitId },
): Promise<BranchInfo['upstream']> {
  const upstream = upstreamOf(config, branch)
  if (!upstream) return undefined
  const theirs = await readRef(storage, upstream.ref)
  if (!theirs) return { name: upstream.name, ahead: 0, behind: 0, gone: true }
  return {
    name: upstream.name,
    ...(await countAheadBehind(store, commit, theirs.value.target)),
    gone: false,
  }
}

/** Makes a branch follow a remote branch, or nothing. */
export async function setUpstream(
  context: Context,
  branch: string,
  follows: RefName | undefined,
): Promise<void> {
  const { remote, name } = follows === undefined ? {} : parseRef(follows)
  await changeBranch(context, branch, () => (remote && name ? { remote, merge: name } : undefined))
}

/** What a renamed branch followed, it follows under its new name. */
export async function moveUpstream(context: Context, from: string, to: string): Promise<void> {
  let moved: BranchConfig | undefined
  await changeBranch(context, from, (now) => {
    moved = now
    return undefined
  })
  await changeBranch(context, to, () => moved)
}

async function changeBranch(
  { storage }: Context,
  branch: string,
  change: (now: BranchConfig | undefined) => BranchConfig | undefined,
): Promise<void> {
  const now = (await readStoreConfig(storage)).branches.get(branch)
  if (now === undefined && change(now) === undefined) return
  await updateStoreConfig(storage, (config) => {
    const branches = new Map(config.branches)
    const next = change(branches.get(branch))
    if (next) branches.set(branch, next)
    else branches.delete(branch)
    return { ...config, branches }
  })
}
