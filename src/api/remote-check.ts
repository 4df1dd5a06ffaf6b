// dv remote check: what the server of a remote really does, asked there.
import { DvError } from '../base/index.js'
import { type CheckedServer, openServer, parseLocation, probeServer } from '../storage/index.js'
import type { Context } from './context.js'
import { serverMemory } from './derived.js'
import { findRemote } from './remote-store.js'
import type { RemoteCheckResult } from './results.js'

/** Writes, below `probe/`, and removes what it wrote. */
export async function checkRemote(context: Context, name?: string): Promise<RemoteCheckResult> {
  const remote = await findRemote(context, name)
  const { env, clock } = context.surroundings
  const location = parseLocation(remote.url)
  if (location.kind === 'directory') return { remote, writes: 'links', checks: [] }
  if (location.kind === 'web') throw onlyRead(remote.url)
  const settings = remote.settings ?? {}
  const server = await openServer(location, { settings, env, remote: remote.name })
  try {
    const checks = await probeServer(server, clock)
    const enforces = enforcesConditions(checks)
    serverMemory(context.surroundings, remote, context.storage.properties.localRoot).learned(enforces)
    return { remote, writes: writesOf(settings.writes, enforces), checks }
  } finally {
    server.close()
  }
}

function enforcesConditions(checks: readonly CheckedServer[]): boolean {
  return checks.every(({ check, ok }) => ok || !check.startsWith('conditional'))
}

function writesOf(setting: string | undefined, enforces: boolean): RemoteCheckResult['writes'] {
  if (setting === 'lease') return 'lease'
  return enforces ? 'conditional' : setting === 'conditional' ? 'refused' : 'lease'
}

function onlyRead(url: string): DvError {
  return new DvError('DV_READ_ONLY', `'${url}' is a web server, which dv only reads from`, {
    data: { url },
    hint: 'there is nothing to check: what is read from it is verified as it arrives',
  })
}
