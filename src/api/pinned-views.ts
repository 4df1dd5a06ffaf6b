// The stores that pins name, opened so that what is in the user's cache is not asked for again: a commit never changes.
import { DvError } from '../base/index.js'
import { type Pin, urlOf } from '../lockfile/index.js'
import { type Config, readStoreFormat, STORE_FORMAT_NAME } from '../repo/index.js'
import { cached, openStorage, remembered, type StorageSettings } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { cacheFolder, cacheLimit } from './cache.js'
import type { StoreView } from './context.js'
import { configAround } from './project.js'
import { remoteMeant, storeLocation } from './remote-store.js'
import type { RemoteInfo } from './results.js'
import { openView } from './store-view.js'
import type { Surroundings } from './types.js'

export interface PinnedView extends StoreView {
  /** Says how many bytes are going to be read: as many as the cache has room for are kept there. */
  expect(bytes: number): void
}

/** Of the cache's room, what the data of one dependency may take. */
const SHARE = 0.5

export class PinnedViews {
  readonly #surroundings: Surroundings
  readonly #lockFile: string
  readonly #views = new Map<string, Promise<PinnedView>>()
  #config: Promise<Config> | undefined

  constructor(surroundings: Surroundings, lockFile: string) {
    this.#surroundings = surroundings
    this.#lockFile = lockFile
  }

  /** Opened once for all pins of a store. Throws DV_OTHER_STORE when another store is there now. */
  of(pin: Pin): Promise<PinnedView> {
    const key = JSON.stringify([pin.url, pin.settings, pin.store])
    const open = this.#views.get(key) ?? this.#open(pin)
    this.#views.set(key, open)
    return open
  }

  /** How the store of a pin is reached: as its line says, the user's own settings for that address before it. */
  async remote(pin: Pick<Pin, 'url' | 'settings'>): Promise<RemoteInfo> {
    this.#config ??= configAround(this.#surroundings)
    const url = urlOf(pin, this.#lockFile)
    const known = remoteMeant(await this.#config, url, this.#surroundings.cwd)
    return { ...known, settings: { ...pin.settings, ...known.settings } }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#views.values())
    for (const view of opened) if (view.status === 'fulfilled') view.value.storage.close()
  }

  async #open(pin: Pin): Promise<PinnedView> {
    const remote = await this.remote(pin)
    const view = await openPinned(this.#surroundings, { remote, store: pin.store })
    try {
      requireStore(view, pin, remote.url)
      return view
    } catch (error) {
      view.storage.forget?.(STORE_FORMAT_NAME)
      view.storage.close()
      throw error
    }
  }
}

async function openPinned(
  surroundings: Surroundings,
  { remote, store }: { remote: RemoteInfo; store: string },
): Promise<PinnedView> {
  const location = storeLocation(remote.url)
  const limit = cacheLimit(surroundings)
  if (location.kind === 'directory' || limit === 0)
    return { ...(await openView(surroundings, remote)), expect: () => {} }
  const settings = (remote.settings ?? {}) as StorageSettings
  const options = { readOnly: true, settings, env: surroundings.env, remote: remote.name }
  const cache = { root: cacheFolder(surroundings), store, limit }
  const storage = cached(remembered(await openStorage(location, options), cache), cache)
  try {
    const format = await readStoreFormat(storage)
    const expect = (bytes: number) => {
      if (bytes <= limit * SHARE) storage.keepAll()
    }
    return { surroundings, storage, format, store: new ObjectStore(storage), prefix: '', expect }
  } catch (error) {
    storage.close()
    throw error
  }
}

/** Throws DV_OTHER_STORE when the store is not the one that was pinned from. */
export function requireStore({ format }: StoreView, { name, store }: Pin, url: string): void {
  if (format.id === store) return
  throw new DvError('DV_OTHER_STORE', `Another store is in '${url}' than '${name}' was pinned from`, {
    data: { name, url },
    hint: `'dv require URL@REV ${name} --force' pins it anew, if that is what you want`,
  })
}
