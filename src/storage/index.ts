// storage: bytes by name, on local disk and on every remote. Knows nothing of what the bytes mean.
// Port: port.ts. Format: spec/09-layout.md. Contract: test/compliance/storage.ts
export type {
  ByteRange,
  ListOptions,
  MendedValue,
  Storage,
  StorageProperties,
  StoredName,
  Versioned,
  WantedRange,
} from './port.js'
export { parseLocation, type StoreLocation } from './location.js'
export { openServer, openStorage, type OpenStorageOptions } from './open.js'
export { type ServerMemory } from './writes.js'
export { type CheckedServer, probeServer, type ServerCheck } from './probe.js'
export { findOccupant } from './occupant.js'
export { endpointNamed, STORAGE_SETTINGS, type StorageSettings } from './settings.js'
export { isTransient, transient, type TransientCode, type TransientDetails } from './transient.js'
export { forward } from './forward.js'
export { damageHint, isDamagedThere, readSoundly } from './damage.js'
export { makeFolder, removeQuietly } from './publish.js'
export {
  damagedSpares,
  damagedValues,
  mendObject,
  mendSpare,
  mendValue,
  replaceObject,
  replaceValue,
  valuesBefore,
} from './mend.js'
export { findStores } from './find-stores.js'
export { cached, type CachedStorage, type CacheOptions } from './cached.js'
export { remembered } from './remembered.js'
export { cacheUse, type CacheUse, clearCache, clearCachedStore } from './cache-folder.js'
export { noTraffic, rehearsed, type Traffic } from './rehearsed.js'
export { ByteBudget } from './budget.js'
export { FetchedRanges } from './fetched-ranges.js'
export { type RetryOptions } from './patience.js'
export { overNetwork, type NetworkOptions } from './over-network.js'
export { retrying } from './retrying.js'
export { versioned } from './versioned.js'
export { memoryStorage } from './memory.js'
export { overlay } from './overlay.js'
export {
  createDirectoryStorage,
  openDirectoryStorage,
  sweepTemporaryFiles,
  type DirectoryStorage,
} from './directory.js'
