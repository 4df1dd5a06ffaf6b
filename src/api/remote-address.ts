// An address as a user types it, and as it is kept: meaning the same wherever it is read, and without secrets.
import path from 'node:path'
import { parseRemoteUrl, type RemoteConfig, STRIPPED_NOTE } from '../repo/index.js'
import { parseLocation } from '../storage/index.js'
import type { RemoteInfo } from './results.js'

export interface KeepableRemote {
  remote: RemoteConfig
  /** What the user should know of it: credentials were taken out. */
  notes: string[]
}

/** `cwd`: what a relative path means. Throws DV_BAD_CONFIG or DV_UNSUPPORTED for what cannot be an address. */
export function keepableRemote(
  cwd: string,
  { url: typed, settings = {} }: Pick<RemoteInfo, 'url' | 'settings'>,
): KeepableRemote {
  const { url, stripped } = parseRemoteUrl(typed)
  const endpoint = settings['endpoint'] === undefined ? undefined : parseRemoteUrl(settings['endpoint'])
  const remote = { ...settings, url: absolute(cwd, url), ...(endpoint && { endpoint: endpoint.url }) }
  return { remote, notes: stripped || endpoint?.stripped ? [STRIPPED_NOTE] : [] }
}

function absolute(cwd: string, url: string): string {
  const location = parseLocation(url)
  return location.kind === 'directory' && location.path === url ? path.resolve(cwd, url) : url
}
