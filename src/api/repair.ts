// dv repair: what is damaged is put right from what is whole: the store's own packs, files of the working directory, remotes.
// What nobody has is told, file by file, and everything else goes on being usable.
import { whyNever } from '../files/index.js'
import {
  checkStore,
  type OutsideRoots,
  type Problem,
  repairRecords,
  type RepairedRecord,
  type StoreReport,
} from '../maintenance/index.js'
import { openDirectoryStorage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { lockWorkdir } from '../workspace/index.js'
import { closePools, type Context, effectiveConfig } from './context.js'
import { present } from './fsck.js'
import { danglingRefs } from './dangling-refs.js'
import { openPromisers } from './promisers.js'
import { storeAnew, type StoredAnew } from './repair-files.js'
import { repairFormat } from './repair-format.js'
import { repairRemote } from './repair-remote.js'
import { openSources } from './repair-sources.js'
import { repairSparse } from './repair-sparse.js'
import { rehearsal, repairStore } from './repair-store.js'
import { repairWorkdir } from './repair-workdir.js'
import type { RepairResult } from './results.js'
import type { RepairOptions, Surroundings, Work } from './types.js'
import { workdirRoots } from './workdir-roots.js'
import { registerWorkdir } from './worktree-list.js'

export async function repair(surroundings: Surroundings, options: RepairOptions): Promise<RepairResult> {
  const { dryRun, remote } = options
  if (remote !== undefined) return repairRemote(surroundings, { ...options, remote })
  const { workdir, records } = await repairWorkdir(surroundings.cwd, { dryRun })
  const lock = dryRun ? undefined : lockWorkdir(workdir.dvDir)
  const storage = openDirectoryStorage(workdir.store)
  try {
    if (!dryRun) records.push(...(await repairRecords(storage, surroundings.clock())))
    const { format, records: made } = await repairFormat(surroundings, storage, { dryRun })
    records.push(...made)
    const store = new ObjectStore(storage)
    const context: Context = { surroundings, workdir, storage, format, store, prefix: '', pools: [] }
    try {
      return await repairOpened(context, records, options)
    } finally {
      await closePools(context)
    }
  } finally {
    storage.close()
    lock?.release()
  }
}

async function repairOpened(
  context: Context,
  records: RepairedRecord[],
  options: RepairOptions,
): Promise<RepairResult> {
  const { dryRun, from, ...work } = options
  const before: Problem[] = []
  const outside = await workdirRoots(ownOf(context), before)
  const promisers = openPromisers(context)
  const how = { deep: true, outside, whyNever, openPromiser: promisers.open, ...work }
  const report = await checkStore(context.store, how).finally(promisers.close)
  const plan = { report, outside, records, dryRun, ...(from !== undefined && { from }) }
  const found = report.problems.length + before.length + records.length
  if (dryRun) {
    const storage = { ...rehearsal(context.storage), properties: context.storage.properties }
    const tried = { ...context, storage, store: new ObjectStore(storage) }
    try {
      return { dryRun, found, records, ...(await putRight(tried, plan, work)) }
    } finally {
      tried.storage.close()
    }
  }
  const done = await putRight(context, plan, work)
  if (!(await context.storage.read(`workdirs/${context.workdir.id}`)))
    await registerWorkdir(context.storage, context.workdir)
  return { dryRun, found, records, ...done }
}

interface Plan {
  report: StoreReport
  outside: OutsideRoots
  records: RepairedRecord[]
  from?: string
  dryRun: boolean
}

/** Repairs the store, and looks at what is left. */
async function putRight(context: Context, plan: Plan, work: Work) {
  const { report, outside, from, dryRun } = plan
  const { stored, ...done } = await repairStore(
    context.storage,
    {
      ...{ report, outside, now: context.surroundings.clock() },
      storeAnew: (store, problems) => storeAnew({ ...context, store }, problems, { dryRun, ...work }),
      sources: async () => openSources(context.surroundings, await effectiveConfig(context), { from }),
    },
    work,
  )
  if (!dryRun) plan.records.push(...(await repairSparse(context, plan.records)))
  const after: Problem[] = []
  await workdirRoots(ownOf(context), after)
  const store = new ObjectStore(context.storage)
  const isWhole = report.problems.length === 0
  const last = isWhole ? report : await checkStore(store, { deep: false, outside, whyNever, ...work })
  // What only looks has not stored what it found in the working directory.
  const left = dryRun ? last.problems.filter((problem) => !isMet(problem, stored)) : last.problems
  const problems = [...left, ...after]
  const dangling = await danglingRefs({ ...context, store }, problems)
  return { ...done, dangling, problems: problems.map(present) }
}

/** Whether a file that is stored anew has what a problem says is lost. */
function isMet({ reaches }: Problem, stored: readonly StoredAnew[]): boolean {
  return reaches.some((one) => stored.some(({ path, commit }) => one.path === path && one.commit === commit))
}

/** Whose working directories count. */
function ownOf({ storage, workdir }: Context) {
  return { storage, workdir, folder: workdir.store }
}
