// Compare-and-swap on a file system, without locks. Format: spec/09-layout.md, "Mutable names".
//
// The values of a name are the files <folder>/+<n div 16>/<n>. Publishing n is a link() of a synced temporary file:
// of two writers one gets EEXIST and has lost. The highest n is the present value. What must hold:
// 1. A version is linked only into a group that was there, and a group is made before the first version of the group
//    below it. So a group that was pruned is not made again, and a writer who slept since gets ENOENT: it lost.
// 2. Pruning takes whole groups, by renaming them away, and leaves at least 16 versions below the highest.
// 3. Still, after its link a writer looks again: if higher versions are there and the next one does not name it as
//    its predecessor, it has linked into a slot of the past, and has lost.
import fs from 'node:fs'
import path from 'node:path'
import { corrupt, DvError, randomHex, systemCode } from '../base/index.js'
import { readStored } from './descriptors.js'
import { isWithoutLinks, makeFolder, removeQuietly, syncFolder, writeSynced } from './publish.js'
import { decodeVersion, encodeVersion, type Version } from './version-file.js'

/** Versions in a group; at least as many are kept below the highest. */
export const GROUP_VERSIONS = 16
const ATTEMPTS = 100

/** Where the versions of one name are, and a source of names for temporary files on the same device. */
export interface Place {
  folder: string
  temporaryPath: () => string
}

/** The highest version, a deletion too; undefined when the name never had a value. */
export function readNewest(folder: string): Version | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const newest = tryNewest(folder)
    if (newest !== 'pruned') return newest
  }
  const file = newestVersion(folder)?.file
  if (file !== undefined && fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() === false)
    throw corrupt(`'${file}' is no file, as a value must be`, { path: file })
  throw new DvError('DV_IO', `'${folder}' changes faster than it can be read`, { data: { path: folder } })
}

/** Publishes what follows `newest` (as read before). Durable when it returns; undefined when another writer won. */
export function publishNext(
  place: Place,
  newest: Version | undefined,
  bytes: Uint8Array | undefined,
): Version | undefined {
  const next: Version = { n: (newest?.n ?? 0) + 1, nonce: randomHex(16) }
  if (newest !== undefined) next.previous = newest.nonce
  if (bytes !== undefined) next.bytes = bytes
  prepareGroups(place, next.n)
  const temporary = place.temporaryPath()
  writeSynced(temporary, [encodeVersion(next)])
  try {
    if (!linkVersion(place, newest, next, temporary)) return undefined
  } finally {
    removeQuietly(temporary)
  }
  syncFolder(path.dirname(versionPath(place.folder, next.n)))
  if (!isOfThePresent(place.folder, next)) return undefined
  if (next.n % GROUP_VERSIONS === 0) prune(place, next.n / GROUP_VERSIONS)
  return next
}

export function versionPath(folder: string, n: number): string {
  return path.join(folder, `+${Math.floor(n / GROUP_VERSIONS)}`, String(n))
}

/** Whether a folder holds the versions of a name, rather than folders of other names. */
export function isVersionFolder(entries: readonly string[]): boolean {
  return entries.some((entry) => /^\+\d+$/.test(entry))
}

/** The file of the highest version, whatever is in it. */
export function newestVersion(folder: string): VersionPlace | undefined {
  return versionPlaces(folder)[0]
}

/** Those of the versions below it, highest first. */
export function olderVersions(folder: string): VersionPlace[] {
  return versionPlaces(folder).slice(1)
}

export interface VersionPlace {
  n: number
  file: string
}

function versionPlaces(folder: string): VersionPlace[] {
  const groups = listNumbers(folder, /^\+(\d{1,15})$/) ?? []
  const numbers = groups.flatMap((group) => listNumbers(path.join(folder, `+${group}`), /^(\d{1,15})$/) ?? [])
  return numbers.map((n) => ({ n, file: versionPath(folder, n) }))
}

function tryNewest(folder: string): Version | undefined | 'pruned' {
  for (const group of listNumbers(folder, /^\+(\d{1,15})$/) ?? []) {
    const numbers = listNumbers(path.join(folder, `+${group}`), /^(\d{1,15})$/)
    if (numbers === undefined) return 'pruned'
    if (numbers[0] === undefined) continue
    return readVersion(folder, numbers[0]) ?? 'pruned'
  }
  return undefined
}

