// A store elsewhere, opened to be read.
import type { StoreView } from './context.js'
import { openRemote } from './remote-store.js'
import type { RemoteInfo } from './results.js'
import type { Surroundings } from './types.js'

/** Throws DV_NO_STORE when there is none, and why it cannot be reached. The caller closes its storage. */
export async function openView(surroundings: Surroundings, remote: RemoteInfo): Promise<StoreView> {
  const { storage, format, store } = await openRemote(remote, 'read', surroundings.env)
  return { surroundings, storage, format, store, prefix: '' }
}
