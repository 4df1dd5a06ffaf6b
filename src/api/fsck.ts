// dv fsck: a store, and if it is the repository's own, the working directories it knows of and what these have under way.
import fs from 'node:fs'
import { isDvError } from '../base/index.js'
import { whyNever } from '../files/index.js'
import {
  type CommitRoot,
  checkStore,
  type PackSize,
  type Problem,
  type StoreCheckOptions,
  type StoreReport,
} from '../maintenance/index.js'
import { shortRefName } from '../refs/index.js'
import type { ObjectStore } from '../store/index.js'
import {
  openWorkdir,
  readHead,
  readMerge,
  readSparse,
  readUnfinishedCheckout,
  type Workdir,
} from '../workspace/index.js'
import type { Context } from './context.js'
import { configAround, openDamaged } from './open-damaged.js'
import { SHORT_DIGITS } from './present.js'
import { afterCheck, choosePacks, recallReadTimes, rememberReadTimes, sumUp } from './read-packs.js'
import { openRemote, remoteMeant } from './remote-store.js'
import type { FsckProblem, FsckResult } from './results.js'
import type { FsckOptions, Surroundings } from './types.js'
import { readWorkdirRecord, workdirRecords } from './worktree-list.js'

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
  const { surroundings, store, workdir } = context
  const times = recallReadTimes(workdir.store)
  let read = new Set<string>()
  const choose = (packs: readonly PackSize[]) => (read = choosePacks(packs, times, sample!))
  const commits = await checkWorkdirs(context, problems)
  const deep = options.deep || sample !== undefined
  const how = { ...options, deep, commits, whyNever, ...(sample !== undefined && { choose }) }
  const { result, report } = await checked(surroundings, store, { how, problems })
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
  const { commits, packs, objects, bytes, absent, purged } = report
  const seconds = (clock() - began) / 1000
  const result = {
    deep: how.deep,
    checked: { commits, packs, objects, bytes, absent, purged, seconds },
    problems: [...report.problems, ...problems].map(present),
  }
  return { result, report }
}

/** What the working directories of this store need. A folder that is gone, or mounted elsewhere, needs nothing. */
async function checkWorkdirs({ storage, workdir: own }: Checked, problems: Problem[]): Promise<CommitRoot[]> {
  const roots = new Set([own.root])
  for (const name of await workdirRecords(storage)) {
    await attempt(problems, { object: 'working directory record', name }, async () => {
      const record = await readWorkdirRecord(storage, name)
      if (record && fs.existsSync(record.root)) roots.add(record.root)
    })
  }
  const commits: CommitRoot[] = []
  for (const root of roots) {
    await attempt(problems, { object: 'working directory', name: root }, async () => {
      const workdir = root === own.root ? own : openWorkdir(root)
      if (workdir.store !== own.store) return
      for (const read of STATE)
        await attempt(problems, { object: 'working directory', name: root }, read(workdir, commits))
    })
  }
  return commits
}

type ReadState = (workdir: Workdir, commits: CommitRoot[]) => () => Promise<void>

/** Each file of `.dv` by itself, so that a damaged one does not hide the others. */
const STATE: readonly ReadState[] = [
  (workdir, commits) => async () => {
    const head = readHead(workdir)
    if (head.kind === 'commit') commits.push({ id: head.commit, by: `working directory '${workdir.root}'` })
  },
  (workdir, commits) => async () => {
    const merge = readMerge(workdir)
    if (merge) commits.push({ id: merge.theirs, by: `the merge under way in '${workdir.root}'` })
  },
  (workdir, commits) => async () => {
    const to = readUnfinishedCheckout(workdir)
    if (to) commits.push({ id: to, by: `the checkout under way in '${workdir.root}'` })
  },
  (workdir) => async () => {
    readSparse(workdir)
  },
]

async function attempt(
  problems: Problem[],
  { object, name }: { object: string; name: string },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isDvError(error)) throw error
    // It was moved or removed since it was registered.
    if (error.code === 'DV_NO_REPOSITORY') return
    const kind = error.code === 'DV_CORRUPT' ? 'damaged' : 'unreadable'
    problems.push({ kind, object, name, what: error.message, reaches: [] })
  }
}

function present({ reaches, ...problem }: Problem): FsckProblem {
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
