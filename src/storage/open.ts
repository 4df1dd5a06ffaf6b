// From a location to its adapter. Those that need a library are loaded when the first of their stores is opened.
import { openDirectoryStorage } from './directory.js'
import type { StoreLocation } from './location.js'
import { overNetwork, repeated } from './over-network.js'
import type { Storage } from './port.js'
import { rehearsed, type Traffic } from './rehearsed.js'
import type { StorageSettings } from './settings.js'
import type { ServerMemory } from './writes.js'

export interface OpenStorageOptions {
  readOnly?: boolean
  settings?: StorageSettings
  /** Where credentials and proxies are looked for. */
  env?: Readonly<Record<string, string | undefined>>
  /** The store's name as a remote, for hints; '' or nothing where it has none. */
  remote?: string
  /** What is known of the server. */
  memory?: ServerMemory | undefined
  /** Given: nothing is written, and what would be moved is counted here. */
  rehearsal?: Traffic | undefined
}

const STALL_MS = 30_000

/** Throws DV_NO_STORE when a folder is not there; other stores are only asked when they are used. */
export async function openStorage(
  location: StoreLocation,
  options: OpenStorageOptions = {},
): Promise<Storage> {
  const { readOnly = false, settings = {}, env = {}, memory, rehearsal, remote } = options
  const rehearsing = (storage: Storage) => (rehearsal ? rehearsed(storage, rehearsal) : storage)
  switch (location.kind) {
    case 'directory':
      return rehearsing(openDirectoryStorage(location.path, { readOnly }))
    case 's3':
      return overNetwork(rehearsing(await openBucket(location, options)), {
        ...{ writes: settings.writes, memory, remote },
      })
    case 'web': {
      const { openWebStorage, readOnlyServer } = await import('./web/index.js')
      if (!readOnly) throw readOnlyServer(location.url)
      return overNetwork(rehearsing(openWebStorage(location.url, { env, stallMs: stallMs(env) })))
    }
  }
}

/** A bucket as its server has it: what it does of its own accord can be seen. */
export async function openServer(
  location: Extract<StoreLocation, { kind: 's3' }>,
  options: OpenStorageOptions,
): Promise<Storage> {
  return repeated(await openBucket(location, options))
}

async function openBucket(
  location: Extract<StoreLocation, { kind: 's3' }>,
  { readOnly = false, settings = {}, env = {}, remote }: OpenStorageOptions,
): Promise<Storage> {
  const { openS3Storage } = await import('./s3/index.js')
  return openS3Storage(location, { readOnly, settings, env, remote, stallMs: stallMs(env) })
}

/** How long no byte may move before a request is given up and made again. */
function stallMs(env: Readonly<Record<string, string | undefined>>): number {
  const seconds = Number(env['DV_STALL_SECONDS'])
  return seconds > 0 ? seconds * 1000 : STALL_MS
}