/** Numbers in the names of a folder, highest first; undefined when there is no such folder. */
function listNumbers(folder: string, pattern: RegExp): number[] | undefined {
  try {
    const found = fs.readdirSync(folder).flatMap((name) => pattern.exec(name)?.[1] ?? [])
    return found.map(Number).sort((a, b) => b - a)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function readVersion(folder: string, n: number): Version | undefined {
  const file = versionPath(folder, n)
  const bytes = readStored(file)
  if (bytes === undefined) return undefined
  const version = decodeVersion(bytes, file)
  if (version.n !== n) throw corrupt(`'${file}' is damaged: it holds version ${version.n}`, { path: file })
  return version
}

/** Sees to it that the group above that of `n` is there before `n` is. */
function prepareGroups(place: Place, n: number): void {
  if (n === 1) return startName(place)
  if (n % GROUP_VERSIONS === 0) makeGroup(place.folder, n / GROUP_VERSIONS + 1)
}

/** The first two groups appear in one step: a writer who took the name for new cannot bring back a pruned one. */
function startName(place: Place): void {
  if (fs.existsSync(place.folder)) return
  const prepared = place.temporaryPath()
  try {
    makeFolder(path.join(prepared, '+0'))
    makeFolder(path.join(prepared, '+1'))
    makeFolder(path.dirname(place.folder))
    fs.renameSync(prepared, place.folder)
    syncFolder(path.dirname(place.folder))
  } catch (error) {
    fs.rmSync(prepared, { recursive: true, force: true })
    if (!fs.existsSync(place.folder)) throw error
  }
}

function makeGroup(folder: string, group: number): void {
  try {
    fs.mkdirSync(path.join(folder, `+${group}`))
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  syncFolder(folder)
}

function linkVersion(place: Place, newest: Version | undefined, next: Version, temporary: string): boolean {
  const file = versionPath(place.folder, next.n)
  try {
    fs.linkSync(temporary, file)
    return true
  } catch (error) {
    const code = systemCode(error)
    // A network file system may repeat a request whose answer was lost: then the version there is our own.
    if (code === 'EEXIST') return readVersion(place.folder, next.n)?.nonce === next.nonce
    if (code === 'ENOENT')
      return healGroup(place, newest, next.n) && linkVersion(place, newest, next, temporary)
    if (isWithoutLinks(error)) throw withoutLinks(place.folder, error)
    throw error
  }
}

/** A missing group means that this writer is late, unless nobody went on: then a crash took the group. */
function healGroup(place: Place, newest: Version | undefined, n: number): boolean {
  const group = Math.floor(n / GROUP_VERSIONS)
  if (fs.existsSync(path.join(place.folder, `+${group}`))) return false
  if (readNewest(place.folder)?.nonce !== newest?.nonce) return false
  makeFolder(place.folder)
  makeGroup(place.folder, group)
  return true
}

/** Rule 3. A version whose group was pruned since is one of the chain: only whole, finished groups are. */
function isOfThePresent(folder: string, own: Version): boolean {
  const newest = readNewest(folder)
  if (newest === undefined || newest.n <= own.n) return true
  const file = versionPath(folder, own.n)
  const after = readVersion(folder, own.n + 1)
  const stray = after === undefined ? fs.existsSync(file) : after.previous !== own.nonce
  if (stray) removeQuietly(file)
  return !stray
}

/** Oldest first, so that rule 3 never finds the next version gone while its own is still there. */
function prune(place: Place, group: number): void {
  const groups = listNumbers(place.folder, /^\+(\d{1,15})$/) ?? []
  for (const old of groups.filter((one) => one <= group - 2).reverse()) {
    const away = place.temporaryPath()
    try {
      fs.renameSync(path.join(place.folder, `+${old}`), away)
      fs.rmSync(away, { recursive: true, force: true })
    } catch {
      // Another writer prunes too, or a reader holds a file open: the next round takes what is left.
      return
    }
  }
}

function withoutLinks(folder: string, cause: unknown): DvError {
  return new DvError(
    'DV_UNSUPPORTED',
    `The file system of '${folder}' has no hard links, which dv needs to change a branch safely`,
    {
      hint: 'put the store on a file system that has them, with --store DIR; data may stay where it is',
      data: { path: folder },
      cause,
    },
  )
}
