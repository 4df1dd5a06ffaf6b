// dv repair: what is damaged is put right from what is whole: the store's own packs, files of the working directory, remotes.
// What nobody has is told, file by file, and everything else goes on being usable.
import { isDvError } from '../base/index.js'
import { whyNever } from '../files/index.js'
import {
  beginRepair,
  checkStore,
  type Filled,
  type OutsideRoots,
  type Problem,
  repairRecords,
  type RepairedRecord,
  type StoreReport,
} from '../maintenance/index.js'
import { forward, openDirectoryStorage, overlay } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { lockWorkdir } from '../workspace/index.js'
import { closePools, type Context, effectiveConfig } from './context.js'
import { present } from './fsck.js'
import { danglingRefs } from './dangling-refs.js'
import { openRemote, type Remote, remoteInfo, remoteMeant } from './remote-store.js'
import { storeAnew, type StoredAnew } from './repair-files.js'
import { repairFormat } from './repair-format.js'
import { repairSparse } from './repair-sparse.js'
import { repairWorkdir } from './repair-workdir.js'
import type { RemoteInfo, RepairResult } from './results.js'
import type { RepairOptions, Surroundings, Work } from './types.js'
import { workdirRoots } from './workdir-roots.js'
import { registerWorkdir } from './worktree-list.js'

export async function repair(surroundings: Surroundings, options: RepairOptions): Promise<RepairResult> {
  const { dryRun } = options
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
  const report = await checkStore(context.store, { deep: true, outside, whyNever, ...work })
  const plan = { report, outside, records, dryRun, ...(from !== undefined && { from }) }
  const found = report.problems.length + before.length + records.length
  if (dryRun) {
    const tried = rehearsal(context)
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
  const { stored, ...done } = await repairStore(context, plan, work)
  if (!plan.dryRun) plan.records.push(...(await repairSparse(context, plan.records)))
  const after: Problem[] = []
  await workdirRoots(ownOf(context), after)
  const store = new ObjectStore(context.storage)
  const { report, outside } = plan
  const isWhole = report.problems.length === 0
  const last = isWhole ? report : await checkStore(store, { deep: false, outside, whyNever, ...work })
  // What only looks has not stored what it found in the working directory.
  const left = plan.dryRun ? last.problems.filter((problem) => !isMet(problem, stored)) : last.problems
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

type Done = Pick<RepairResult, 'index' | 'aside' | 'brought' | 'files' | 'unreachable'> & {
  stored: readonly StoredAnew[]
}

async function repairStore(
  context: Context,
  { report, outside, from, dryRun }: Plan,
  work: Work,
): Promise<Done> {
  const done: Done = {
    index: { rebuilt: false, salvaged: 0, missing: 0 },
    ...{ aside: [], brought: [], files: [], stored: [], unreachable: [] },
  }
  if (report.problems.length === 0) return done
  const { store, surroundings } = context
  const found = { report, outside, now: surroundings.clock() }
  const { index, fill } = await beginRepair(store, found, work)
  const { aside, ...rest } = index
  Object.assign(done, { index: rest, aside })
  if (noteBrought(done, await fill([])) === 0) return done
  const now = { ...context, store: new ObjectStore(context.storage) }
  const left = await checkStore(now.store, { deep: false, outside, whyNever, ...work })
  done.stored = await storeAnew(now, left.problems, { dryRun, ...work })
  done.files = [...new Set(done.stored.map(({ path }) => path))]
  if (done.files.length > 0 && noteBrought(done, await fill([])) === 0) return done
  const { open, unreachable } = await openSources(context, from)
  done.unreachable = unreachable
  try {
    noteBrought(done, await fill(open))
  } finally {
    for (const { storage } of open) storage.close()
  }
  return done
}

/** Returns how many items are still lost. */
function noteBrought(done: Done, { brought, lost }: Filled): number {
  for (const { from, ...sums } of brought)
    done.brought.push({ ...(from !== undefined && { remote: from }), ...sums })
  return lost
}

/** The remote that is meant, else all there are: one that is out of reach does not keep the others from being asked. */
async function openSources(
  context: Context,
  from: string | undefined,
): Promise<{ open: Remote[]; unreachable: RepairResult['unreachable'] }> {
  const { env, cwd } = context.surroundings
  const config = await effectiveConfig(context)
  const infos: RemoteInfo[] =
    from === undefined
      ? [...config.remotes].map(([name, remote]) => remoteInfo(name, remote))
      : [remoteMeant(config, from, cwd)]
  const open: Remote[] = []
  const unreachable: RepairResult['unreachable'] = []
  for (const info of infos) {
    try {
      open.push(await openRemote({ ...info, name: info.name || info.url }, 'read', env))
    } catch (error) {
      if (!isDvError(error) || from !== undefined) throw error
      unreachable.push({ remote: info, message: error.message })
    }
  }
  return { open, unreachable }
}

/** The same store, to try the repair on. */
function rehearsal(context: Context): Context {
  const real = context.storage
  const tolerant = { ...forward(real), read: (name: string) => real.read(name).catch(unlessDamaged) }
  const storage = { ...overlay(tolerant), properties: real.properties }
  return { ...context, storage, store: new ObjectStore(storage) }
}

function unlessDamaged(error: unknown): undefined {
  if (!isDvError(error, 'DV_CORRUPT')) throw error
}
