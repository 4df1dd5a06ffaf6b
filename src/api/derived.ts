// What was learned of remotes, so that they need not be asked again. All of it can be had anew: what cannot be read or
// written here costs requests, and nothing else. Place: spec/09-layout.md, "derived"
import fs from 'node:fs'
import path from 'node:path'
import { isDvError, systemCode, utf8 } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { writeFileAtomic } from '../files/index.js'
import { checksum, toHex } from '../hash/index.js'
import {
  checkFeatures,
  decodeStoreFormat,
  encodeStoreFormat,
  type Purpose,
  type StoreFormat,
} from '../repo/index.js'
import { type DirectoryStorage, endpointNamed, type ServerMemory, type Traffic } from '../storage/index.js'
import { keptInMemory, type NearSegments, nearSegments } from '../store/index.js'
import { cacheFolder } from './cache.js'
import type { RemoteInfo } from './results.js'
import type { Surroundings } from './types.js'

/** Segments of other stores that are at hand. `rehearsal`: none is added. */
export function segmentsAtHand(local: DirectoryStorage, rehearsal?: Traffic): NearSegments {
  const near = nearSegments({ twins: local, folder: derivedPath(local, 'segments') })
  return rehearsal ? keptInMemory(near) : near
}

/** The format record of a remote as it was last read; undefined when it is not known. Throws as readStoreFormat() when
 * this version cannot do with such a store what `purpose` says. */
export function recallFormat(
  local: DirectoryStorage,
  remote: RemoteInfo,
  purpose: Purpose,
): StoreFormat | undefined {
  const format = readRemembered(derivedPath(local, 'remotes', nameOf(remote)), remote)
  if (format) checkFeatures(format, purpose, remote.url)
  return format
}

export function rememberFormat(local: DirectoryStorage, remote: RemoteInfo, format: StoreFormat): void {
  const file = derivedPath(local, 'remotes', nameOf(remote))
  const record = { url: remote.url, format: encodeStoreFormat(format).toString('utf8') }
  quietly(() => {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    writeFileAtomic(file, seal(record), { sync: false })
  })
}

/** What the server of a remote does of what it is asked, as remembered by the store in the folder `store`, or by the
 * user's cache where there is none. It is said once where it does too little. */
export function serverMemory(
  surroundings: Surroundings,
  remote: RemoteInfo,
  store: string | undefined,
): ServerMemory {
  const folder = store === undefined ? cacheFolder(surroundings) : path.join(store, 'derived')
  const file = path.join(folder, 'servers', nameOf(reachedBy(surroundings, remote)))
  return {
    enforces: new Map([
      [ENFORCES, true],
      [IGNORES, false],
    ]).get(readLines(file)[0] ?? ''),
    learned(enforces) {
      quietly(() => {
        fs.mkdirSync(path.dirname(file), { recursive: true })
        writeFileAtomic(file, utf8(`${enforces ? ENFORCES : IGNORES}\n`), { sync: false })
      })
      if (!enforces)
        surroundings.warn?.(
          `The server of '${remote.url}' ignores conditional writes, so writers take turns by leases: only dv may write there`,
        )
    },
  }
}

const ENFORCES = 'conditions enforced'
const IGNORES = 'conditions ignored'

function readRemembered(file: string, { url }: RemoteInfo): StoreFormat | undefined {
  try {
    const record = unseal(fs.readFileSync(file), 'record of a remote')
    if (record['url'] !== url || typeof record['format'] !== 'string') return undefined
    return decodeStoreFormat(utf8(record['format']), url)
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT') || systemCode(error) !== undefined) return undefined
    throw error
  }
}

function readLines(file: string): string[] {
  return quietly(() => fs.readFileSync(file, 'utf8').split('\n')) ?? []
}

/** The same address reached in another way may be another store. */
function nameOf({ url, settings = {} }: RemoteInfo): string {
  return toHex(checksum(utf8(JSON.stringify([url, settings])))).slice(0, 32)
}

/** With the endpoint that holds: the environment may name another tomorrow. */
function reachedBy({ env }: Surroundings, { url, name, settings = {} }: RemoteInfo): RemoteInfo {
  const endpoint = endpointNamed(settings, env)
  return { url, name, settings: { ...settings, ...(endpoint !== undefined && { endpoint }) } }
}

function derivedPath(local: DirectoryStorage, ...parts: string[]): string {
  return path.join(local.properties.localRoot, 'derived', ...parts)
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isDvError(error) || systemCode(error) !== undefined) return undefined
    throw error
  }
}
