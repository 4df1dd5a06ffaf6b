// Damaged files of a store in a folder, put right or replaced. Only repair does this: to everybody else what is stored
// never changes. A file is replaced in one step by a whole one, so a kill leaves the damage or its cure.
// Rules: spec/19-repair.md, "Records".
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError, isDvError, randomHex, withOneBitBack } from '../base/index.js'
import { readStored } from './descriptors.js'
import { listVersionedNames } from './listing.js'
import { checkName } from './names.js'
import { makeFolder, syncFolder, writeSynced } from './publish.js'
import { newestVersion, olderVersions } from './versions.js'
import { decodeVersion, encodeVersion, type Version } from './version-file.js'

/** Where damaged objects are kept: spec/09-layout.md. */
const ASIDE = 'damaged'

/** Mutable names of the store in the folder `root` whose present value is damaged. */
export function damagedValues(root: string): string[] {
  const cas = path.join(root, 'cas')
  return listVersionedNames(cas, '').filter((name) => {
    const newest = newestVersion(path.join(cas, name))
    return newest !== undefined && !isVersion(read(newest.file), newest.n)
  })
}

/** Puts a damaged value right where that can be proved: by one bit, or by the plain copy of the same version. */
export function mendValue(root: string, name: string): boolean {
  const { n, file } = presentOf(root, name)
  const copy = read(path.join(root, checkName(name)))
  const bytes = isVersion(copy, n) ? copy : withOneBitBack(read(file), (tried) => isVersion(tried, n))
  if (bytes) replace(root, file, bytes)
  return bytes !== undefined
}

/** Values that a damaged name had before, newest first; undefined: it was deleted. */
export function* valuesBefore(root: string, name: string): Generator<Uint8Array | undefined> {
  for (const { n, file } of olderVersions(path.join(root, 'cas', name))) {
    const version = tryDecode(read(file), n)
    if (version) yield version.bytes
  }
}

/** Sets a damaged value, which is kept aside, to what it probably was. Returns where the damaged one is. */
export function replaceValue(root: string, name: string, bytes: Uint8Array | undefined): string {
  const { n, file } = presentOf(root, name)
  const aside = setAside(root, file, `${name}@${n}`)
  const [before] = olderVersions(path.join(root, 'cas', name))
  const previous = before && before.n === n - 1 ? tryDecode(read(before.file), n - 1)?.nonce : undefined
  const version = { n, nonce: randomHex(16), ...(previous && { previous }), ...(bytes && { bytes }) }
  replace(root, file, encodeVersion(version))
  return aside
}

/** Files that no reader of the store needs and that are damaged: versions that others followed, and plain copies. Only a
 * program that shows the folder to others looks at them, and whoever looks for what a lost value was before. */
export function damagedSpares(root: string): Spare[] {
  return listVersionedNames(path.join(root, 'cas'), '').flatMap((name) => {
    const spares: Spare[] = olderVersions(path.join(root, 'cas', name)).map(({ n, file }) => ({
      name,
      n,
      file,
    }))
    const copy = path.join(root, name)
    if (fs.existsSync(copy)) spares.push({ name, file: copy })
    return spares.filter(({ n, file }) => !tryDecode(read(file), n))
  })
}

export interface Spare {
  /** The mutable name. */
  name: string
  /** Absent: the plain copy. */
  n?: number
  file: string
}

/** Puts a spare right, or removes it: it is not needed. */
export function mendSpare(root: string, { name, n, file }: Spare): void {
  const newest = newestVersion(path.join(root, 'cas', name))
  const present = n === undefined && newest ? tryDecode(read(newest.file), newest.n) : undefined
  const bytes = present?.bytes
    ? encodeVersion(present)
    : withOneBitBack(read(file), (tried) => tryDecode(tried, n) !== undefined)
  if (bytes) replace(root, file, bytes)
  else if (clearFolder(root, file) === undefined) attempt(file, () => fs.rmSync(file, { force: true }))
}

/** Puts an immutable object right by one bit; false: that does not help. */
export function mendObject(root: string, name: string, isWhole: (bytes: Uint8Array) => boolean): boolean {
  const file = path.join(root, checkName(name))
  const bytes = withOneBitBack(read(file), isWhole)
  if (bytes) replace(root, file, bytes)
  return bytes !== undefined
}

/** Gives an immutable object that is damaged, and is kept aside, or lost other bytes. Returns where the damaged one is. */
export function replaceObject(root: string, name: string, bytes: Uint8Array): string | undefined {
  const file = path.join(root, checkName(name))
  const aside = fs.existsSync(file) ? setAside(root, file, name) : undefined
  replace(root, file, bytes)
  return aside
}

function presentOf(root: string, name: string): { n: number; file: string } {
  const newest = newestVersion(path.join(root, 'cas', checkName(name)))
  if (!newest) throw new TypeError(`'${name}' has no value that could be damaged`)
  return newest
}

function isVersion(bytes: Uint8Array, n: number): boolean {
  return tryDecode(bytes, n) !== undefined
}

/** `n`: the number that it must be of; undefined: any. */
function tryDecode(bytes: Uint8Array, n: number | undefined): Version | undefined {
  try {
    const version = decodeVersion(bytes, '')
    return n === undefined || version.n === n ? version : undefined
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

/** Nothing for what is not there, or is no file. */
function read(file: string): Uint8Array {
  try {
    return readStored(file) ?? Buffer.alloc(0)
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return Buffer.alloc(0)
    throw fromSystemError(error, 'read', file)
  }
}

/** A folder that stands where a file belongs is kept too, whatever is in it. Returns where; undefined: there is none. */
function clearFolder(root: string, file: string): string | undefined {
  if (!fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) return undefined
  const aside = `${ASIDE}/${path.relative(root, file)}@${randomHex(4)}`
  attempt(file, () => {
    makeFolder(path.dirname(path.join(root, aside)))
    fs.renameSync(file, path.join(root, aside))
  })
  return aside
}

/** Keeps what is damaged under a name of its own. */
function setAside(root: string, file: string, name: string): string {
  const folder = clearFolder(root, file)
  if (folder !== undefined) return folder
  const aside = `${ASIDE}/${name}`
  const target = path.join(root, aside)
  attempt(target, () => {
    makeFolder(path.dirname(target))
    if (!fs.existsSync(target)) fs.copyFileSync(file, target)
    syncFolder(path.dirname(target))
  })
  return aside
}

function replace(root: string, file: string, bytes: Uint8Array): void {
  const temporary = path.join(root, 'tmp', `${process.pid}-${randomHex(16)}`)
  attempt(file, () => {
    makeFolder(path.dirname(temporary))
    makeFolder(path.dirname(file))
    writeSynced(temporary, [bytes])
    clearFolder(root, file)
    fs.renameSync(temporary, file)
    syncFolder(path.dirname(file))
  })
}

function attempt(file: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw fromSystemError(error, 'write', file)
  }
}
