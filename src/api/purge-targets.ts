// The stores that a purge reaches: the one here, and those of all remotes that can be opened.
import { isDvError } from '../base/index.js'
import type { ObjectStore, PurgeRecord } from '../store/index.js'
import { type Context, effectiveConfig } from './context.js'
import { serverMemory } from './derived.js'
import type { PurgedStore } from './purge-results.js'
import { recordsOf, type Records } from './purge-spread.js'
import { openRemote, remoteInfo } from './remote-store.js'
import type { RemoteInfo } from './results.js'

/** The store here, or one of a remote. */
export interface Target {
  store: ObjectStore
  remote?: RemoteInfo
  /** Id of its format record. */
  id: string
}

/** Opens every remote. One that cannot be reached keeps none of the others from being purged. */
export async function withStores<T>(
  context: Context,
  work: (targets: readonly Target[], unreached: readonly PurgedStore[]) => Promise<T>,
): Promise<T> {
  const { surroundings, storage, store, format } = context
  const targets: Target[] = [{ store, id: format.id }]
  const unreached: PurgedStore[] = []
  const config = await effectiveConfig(context)
  try {
    for (const [name, settings] of config.remotes) {
      if (settings.url === '') continue
      const remote = remoteInfo(name, settings)
      try {
        const server = serverMemory(surroundings, remote, storage.properties.localRoot)
        const opened = await openRemote(remote, 'gc', surroundings.env, { server })
        if (opened.format.id === format.id) opened.storage.close()
        else targets.push({ store: opened.store, remote, id: opened.format.id })
      } catch (error) {
        unreached.push(asUnreached(remote, error))
      }
    }
    return await work(targets, unreached)
  } finally {
    for (const { remote, store: opened } of targets) if (remote) opened.storage.close()
  }
}

export function asUnreached(remote: RemoteInfo, error: unknown): PurgedStore {
  if (!isDvError(error) || error.code === 'DV_INTERRUPTED') throw error
  return { remote, outcome: 'unreached', failure: { code: error.code, message: error.message } }
}

/** By their names. */
export async function unionOf(targets: readonly Target[]): Promise<Map<string, PurgeRecord>> {
  const all = new Map<string, PurgeRecord>()
  for (const { store } of targets) for (const [name, record] of await recordsOf(store)) all.set(name, record)
  return all
}

/** Those of the records that some store does not name yet. */
export async function lackingAnywhere(targets: readonly Target[], records: Records): Promise<Records> {
  const lacking = new Map<string, PurgeRecord>()
  for (const { store } of targets) {
    const { purged } = await store.index.root()
    for (const [name, record] of records) if (!purged.includes(name)) lacking.set(name, record)
  }
  return lacking
}
