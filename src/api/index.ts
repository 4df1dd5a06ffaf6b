// api: what dv can do, as functions of plain data; the command line is its first user. Knows everything below; touches
// no terminal, and of the environment only what it is given as Surroundings.
import { unlessCollected } from './anchored.js'
import { configApi } from './config.js'
import { openContext } from './context.js'
import { dependenciesApi } from './dependencies.js'
import { later, readerOf } from './reader.js'
import { repositoryOf } from './repository.js'
import { openStores } from './stores.js'
import type { CreateApi, DvApi } from './types.js'

export type * from './types.js'

export const createApi: CreateApi = (surroundings): DvApi => ({
  init: async (options) => (await import('./create.js')).init(surroundings, options),
  clone: async (options) => (await import('./clone.js')).clone(surroundings, options),
  mirror: (options) =>
    unlessCollected(async () => (await import('./mirror.js')).mirror(surroundings, options)),
  apply: async (options) => (await import('./apply.js')).apply(surroundings, options),
  metadata: {
    set: async (options) => (await import('./meta-to.js')).setMetadataTo(surroundings, options),
    import: async (options) => (await import('./meta-to.js')).importMetadataTo(surroundings, options),
  },
  open: async () => repositoryOf(await openContext(surroundings)),
  reader: async () => readerOf(await openStores(surroundings)),
  fsck: async (options) => (await import('./fsck.js')).fsckAround(surroundings, options),
  repair: async (options) => (await import('./repair.js')).repair(surroundings, options),
  publish: async (options) => (await import('./published.js')).publish(surroundings, options),
  config: configApi(surroundings),
  packages: (options) => later(async () => (await import('./packages.js')).packages(surroundings, options)),
  dependencies: dependenciesApi(surroundings),
  cache: {
    info: async () => (await import('./cache.js')).cacheApi(surroundings).info(),
    clear: async () => (await import('./cache.js')).cacheApi(surroundings).clear(),
  },
})
