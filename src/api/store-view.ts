// A store elsewhere, opened to be read.
import { ObjectStore } from '../store/index.js'
import { throughCache } from './cache.js'
import type { StoreView } from './context.js'
import { openRemote } from './remote-store.js'
import type { RemoteInfo } from './results.js'
import type { Surroundings } from './types.js'

/** Throws DV_NO_STORE when there is none, and why it cannot be reached. The caller closes its storage. */
export async function openView(surroundings: Surroundings, remote: RemoteInfo): Promise<StoreView> {
  const opened = await openRemote(remote, 'read', surroundings.env)
  const storage = throughCache(surroundings, opened.storage, opened.format.id)
  const store = storage === opened.storage ? opened.store : new ObjectStore(storage)
  return { surroundings, storage, format: opened.format, store, prefix: '' }
}
