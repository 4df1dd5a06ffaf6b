// dv repair REMOTE: a store elsewhere, a bucket or a folder, put right from its own packs, from the repository around and
// from other remotes.
import fs from 'node:fs'
import path from 'node:path'
import { whyNever } from '../files/index.js'
import {
  checkStore,
  mendValues,
  type OutsideRoots,
  type Problem,
  type RepairedRecord,
  repairRecords,
} from '../maintenance/index.js'
import type { Config } from '../repo/index.js'
import { STORE_FORMAT_NAME } from '../repo/index.js'
import { openDirectoryStorage, type Storage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { present } from './fsck.js'
import { configAround } from './open-damaged.js'
import { openRemote, remoteMeant, storeLocation } from './remote-store.js'
import { openOwn, openSources, type OpenSources } from './repair-sources.js'
import { rehearsal, repairStore } from './repair-store.js'
import type { RemoteInfo, RepairResult } from './results.js'
import type { RepairOptions, Surroundings } from './types.js'
import { workdirRoots } from './workdir-roots.js'

export async function repairRemote(
  surroundings: Surroundings,
  { remote: typed, dryRun, from, ...work }: RepairOptions & { remote: string },
): Promise<RepairResult> {
  const { env, cwd, clock } = surroundings
  const config = await configAround(surroundings)
  const info = remoteMeant(config, typed, cwd)
  const records = dryRun ? [] : await repairFolder(info, clock())
  const { storage } = await openRemote(info, dryRun ? 'read' : 'gc', env)
  try {
    if (!dryRun) records.push(...(await mendValues(storage)))
    const before: Problem[] = []
    const outside = await neededAround(storage, before)
    const report = await checkStore(new ObjectStore(storage), { deep: true, outside, whyNever, ...work })
    const target = dryRun ? rehearsal(storage) : storage
    const sources = () => stores(surroundings, config, { from, except: info })
    const plan = { report, outside, now: clock(), sources }
    const { stored: _, ...done } = await repairStore(target, plan, work)
    const how = { deep: false, outside, whyNever, ...work }
    const last = report.problems.length === 0 ? report : await checkStore(new ObjectStore(target), how)
    if (dryRun) target.close()
    const found = report.problems.length + before.length + records.length
    const problems = [...last.problems, ...before].map(present)
    return { remote: info, dryRun, found, records, ...done, dangling: [], problems }
  } finally {
    storage.close()
  }
}

/** The records of a store in a folder, before it is opened by them. */
async function repairFolder({ url }: RemoteInfo, now: number): Promise<RepairedRecord[]> {
  const location = storeLocation(url)
  if (location.kind !== 'directory') return []
  // What has no format record may be anybody's folder.
  if (!fs.existsSync(path.join(location.path, STORE_FORMAT_NAME))) return []
  return repairRecords(openDirectoryStorage(location.path), now)
}

async function neededAround(storage: Storage, problems: Problem[]): Promise<OutsideRoots> {
  const { localRoot: folder } = storage.properties
  return folder === undefined ? { commits: [], manifests: [] } : workdirRoots({ storage, folder }, problems)
}

/** What was pushed lies in the repository around: it is asked first. */
async function stores(
  surroundings: Surroundings,
  config: Config,
  which: { from: string | undefined; except: RemoteInfo },
): Promise<OpenSources> {
  const own = which.from === undefined ? await openOwn(surroundings) : { open: [], unreachable: [] }
  const others = await openSources(surroundings, config, which)
  return {
    open: [...own.open, ...others.open],
    unreachable: [...own.unreachable, ...others.unreachable],
  }
}
