// From a location to its adapter. Those that need a library are loaded when the first of their stores is opened.
import { DvError } from '../base/index.js'
import { openDirectoryStorage } from './directory.js'
import type { StoreLocation } from './location.js'
import type { Storage } from './port.js'
import { retrying } from './retrying.js'
import type { StorageSettings } from './settings.js'
import { versioned } from './versioned.js'

export interface OpenStorageOptions {
  readOnly?: boolean
  settings?: StorageSettings
  /** Where credentials and proxies are looked for. */
  env?: Readonly<Record<string, string | undefined>>
}

/** Throws DV_NO_STORE when a folder is not there; other stores are only asked when they are used. */
export async function openStorage(
  location: StoreLocation,
  { readOnly = false, env = {} }: OpenStorageOptions = {},
): Promise<Storage> {
  if (location.kind === 'directory') return openDirectoryStorage(location.path, { readOnly })
  if (location.kind === 'web') return await openWeb(location.url, { readOnly, env })
  throw new DvError('DV_UNSUPPORTED', `This version of dv cannot reach '${location.kind}' remotes`)
}

async function openWeb(url: string, { readOnly, env }: Required<Omit<OpenStorageOptions, 'settings'>>) {
  const { openWebStorage, readOnlyServer } = await import('./web/index.js')
  if (!readOnly) throw readOnlyServer(url)
  return retrying(versioned(openWebStorage(url, { env })))
}
