// dv remote: names for stores elsewhere.
import { DvError } from '../base/index.js'
import { listRefs, remoteRef, type StoredRef, validateRemoteName } from '../refs/index.js'
import {
  type BranchConfig,
  type Config,
  type RemoteConfig,
  readStoreConfig,
  updateStoreConfig,
} from '../repo/index.js'
import { changePromises, isPartial, readPromises } from '../store/index.js'
import { type Context, effectiveConfig } from './context.js'
import { perform, type RefStep } from './perform.js'
import { keepableRemote } from './remote-address.js'
import { remoteInfo, remoteOf } from './remote-store.js'
import type { RemoteChanged, RemoteInfo } from './results.js'

export async function remotes(context: Context): Promise<RemoteInfo[]> {
  const { remotes: known } = await effectiveConfig(context)
  return [...known]
    .map(([name, remote]) => remoteInfo(name, remote))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

export async function addRemote(context: Context, { name, ...typed }: RemoteInfo): Promise<RemoteChanged> {
  validateRemoteName(name)
  const { remote, notes } = keepableRemote(context.surroundings.cwd, typed)
  await updateStoreConfig(context.storage, (config) => {
    refuseTaken(config, name)
    return { ...config, remotes: new Map(config.remotes).set(name, remote) }
  })
  return withNotes(remoteInfo(name, remote), notes)
}

export async function setRemoteUrl(
  context: Context,
  { name, ...typed }: { name: string; url: string },
): Promise<RemoteChanged> {
  const { remote, notes } = keepableRemote(context.surroundings.cwd, typed)
  const { url } = remote
  let changed: RemoteConfig = { url }
  await updateStoreConfig(context.storage, (config) => {
    remoteOf(config, name)
    changed = { ...config.remotes.get(name), url }
    return { ...config, remotes: new Map(config.remotes).set(name, changed) }
  })
  return withNotes(remoteInfo(name, changed), notes)
}

function withNotes(remote: RemoteInfo, notes: string[]): RemoteChanged {
  return { ...remote, ...(notes.length > 0 && { notes }) }
}

/** Forgets the remote, its branches as last seen, and that branches here follow it. */
export async function removeRemote(context: Context, name: string): Promise<RemoteInfo> {
  const removed = remoteOf(await readStoreConfig(context.storage), name)
  await refusePromising(context, name)
  const tracking = await listRefs(context.storage, 'remotes', { remote: name })
  await moveRefs(context, ['remove', name], tracking.map(deletion))
  await updateStoreConfig(context.storage, (config) => ({
    ...config,
    remotes: without(config.remotes, name),
    branches: mapBranches(config, (branch) => (branch.remote === name ? undefined : branch)),
  }))
  return removed
}

export async function renameRemote(
  context: Context,
  { from, to }: { from: string; to: string },
): Promise<RemoteInfo> {
  validateRemoteName(to)
  const config = await readStoreConfig(context.storage)
  remoteOf(config, from)
  const remote = config.remotes.get(from)!
  refuseTaken(config, to)
  const tracking = await listRefs(context.storage, 'remotes', { remote: from })
  const steps = tracking.flatMap((stored): RefStep[] => {
    const ref = remoteRef(to, stored.ref.slice(`refs/remotes/${from}/`.length))
    return [{ ref, expected: undefined, next: { target: stored.value.target } }, deletion(stored)]
  })
  await renamePromises(context, from, to)
  await moveRefs(context, ['rename', from, to], steps)
  await updateStoreConfig(context.storage, (now) => ({
    ...now,
    remotes: without(now.remotes, from).set(to, remote),
    branches: mapBranches(now, (branch) => (branch.remote === from ? { ...branch, remote: to } : branch)),
  }))
  return remoteInfo(to, remote)
}

/** What is not here would be nowhere. */
async function refusePromising({ storage }: Context, name: string): Promise<void> {
  const promised = (await readPromises(storage)).get(name)
  if (!promised || !isPartial(new Map([[name, promised]]))) return
  throw new DvError('DV_ABSENT', `Remote '${name}' has data of this store that is not here`, {
    data: { remote: name },
    hint: `'dv remote rename' and 'dv remote set-url' keep it; 'dv clone' it anew for a whole copy`,
  })
}

async function renamePromises({ storage }: Context, from: string, to: string): Promise<void> {
  await changePromises(storage, (now) => {
    const promised = now.get(from)
    if (!promised) return now
    const next = new Map(now).set(to, promised)
    next.delete(from)
    return next
  })
}

async function moveRefs(context: Context, args: readonly string[], refs: readonly RefStep[]): Promise<void> {
  if (refs.length > 0) await perform(context, { verb: 'remote', args, refs })
}

function deletion(expected: StoredRef): RefStep {
  return { ref: expected.ref, expected, next: undefined }
}

function refuseTaken({ remotes: known }: Config, name: string): void {
  const url = known.get(name)?.url
  if (url === undefined) return
  throw new DvError('DV_ALREADY_EXISTS', `There is already a remote '${name}', at '${url}'`, {
    data: { name, url },
    hint: `'dv remote set-url ${name} URL' changes where it is`,
  })
}

function without<T>(map: ReadonlyMap<string, T>, name: string): Map<string, T> {
  const copy = new Map(map)
  copy.delete(name)
  return copy
}

function mapBranches(
  { branches }: Config,
  change: (branch: BranchConfig) => BranchConfig | undefined,
): Map<string, BranchConfig> {
  const changed = [...branches].map(([name, branch]) => [name, change(branch)] as const)
  return new Map(changed.filter((pair): pair is [string, BranchConfig] => pair[1] !== undefined))
}
