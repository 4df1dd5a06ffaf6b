// dv cache: what was read of stores elsewhere is kept on disk, one cache a user.
import path from 'node:path'
import { DvError, isDvError, parseSize } from '../base/index.js'
import { readGlobalConfig } from '../repo/index.js'
import { cached, cacheUse, clearCache, type Storage } from '../storage/index.js'
import { findWorkdir } from '../workspace/index.js'
import { globalConfigFile } from './context.js'
import type { CacheCleared, CacheInfo } from './results.js'
import type { CacheApi, Surroundings } from './types.js'

const DEFAULT_BYTES = 5_000_000_000

export function cacheApi(surroundings: Surroundings): CacheApi {
  return {
    async info(): Promise<CacheInfo> {
      const directory = cacheFolder(surroundings)
      const derived = derivedFolder(surroundings)
      return {
        ...{ directory, ...cacheUse(directory), limit: cacheLimit(surroundings) },
        ...(derived !== undefined && { derived: { directory: derived, ...cacheUse(derived, DERIVED) } }),
      }
    },
    async clear(): Promise<CacheCleared> {
      const directory = cacheFolder(surroundings)
      const derived = derivedFolder(surroundings)
      return {
        ...{ directory, ...clearCache(directory) },
        ...(derived !== undefined && { derived: { directory: derived, ...clearCache(derived, DERIVED) } }),
      }
    },
  }
}

/** Of a store's derived files, those that cost no request to have again. */
const DERIVED = /^(query|search)$/

function derivedFolder({ cwd }: Surroundings): string | undefined {
  try {
    return path.join(findWorkdir(cwd).store, 'derived')
  } catch (error) {
    if (isDvError(error, 'DV_NO_REPOSITORY')) return undefined
    throw error
  }
}

/** A store that is far away, read through the cache. What is on this machine needs none; a limit of 0 is none. */
export function throughCache(surroundings: Surroundings, storage: Storage, store: string): Storage {
  const limit = cacheLimit(surroundings)
  if (storage.properties.localRoot !== undefined || limit === 0) return storage
  return cached(storage, { root: cacheFolder(surroundings), store, limit })
}

export function cacheFolder({ env, cwd }: Surroundings): string {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? ''
  return path.resolve(
    cwd,
    env['DV_CACHE'] || path.join(env['XDG_CACHE_HOME'] || path.join(home, '.cache'), 'dv'),
  )
}

/** The environment's word, else the user's own configuration's. */
export function cacheLimit(surroundings: Surroundings): number {
  const text =
    surroundings.env['DV_CACHE_SIZE'] || readGlobalConfig(globalConfigFile(surroundings)).cache.size
  if (!text) return DEFAULT_BYTES
  const bytes = parseSize(text)
  if (bytes !== undefined) return bytes
  throw new DvError('DV_BAD_CONFIG', `'${text}' in DV_CACHE_SIZE is no size`, {
    data: { value: text },
    hint: 'write it like 5GB or 500MB; 0 keeps nothing',
  })
}
