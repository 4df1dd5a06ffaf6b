// dv fsck: a store, and if it is the repository's own, the working directories it knows of and what these have under way.
import { whyNever } from '../files/index.js'
import {
  checkStore,
  type PackSize,
  type Problem,
  type StoreCheckOptions,
  type StoreReport,
} from '../maintenance/index.js'
import { shortRefName } from '../refs/index.js'
import type { ObjectStore } from '../store/index.js'
import type { Context } from './context.js'
import { configAround, openDamaged } from './open-damaged.js'
import { SHORT_DIGITS } from './present.js'
import { afterCheck, choosePacks, recallReadTimes, rememberReadTimes, sumUp } from './read-packs.js'
import { openPromisers } from './promisers.js'
import { openRemote, remoteMeant } from './remote-store.js'
import type { FsckProblem, FsckResult } from './results.js'
import type { FsckOptions, Surroundings } from './types.js'
import { workdirRoots } from './workdir-roots.js'

/** What a check needs of an open repository. */
type Checked = Pick<Context, 'surroundings' | 'storage' | 'store' | 'workdir'>

/** Of the repository around, or of the store that is named. */
export async function fsckAround(surroundings: Surroundings, options: FsckOptions): Promise<FsckResult> {
  if (options.remote !== undefined) return fsckElsewhere(surroundings, options.remote, options)
  const { context, problems } = await openDamaged(surroundings)
  try {
    return await checkAll(context, { ...options, problems })
  } finally {
    context.storage.close()
  }
}

export async function fsck(context: Context, options: FsckOptions): Promise<FsckResult> {
  const { remote } = options
  if (remote !== undefined) return fsckElsewhere(context.surroundings, remote, options)
  return checkAll(context, { ...options, problems: [] })
}

async function checkAll(
  context: Checked,
  { sample, problems, ...options }: FsckOptions & { problems: Problem[] },
): Promise<FsckResult> {
  const { surroundings, storage, store, workdir } = context
  const times = recallReadTimes(workdir.store)
  let read = new Set<string>()
  const choose = (packs: readonly PackSize[]) => (read = choosePacks(packs, times, sample!))
  const outside = await workdirRoots({ storage, workdir, folder: workdir.store }, problems)
  const deep = options.deep || sample !== undefined
  const promisers = openPromisers(context)
  const how = {
    ...{ ...options, deep, outside, whyNever, openPromiser: promisers.open },
    ...(sample !== undefined && { choose }),
  }
  const { result, report } = await checked(surroundings, store, { how, problems }).finally(promisers.close)
  if (!deep) return result
  if (sample === undefined) read = new Set(report.sizes.keys())
  const after = afterCheck(times, { ...report, read }, surroundings.clock())
  rememberReadTimes(workdir.store, after)
  return { ...result, read: sumUp(report.sizes, read, after) }
}

async function fsckElsewhere(
  surroundings: Surroundings,
  typed: string,
  options: FsckOptions,
): Promise<FsckResult> {
  const { env, cwd } = surroundings
  const info = remoteMeant(await configAround(surroundings), typed, cwd)
  const { storage, store } = await openRemote(info, 'read', env)
  try {
    const choose = (packs: readonly PackSize[]) => choosePacks(packs, new Map(), options.sample!)
    const deep = options.deep || options.sample !== undefined
    const how = { ...options, deep, whyNever, ...(options.sample !== undefined && { choose }) }
    const { result } = await checked(surroundings, store, { how, problems: [] })
    return { ...result, remote: info }
  } finally {
    storage.close()
  }
}

async function checked(
  { clock }: Surroundings,
  store: ObjectStore,
  { how, problems }: { how: StoreCheckOptions; problems: readonly Problem[] },
): Promise<{ result: FsckResult; report: StoreReport }> {
  const began = clock()
  const report = await checkStore(store, how)
  const { commits, packs, objects, bytes, absent, purged, doubts } = report
  const seconds = (clock() - began) / 1000
  const result = {
    deep: how.deep,
    checked: { commits, packs, objects, bytes, absent, purged, seconds },
    ...(doubts.unasked.length > 0 && { unasked: doubts.unasked }),
    problems: [...report.problems, ...problems].map(present),
  }
  return { result, report }
}

/** A problem as it is told. */
export function present({ reaches, ...problem }: Problem): FsckProblem {
  return {
    ...problem,
    reaches: reaches.map(({ commit, path, refs = [] }) => ({
      commit,
      refs: refs.map(shortRefName),
      short: /^[0-9a-f]{64}$/.test(commit) ? commit.slice(0, SHORT_DIGITS) : commit,
      ...(path !== undefined && { path }),
    })),
  }
}
