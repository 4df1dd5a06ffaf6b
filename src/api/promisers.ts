// The remotes that promised a store its data, opened when they are asked.
import type { OpenPromiser } from '../maintenance/index.js'
import { type Context, effectiveConfig } from './context.js'
import { openRemote, type Remote, remoteOf } from './remote-store.js'

export interface Promisers {
  open: OpenPromiser
  close: () => void
}

export function openPromisers(context: Pick<Context, 'storage' | 'surroundings'>): Promisers {
  const remotes = new Map<string, Remote>()
  return {
    async open(name) {
      const known = remotes.get(name)
      if (known) return known.store
      const info = remoteOf(await effectiveConfig(context), name)
      const remote = await openRemote(info, 'read', context.surroundings.env)
      remotes.set(name, remote)
      return remote.store
    },
    close() {
      for (const { storage } of remotes.values()) storage.close()
    },
  }
}
