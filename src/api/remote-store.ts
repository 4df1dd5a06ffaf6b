// From a remote's name or address to its store, opened for what is to be done with it.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isDvError, nearest } from '../base/index.js'
import {
  type Config,
  createStoreFormat,
  parseRemoteUrl,
  type Purpose,
  readStoreFormat,
  type StoreFormat,
} from '../repo/index.js'
import { createDirectoryStorage, type DirectoryStorage, openDirectoryStorage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { parseRemoteLocation } from '../transfer/index.js'
import { DV_FOLDER, openWorkdir } from '../workspace/index.js'
import { type Context, currentHead, effectiveConfig } from './context.js'
import type { RemoteInfo } from './results.js'

export interface Remote extends RemoteInfo {
  storage: DirectoryStorage
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
  const url = remotes.get(name)?.url
  if (url !== undefined) return { name, url }
  const near = nearest(name, remotes.keys())
  throw new DvError('DV_UNKNOWN_REMOTE', `There is no remote '${name}'`, {
    data: { name, nearest: near, remotes: [...remotes.keys()] },
    hint: near[0]
      ? `did you mean '${near[0]}'?`
      : `type: dv remote add ${isAddress(name) ? `origin ${name}` : `${name} DIRECTORY`}`,
  })
}

/** Somebody typed where the remote is instead of its name. */
function isAddress(name: string): boolean {
  return /[/\\:]/.test(name)
}

async function defaultRemote(context: Context, config: Config): Promise<string> {
  const { head } = await currentHead(context)
  return (head.kind === 'branch' ? config.branches.get(head.branch)?.remote : undefined) ?? 'origin'
}

/** An address as it is kept: without user-info, and meaning the same wherever it is read. */
export function keepableUrl(cwd: string, typed: string): string {
  const { url } = parseRemoteUrl(typed)
  const location = parseRemoteLocation(url)
  return location.path === url ? path.resolve(cwd, url) : url
}

/** Opens a store that is there. Throws DV_NO_STORE when there is none. */
export async function openRemote(remote: RemoteInfo, purpose: Purpose): Promise<Remote> {
  const folder = storeFolder(remote.url)
  try {
    return await opened(remote, openDirectoryStorage(folder, { readOnly: purpose === 'read' }), purpose)
  } catch (error) {
    if (!isDvError(error, 'DV_NO_STORE')) throw error
    throw new DvError(
      'DV_NO_STORE',
      `There is no store in '${folder}', where remote '${remote.name}' should be`,
      {
        data: { remote: remote.name, path: folder },
        hint: `'dv remote set-url ${remote.name} DIRECTORY' if it moved; 'dv push -u ${remote.name}' makes one there`,
        cause: error,
      },
    )
  }
}

/** The same for writing; a folder that is empty or not there becomes a store that cuts files as `format` says. */
export async function openOrCreateRemote(
  remote: RemoteInfo,
  { format, now }: { format: StoreFormat; now: number },
): Promise<Remote> {
  const folder = storeFolder(remote.url)
  if (!isEmptyFolder(folder)) return openRemote(remote, 'write')
  const storage = createDirectoryStorage(folder)
  try {
    await createStoreFormat(storage, { avg: format.chunker.avg, now })
  } catch (error) {
    // Another first push was faster: the store is there all the same.
    if (!isDvError(error, 'DV_ALREADY_EXISTS')) throw error
  }
  return opened(remote, storage, 'write')
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

async function opened(remote: RemoteInfo, storage: DirectoryStorage, purpose: Purpose): Promise<Remote> {
  try {
    const format = await readStoreFormat(storage, purpose)
    return { ...remote, storage, format, store: new ObjectStore(storage) }
  } catch (error) {
    storage.close()
    throw error
  }
}

/** A working directory stands for its store. */
function storeFolder(url: string): string {
  const folder = path.resolve(parseRemoteLocation(url).path)
  return fs.existsSync(path.join(folder, DV_FOLDER, 'workdir.json')) ? openWorkdir(folder).store : folder
}

/** What an interrupted first push left does not count. */
function isEmptyFolder(folder: string): boolean {
  try {
    return fs.readdirSync(folder).every((name) => name === 'tmp')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw fromSystemError(error, 'open', folder)
  }
}
