// From a location to its adapter. Those that need a library are loaded when the first of their stores is opened.
import { openDirectoryStorage } from './directory.js'
import type { StoreLocation } from './location.js'
import { overNetwork } from './over-network.js'
import type { Storage } from './port.js'
import type { StorageSettings } from './settings.js'

export interface OpenStorageOptions {
  readOnly?: boolean
  settings?: StorageSettings
  /** Where credentials and proxies are looked for. */
  env?: Readonly<Record<string, string | undefined>>
}

/** Throws DV_NO_STORE when a folder is not there; other stores are only asked when they are used. */
export async function openStorage(
  location: StoreLocation,
  { readOnly = false, settings = {}, env = {} }: OpenStorageOptions = {},
): Promise<Storage> {
  switch (location.kind) {
    case 'directory':
      return openDirectoryStorage(location.path, { readOnly })
    case 's3': {
      const { openS3Storage } = await import('./s3/index.js')
      return overNetwork(openS3Storage(location, { readOnly, settings, env }))
    }
    case 'web': {
      const { openWebStorage, readOnlyServer } = await import('./web/index.js')
      if (!readOnly) throw readOnlyServer(location.url)
      return overNetwork(openWebStorage(location.url, { env }))
    }
  }
}
