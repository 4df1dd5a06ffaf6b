// dv config: the repository's settings and the user's.
import { DvError, isDvError } from '../base/index.js'
import {
  type Config,
  getConfigValue,
  listConfig,
  mergeConfigs,
  readGlobalConfig,
  readStoreConfig,
  setConfigValue,
  unsetConfigValue,
  updateGlobalConfig,
  updateStoreConfig,
} from '../repo/index.js'
import { closeContext, type Context, globalConfigFile, openContext } from './context.js'
import type { ConfigItem, ConfigSet } from './results.js'
import type { ConfigApi, ConfigScope, Surroundings } from './types.js'

export function configApi(surroundings: Surroundings): ConfigApi {
  const file = globalConfigFile(surroundings)
  const change = async (scope: Exclude<ConfigScope, 'effective'>, edit: (config: Config) => Config) => {
    if (scope === 'global') return void updateGlobalConfig(file, edit)
    await withRepository(surroundings, ({ storage }) => updateStoreConfig(storage, edit))
  }
  return {
    get: async (name, scope) => getConfigValue(await read(surroundings, scope), name),
    async set(name, value, scope) {
      if (name === 'cache.size' && scope !== 'global') throw ofTheUser(name, value)
      let kept: ConfigSet = { name, value, scope }
      await change(scope, (config) => {
        const { config: changed, notes } = setConfigValue(config, name, value)
        kept = { ...kept, value: getConfigValue(changed, name)!, ...(notes.length > 0 && { notes }) }
        return changed
      })
      return kept
    },
    async unset(name, scope) {
      let wasSet = false
      await change(scope, (config) => {
        wasSet = getConfigValue(config, name) !== undefined
        return unsetConfigValue(config, name)
      })
      return wasSet
    },
    list: (scope) => list(surroundings, scope),
  }
}

/** There is one cache for all repositories. */
function ofTheUser(name: string, value: string): DvError {
  return new DvError('DV_BAD_CONFIG', `'${name}' is a setting of the user, not of a repository`, {
    data: { key: name },
    hint: `type: dv config --global ${name} ${value}`,
  })
}

async function read(surroundings: Surroundings, scope: ConfigScope): Promise<Config> {
  const global = readGlobalConfig(globalConfigFile(surroundings))
  if (scope === 'global') return global
  if (scope === 'repository') return withRepository(surroundings, ({ storage }) => readStoreConfig(storage))
  return mergeConfigs(global, await repositoryConfigIfAny(surroundings, global))
}

async function list(surroundings: Surroundings, scope: ConfigScope): Promise<ConfigItem[]> {
  const global = readGlobalConfig(globalConfigFile(surroundings))
  const items = (config: Config, of: ConfigItem['scope']) =>
    listConfig(config).map(([name, value]): ConfigItem => ({ name, value, scope: of }))
  if (scope === 'global') return items(global, 'global')
  const own = items(await read(surroundings, 'repository'), 'repository')
  if (scope === 'repository') return own
  const overridden = new Set(own.map(({ name }) => name))
  return [...items(global, 'global').filter(({ name }) => !overridden.has(name)), ...own]
}

/** Outside a repository only the user's settings count. */
async function repositoryConfigIfAny(surroundings: Surroundings, otherwise: Config): Promise<Config> {
  try {
    return await withRepository(surroundings, ({ storage }) => readStoreConfig(storage))
  } catch (error) {
    if (isDvError(error, 'DV_NO_REPOSITORY')) return otherwise
    throw error
  }
}

async function withRepository<T>(
  surroundings: Surroundings,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const context = await openContext(surroundings)
  try {
    return await work(context)
  } finally {
    await closeContext(context)
  }
}
