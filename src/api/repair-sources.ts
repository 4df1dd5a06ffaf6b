// The stores that are asked for what another one lost.
import { isDvError } from '../base/index.js'
import type { Config } from '../repo/index.js'
import type { Storage } from '../storage/index.js'
import type { ObjectStore } from '../store/index.js'
import { closeContext, openContext } from './context.js'
import { openRemote, remoteInfo, remoteMeant } from './remote-store.js'
import type { RemoteInfo, RepairResult } from './results.js'
import type { Surroundings } from './types.js'

export interface OpenSources {
  open: { name: string; store: ObjectStore; storage: Pick<Storage, 'close'> }[]
  /** What is out of reach does not keep the others from being asked. */
  unreachable: RepairResult['unreachable']
}

/** The remote that is meant, else all there are but the one that is repaired. */
export async function openSources(
  { env, cwd }: Surroundings,
  config: Config,
  { from, except }: { from: string | undefined; except?: RemoteInfo },
): Promise<OpenSources> {
  const infos: RemoteInfo[] =
    from === undefined
      ? [...config.remotes].map(([name, remote]) => remoteInfo(name, remote))
      : [remoteMeant(config, from, cwd)]
  const sources: OpenSources = { open: [], unreachable: [] }
  for (const info of infos.filter(({ url }) => url !== except?.url)) {
    try {
      sources.open.push(await openRemote({ ...info, name: info.name || info.url }, 'read', env))
    } catch (error) {
      if (!isDvError(error) || from !== undefined) throw error
      sources.unreachable.push({ remote: info, message: error.message })
    }
  }
  return sources
}

/** The repository around, if there is one: what was pushed lies there too. */
export async function openOwn(surroundings: Surroundings): Promise<OpenSources> {
  try {
    const context = await openContext(surroundings)
    const { root } = context.workdir
    const storage = { close: () => void closeContext(context) }
    return { open: [{ name: root, store: context.store, storage }], unreachable: [] }
  } catch (error) {
    if (!isDvError(error)) throw error
    if (error.code === 'DV_NO_REPOSITORY') return { open: [], unreachable: [] }
    return {
      open: [],
      unreachable: [{ remote: { name: '', url: surroundings.cwd }, message: error.message }],
    }
  }
}
