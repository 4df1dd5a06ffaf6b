// From a remote's name or address to its store, opened for what is to be done with it.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, isDvError, nearest } from '../base/index.js'
import {
  type Config,
  createStoreFormat,
  redactArguments,
  type RemoteConfig,
  type Purpose,
  readStoreFormat,
  type StoreFormat,
} from '../repo/index.js'
import {
  createDirectoryStorage,
  findOccupant,
  openStorage,
  parseLocation,
  type ServerMemory,
  type Storage,
  type StoreLocation,
  memoryStorage,
  rehearsed,
  type Traffic,
} from '../storage/index.js'
import { type NearSegments, ObjectStore } from '../store/index.js'
import { DV_FOLDER, openWorkdir } from '../workspace/index.js'
import { type Context, currentHead, effectiveConfig } from './context.js'
import { keepableRemote } from './remote-address.js'
import type { RemoteInfo } from './results.js'
import type { Surroundings } from './types.js'

export interface Remote extends RemoteInfo {
  storage: Storage
  store: ObjectStore
  format: StoreFormat
}

/** The remote a command means: the one named, else the current branch's, else 'origin'. Throws DV_UNKNOWN_REMOTE. */
export async function findRemote(context: Context, typed: string | undefined): Promise<RemoteInfo> {
  const config = await effectiveConfig(context)
  const name = typed ?? (await defaultRemote(context, config))
  return remoteOf(config, name)
}

export function remoteOf({ remotes }: Config, name: string): RemoteInfo {
  const known = remotes.get(name)
  if (known && known.url !== '') return remoteInfo(name, known)
  const near = nearest(name, remotes.keys())
  // Who types an address instead of a name may have typed a password with it.
  const [shown = ''] = redactArguments([name])
  throw new DvError('DV_UNKNOWN_REMOTE', `There is no remote '${shown}'`, {
    data: { name: shown, nearest: near, remotes: [...remotes.keys()] },
    hint: near[0]
      ? `did you mean '${near[0]}'?`
      : `type: dv remote add ${isAddress(name) ? `origin ${shown}` : `${name} URL`}`,
  })
}

/** A remote by its name, a folder or a URL. A remote's settings also hold for its address when that is typed. What has
 * no name here has an empty one. */
export function remoteMeant(config: Config, typed: string, cwd: string): RemoteInfo {
  const isName = config.remotes.has(typed) || !/[\\/:]|^\.+$/.test(typed)
  if (isName) return remoteOf(config, typed)
  const { url } = keepableRemote(cwd, { url: typed }).remote
  const known = [...config.remotes.values()].find((remote) => remote.url === url)
  return remoteInfo('', { ...known, url })
}

/** A configured remote as it is shown. */
export function remoteInfo(name: string, { url, ...settings }: RemoteConfig): RemoteInfo {
  return { name, url, ...(Object.keys(settings).length > 0 && { settings }) }
}

/** Somebody typed where the remote is instead of its name. */
function isAddress(name: string): boolean {
  return /[/\\:]/.test(name)
}

async function defaultRemote(context: Context, config: Config): Promise<string> {
  const { head } = await currentHead(context)
  return (head.kind === 'branch' ? config.branches.get(head.branch)?.remote : undefined) ?? 'origin'
}

/** What is known of a store before it is asked. */
export interface Known {
  /** Its format record: then it is not read. */
  format?: StoreFormat
  /** Where its index need not be read. */
  near?: NearSegments
  /** What its server does. */
  server?: ServerMemory
  /** Given: nothing is written there, and what would be moved is counted here. */
  rehearsal?: Traffic
}

/** Opens a store that is there. Throws DV_NO_STORE when there is none. */
export async function openRemote(
  remote: RemoteInfo,
  purpose: Purpose,
  env: Surroundings['env'],
  known: Known = {},
): Promise<Remote> {
  const location = storeLocation(remote.url)
  const settings = remote.settings ?? {}
  try {
    return await opened(
      remote,
      await openStorage(location, {
        ...{ readOnly: purpose === 'read', settings, env },
        ...{ remote: remote.name, memory: known.server, rehearsal: known.rehearsal },
      }),
      { purpose, known },
    )
  } catch (error) {
    if (!isDvError(error, 'DV_NO_STORE')) throw error
    throw noStore(remote, location, error)
  }
}

