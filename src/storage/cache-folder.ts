// The cache of remote reads as a folder of files: how much it holds, and making room in it.
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError } from '../base/index.js'
import { removeQuietly } from './publish.js'

/** After making room it is so much below its bound, so that not every process has to. */
const TRIM_TO = 0.9
/** A temporary file this old is of a process that ended early. */
const ABANDONED_MS = 60 * 60 * 1000

export interface CacheUse {
  entries: number
  bytes: number
}

/** A store's id, what is known of servers, tables of queries, words of searches, or what is being written. Nothing else in the folder is the cache's: whoever
 * names his home keeps it. */
const OWN_FOLDER = /^([0-9a-f]{32}|servers|query|search|tmp)$/

interface CacheFile {
  file: string
  bytes: number
  used: number
}

/** What is in the cache; nothing when it is not there. `own`: which folders of `root` are its. */
export function cacheUse(root: string, own = OWN_FOLDER): CacheUse {
  const files = eachEntry(root, own)
  return { entries: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** Removes what was used longest ago until the rest takes less than `limit` bytes. What cannot be removed stays. */
export function trimCache(root: string, limit: number): void {
  const files = eachEntry(root, OWN_FOLDER).sort((a, b) => a.used - b.used)
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const isTooMuch = bytes > limit
  for (const { file, bytes: length, used } of files) {
    const isAbandoned = path.basename(path.dirname(file)) === 'tmp' && Date.now() - used > ABANDONED_MS
    if (!isAbandoned && (!isTooMuch || bytes <= limit * TRIM_TO)) continue
    removeQuietly(file)
    bytes -= length
  }
}

/** Empties the cache, and answers with what it held. */
export function clearCache(root: string, own = OWN_FOLDER): CacheUse {
  const held = cacheUse(root, own)
  try {
    for (const folder of ownFolders(root, own)) fs.rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    throw fromSystemError(error, 'remove', root)
  }
  return held
}

/** Lets go of what is kept of one store, by its id. */
export function clearCachedStore(root: string, store: string): void {
  if (!OWN_FOLDER.test(store)) return
  try {
    fs.rmSync(path.join(root, store), { recursive: true, force: true })
  } catch (error) {
    throw fromSystemError(error, 'remove', root)
  }
}

function ownFolders(root: string, own: RegExp): string[] {
  return entriesOf(root).flatMap(({ name }) => (own.test(name) ? [path.join(root, name)] : []))
}

function eachEntry(root: string, own: RegExp): CacheFile[] {
  return ownFolders(root, own).flatMap((folder) => [...eachFile(folder)])
}

function* eachFile(folder: string): Generator<CacheFile> {
  for (const entry of entriesOf(folder)) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) yield* eachFile(file)
    const stat = entry.isFile() ? fs.lstatSync(file, { throwIfNoEntry: false }) : undefined
    if (stat) yield { file, bytes: stat.size, used: stat.mtimeMs }
  }
}

/** Other processes add and remove at the same time. */
function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
