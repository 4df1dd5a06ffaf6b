// The data that code needs: one line a verb, each loading only what it needs.
import type { DependenciesApi } from './dependency-types.js'
import { later } from './reader.js'
import type { Surroundings } from './types.js'

export function dependenciesApi(surroundings: Surroundings): DependenciesApi {
  return {
    require: async (options) => (await import('./require.js')).requireData(surroundings, options),
    list: async () => (await import('./require.js')).listDependencies(surroundings),
    remove: async (options) => (await import('./require.js')).removeDependencies(surroundings, options),
    install: async (options) => (await import('./install.js')).install(surroundings, options),
    outdated: (options) => later(async () => (await import('./outdated.js')).outdated(surroundings, options)),
    update: async (options) => (await import('./outdated.js')).update(surroundings, options),
    verify: (options) => later(async () => (await import('./verify.js')).verify(surroundings, options)),
  }
}