/** What was named by its address has no name. */
function noStore({ name, url }: RemoteInfo, location: StoreLocation, cause: DvError): DvError {
  const where = location.kind === 'directory' ? location.path : url
  if (name === '') {
    return new DvError('DV_NO_STORE', `There is no store in '${where}'`, {
      data: { path: where },
      hint: "a store is a folder with 'dv.json' in it; 'dv packages' finds those below a folder or bucket",
      cause,
    })
  }
  return new DvError('DV_NO_STORE', `There is no store in '${where}', where remote '${name}' should be`, {
    data: { remote: name, path: where },
    hint: `'dv remote set-url ${name} URL' if it moved${location.kind === 'web' ? '' : `; 'dv push -u ${name}' makes one there`}`,
    cause,
  })
}

/** The same for writing; what is empty or not there becomes a store that cuts files as `format` says. */
export async function openOrCreateRemote(
  remote: RemoteInfo,
  { format, now, env, ...known }: { format: StoreFormat; now: number; env: Surroundings['env'] } & Known,
): Promise<Remote> {
  try {
    return await openRemote(remote, 'write', env, known)
  } catch (error) {
    if (!isDvError(error, 'DV_NO_STORE')) throw error
  }
  const location = storeLocation(remote.url)
  const { server: memory, rehearsal } = known
  const options = { settings: remote.settings ?? {}, env, remote: remote.name, memory, rehearsal }
  const occupant = await findOccupant(location, options)
  if (occupant !== undefined) throw notAStore(remote, occupant)
  const isFolder = location.kind === 'directory'
  const storage = isFolder ? createFolder(location.path, rehearsal) : await openStorage(location, options)
  try {
    await createStoreFormat(storage, { avg: format.chunker.avg, now })
  } catch (error) {
    // Another first push was faster: the store is there all the same.
    if (!isDvError(error, 'DV_ALREADY_EXISTS')) throw error
  }
  return opened(remote, storage, { purpose: 'write', known: { ...(known.near && { near: known.near }) } })
}

function createFolder(path: string, rehearsal: Traffic | undefined): Storage {
  return rehearsal ? rehearsed(memoryStorage(path), rehearsal) : createDirectoryStorage(path)
}

/** Somebody's own files are there: nothing of a store is put among them. */
function notAStore({ name, url }: RemoteInfo, occupant: string): DvError {
  return new DvError('DV_NOT_A_STORE', `There is no store in '${url}', but '${occupant}' is there`, {
    data: { remote: name, url, found: occupant },
    hint: `name an empty place, as with: dv remote set-url ${name} ${url.replace(/\/$/, '')}/dv`,
  })
}

/** Throws DV_FORMAT_MISMATCH when two stores cut files differently: nothing would be shared between them. */
export function requireSameChunks(own: StoreFormat, remote: Remote): void {
  const [ours, theirs] = [own.chunker.avg, remote.format.chunker.avg]
  if (ours === theirs) return
  throw new DvError(
    'DV_FORMAT_MISMATCH',
    `Remote '${remote.name}' cuts files into chunks of ${theirs} bytes on average, this store of ${ours}`,
    {
      data: { remote: remote.name, has: theirs, wanted: ours },
      hint: `'dv clone' of the remote, or 'dv init --chunk-size ${theirs}', makes a repository that fits it`,
    },
  )
}

async function opened(
  remote: RemoteInfo,
  storage: Storage,
  { purpose, known = {} }: { purpose: Purpose; known?: Known },
): Promise<Remote> {
  try {
    const format = known.format ?? (await readStoreFormat(storage, purpose))
    const isFar = storage.properties.localRoot === undefined
    const store = new ObjectStore(storage, { ...(isFar && known.near && { near: known.near }) })
    return { ...remote, storage, format, store }
  } catch (error) {
    storage.close()
    throw error
  }
}

/** A working directory stands for its store. */
export function storeLocation(url: string): StoreLocation {
  const location = parseLocation(url)
  if (location.kind !== 'directory') return location
  const folder = path.resolve(location.path)
  const isWorkdir = fs.existsSync(path.join(folder, DV_FOLDER, 'workdir.json'))
  return { kind: 'directory', path: isWorkdir ? openWorkdir(folder).store : folder }
}
