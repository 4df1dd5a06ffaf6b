// The format record of a store, made anew where it is lost: a store that exchanges data with this one cuts files in the
// same way, so a remote knows.
import { isDvError } from '../base/index.js'
import { DEFAULT_CHUNK_AVG } from '../chunker/index.js'
import type { RepairedRecord } from '../maintenance/index.js'
import {
  createStoreFormat,
  encodeStoreFormat,
  readStoreConfig,
  readStoreFormat,
  STORE_FORMAT_NAME,
  type StoreFormat,
} from '../repo/index.js'
import { type DirectoryStorage, memoryStorage, replaceObject } from '../storage/index.js'
import { openRemote, remoteInfo } from './remote-store.js'
import type { Surroundings } from './types.js'

/** The record as it can be read; made anew when it cannot. With `dryRun` that is not written. */
export async function repairFormat(
  surroundings: Surroundings,
  storage: DirectoryStorage,
  { dryRun }: { dryRun: boolean },
): Promise<{ format: StoreFormat; records: RepairedRecord[] }> {
  try {
    return { format: await readStoreFormat(storage), records: [] }
  } catch (error) {
    if (!isDvError(error, 'DV_CORRUPT') && !isDvError(error, 'DV_NO_STORE')) throw error
  }
  const { like, from } = await knownElsewhere(surroundings, storage)
  const made = await createStoreFormat(memoryStorage(), { avg: like.chunker.avg, now: surroundings.clock() })
  const format = { ...made, features: like.features }
  const what = `a new one, which cuts files as ${from}`
  const root = storage.properties.localRoot
  const aside = dryRun ? undefined : replaceObject(root, STORE_FORMAT_NAME, encodeStoreFormat(format))
  storage.close()
  const record = { name: STORE_FORMAT_NAME, outcome: 'replaced' as const, what }
  return { format, records: [{ ...record, ...(aside !== undefined && { aside }) }] }
}

async function knownElsewhere(
  { env }: Surroundings,
  storage: DirectoryStorage,
): Promise<{ like: Pick<StoreFormat, 'chunker' | 'features'>; from: string }> {
  for (const [name, config] of (await readStoreConfig(storage)).remotes) {
    try {
      const remote = await openRemote(remoteInfo(name, config), 'read', env)
      remote.storage.close()
      return { like: remote.format, from: `'${name}' does` }
    } catch (error) {
      if (!isDvError(error)) throw error
    }
  }
  const like = { chunker: { avg: DEFAULT_CHUNK_AVG }, features: { read: [], write: [], gc: [] } }
  return { like, from: 'new stores do, as no remote tells otherwise' }
}
