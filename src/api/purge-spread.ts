// How purges spread: a store that meets records it does not have takes them over, and removes what they doom.
import { DvError } from '../base/index.js'
import { type Expunged, expunge, type OutsideRoots, type Problem } from '../maintenance/index.js'
import type { Storage } from '../storage/index.js'
import { type ObjectStore, type PurgeRecord, PurgeRecords } from '../store/index.js'
import { readingAhead } from '../transfer/index.js'
import type { Context } from './context.js'
import type { Work } from './types.js'
import { workdirRoots } from './workdir-roots.js'

/** The working directory whose store is meant. */
type Here = Pick<Context, 'workdir'>

export type Records = ReadonlyMap<string, PurgeRecord>

/** The records that a store names now, by their names. */
export async function recordsOf({ storage, index }: ObjectStore): Promise<Records> {
  const { purged } = await index.root()
  return new PurgeRecords(storage).read(purged)
}

/** Those of one store that another one does not name. */
export async function newRecords(from: ObjectStore, to: ObjectStore): Promise<Records> {
  const { purged } = await from.index.root()
  if (purged.length === 0) return new Map()
  const known = new Set((await to.index.root()).purged)
  const names = purged.filter((name) => !known.has(name))
  return new PurgeRecords(from.storage).read(names)
}

/** Before anything travels from one store to another: what was purged there is gone here, too. */
export async function adoptRecords(
  { from, to, context }: { from: ObjectStore; to: ObjectStore; context?: Here },
  { dryRun = false, ...work }: Work & { dryRun?: boolean },
): Promise<void> {
  const records = await newRecords(from, to)
  if (records.size > 0 && !dryRun) await expungeFrom(to, { records, ...(context && { context }) }, work)
}

/** `context`: given for the store of a working directory. */
export async function expungeFrom(
  store: ObjectStore,
  { records, context, dryRun = false }: { records: Records; context?: Here; dryRun?: boolean },
  { signal, onProgress }: Work,
): Promise<Expunged> {
  const outside = () => neededOutside(store.storage, context)
  const sums = await expunge(readingAhead(store), { records, outside, dryRun, signal, onProgress })
  await store.index.refresh()
  const { localRoot } = store.storage.properties
  if (!dryRun && localRoot !== undefined) (await import('./search.js')).forgetIndex(localRoot)
  return sums
}

/** What working directories of a store need: those of a store in a folder. */
export async function neededOutside(storage: Storage, context?: Here): Promise<OutsideRoots> {
  const folder = context?.workdir.store ?? storage.properties.localRoot
  if (folder === undefined) return { commits: [], manifests: [] }
  const problems: Problem[] = []
  const workdir = context && { workdir: context.workdir }
  const found = await workdirRoots({ storage, folder, ...workdir }, problems)
  const [first] = problems
  if (!first) return found
  throw new DvError('DV_CORRUPT', `What ${first.object} '${first.name}' needs is not known: ${first.what}`, {
    data: { object: first.object, name: first.name },
    hint: "'dv fsck' lists what is damaged; nothing was removed",
  })
}
