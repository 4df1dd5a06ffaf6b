// The names in a working directory, in manifest order, without what is ignored: one synchronous walk that reads
// directories and nothing else. Memory is that of the names of one directory per level, whatever the size of the tree.
import fs from 'node:fs'
import { comparePaths, DvError, fromSystemError, fromUtf8 } from '../base/index.js'
import { openForReading, quotePath, whyNeverName } from '../files/index.js'
import { IGNORE_FILE, IGNORE_FILE_BYTES_MAX, type IgnoreScope, rootIgnoreScope } from './ignore-rules.js'
import { isGone } from './stat-rows.js'

/** A path to record, by what its directory says of it. */
export interface NamedPath {
  path: string
  /** Otherwise a file or a symbolic link. */
  isDirectory: boolean
}

export interface SkippedEntry {
  path: string
  reason: 'special file' | 'reserved name'
}

/** Which paths a walk is about. */
export interface PathFilter {
  matches(path: string): boolean
  /** False only when nothing below `directory` can match. */
  couldMatchBelow(directory: string): boolean
}

export interface WalkOptions {
  /** Only these; others are passed over without being read where possible. */
  include?: PathFilter
  /** False: also what `.dvignore` leaves out (never `.dv` and `.git`). */
  useIgnoreFiles?: boolean
  /** Called with what is there and cannot be recorded: sockets, devices, names that read as `.dv`. */
  onSkipped?: (entry: SkippedEntry) => void
  signal?: AbortSignal
}

/** Files, symbolic links, and directories that hold nothing to record. Throws DV_PERMISSION for a directory that
 * cannot be read, DV_UNREPRESENTABLE_PATH for a name that is not UTF-8. */
export function walkNames(root: string, options: WalkOptions): Generator<NamedPath> {
  const walk: Walk = { root, ...options }
  const listing = readListing(walk, '') ?? { sorted: [] }
  const scope = rootIgnoreScope(readIgnoreFile(walk, '', listing))
  return walkFrom(walk, { path: '', listing, scope, next: 0, holdsAny: true })
}

/** The error of what cannot be recorded because it is not UTF-8. */
export function unrepresentable(message: string, path: string): DvError {
  const hint = `rename it, or leave it out in '${IGNORE_FILE}'`
  return new DvError('DV_UNREPRESENTABLE_PATH', message, { data: { path }, hint })
}

interface Walk extends WalkOptions {
  root: string
}

/** A directory that is being walked. */
interface Directory {
  path: string
  listing: Listing
  scope: IgnoreScope
  /** Of `listing.sorted`. */
  next: number
  /** Anything to record, whether or not the filter wants it. */
  holdsAny: boolean
}

interface Listing {
  /** In manifest order. */
  sorted: fs.Dirent[]
  /** The bytes of those that are not UTF-8, by how they stand in `sorted`. */
  invalid?: Map<string, Buffer>
}

/** Directories may be nested deeper than calls may: those on the way are a list. */
function* walkFrom(walk: Walk, top: Directory): Generator<NamedPath> {
  const { include } = walk
  const way = [top]
  for (let directory = way.at(-1); directory; directory = way.at(-1)) {
    const entry = directory.listing.sorted[directory.next++]
    if (entry === undefined) {
      way.pop()
      const { path, holdsAny } = directory
      if (!holdsAny && isWanted(include, path)) yield { path, isDirectory: true }
      continue
    }
    checkSignal(walk.signal)
    const path = directory.path === '' ? entry.name : `${directory.path}/${entry.name}`
    if (!isToRecord(walk, directory, { entry, path })) continue
    directory.holdsAny = true
    if (!entry.isDirectory()) {
      if (isWanted(include, path)) yield { path, isDirectory: false }
      continue
    }
    const inner = enterDirectory(walk, directory, path)
    if (inner) way.push(inner)
  }
}

function isWanted(include: PathFilter | undefined, path: string): boolean {
  return include === undefined || include.matches(path)
}

/** Throws DV_UNREPRESENTABLE_PATH for a name that is not UTF-8. */
function isToRecord(
  walk: Walk,
  directory: Directory,
  { entry, path }: { entry: fs.Dirent; path: string },
): boolean {
  const { name } = entry
  if (name === '.dv' || name === '.git') return false
  if (directory.listing.invalid?.has(name)) {
    checkInvalidName(walk, directory, name)
    return false
  }
  if (walk.useIgnoreFiles !== false && directory.scope.ignores(name, entry.isDirectory())) return false
  const reason = whySkipped(entry)
  if (reason === undefined) return true
  if (walk.onSkipped && isWanted(walk.include, path)) walk.onSkipped({ path, reason })
  return false
}

function whySkipped(entry: fs.Dirent): SkippedEntry['reason'] | undefined {
  if (!entry.isDirectory() && !entry.isFile() && !entry.isSymbolicLink()) return 'special file'
  return whyNeverName(entry.name) === undefined ? undefined : 'reserved name'
}

/** Undefined: it is gone, or nothing in it can be wanted. */
function enterDirectory(walk: Walk, outer: Directory, path: string): Directory | undefined {
  const { include } = walk
  if (!isWanted(include, path) && !include!.couldMatchBelow(path)) return undefined
  const listing = readListing(walk, path)
  if (listing === undefined) return undefined
  const name = path.slice(path.lastIndexOf('/') + 1)
  const scope = outer.scope.enter(name, readIgnoreFile(walk, path, listing))
  return { path, listing, scope, next: 0, holdsAny: false }
}

/** What is in a directory; undefined when it is gone. */
function readListing(walk: Walk, path: string): Listing | undefined {
  const full = path === '' ? walk.root : `${walk.root}/${path}`
  try {
    const entries = fs.readdirSync(full, { withFileTypes: true })
    // UTF-16 units differ from UTF-8 bytes in their order only from the surrogates on.
    const isPlain = !entries.some(({ name }) => /[\ud800-\uffff]/.test(name))
    const sorted = entries.sort(isPlain ? byUnits : (a, b) => comparePaths(a.name, b.name))
    if (isPlain || !entries.some(({ name }) => name.includes('\ufffd'))) return { sorted }
    return { sorted, invalid: findInvalidNames(full) }
  } catch (error) {
    if (path !== '' && isGone(error)) return undefined
    throw fromSystemError(error, 'read the directory', path === '' ? walk.root : path)
  }
}

function byUnits(a: fs.Dirent, b: fs.Dirent): number {
  return a.name < b.name ? -1 : 1
}

/** U+FFFD may stand in a name by right: only the bytes tell whether it is a replacement. */
function findInvalidNames(full: string): Map<string, Buffer> {
  const invalid = new Map<string, Buffer>()
  for (const bytes of fs.readdirSync(full, { encoding: 'buffer' })) {
    try {
      fromUtf8(bytes)
    } catch {
      invalid.set(bytes.toString('utf8'), bytes)
    }
  }
  return invalid
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DvError('DV_INTERRUPTED', 'Interrupted while reading the working directory')
}

/** Throws for a name that is not UTF-8, unless it is ignored. */
function checkInvalidName(walk: Walk, { path, listing, scope }: Directory, name: string): void {
  if (walk.useIgnoreFiles !== false && scope.ignores(name, false)) return
  const bytes = listing.invalid!.get(name)!
  const quoted = quotePath(path === '' ? bytes : Buffer.concat([Buffer.from(`${path}/`), bytes]))
  throw unrepresentable(`The name of ${quoted} is not UTF-8`, quoted.slice(1, -1))
}

function readIgnoreFile(walk: Walk, path: string, { sorted }: Listing): string | undefined {
  if (walk.useIgnoreFiles === false) return undefined
  if (!sorted.some((entry) => entry.name === IGNORE_FILE && entry.isFile())) return undefined
  const file = path === '' ? IGNORE_FILE : `${path}/${IGNORE_FILE}`
  const descriptor = openForReading(walk.root, file)
  try {
    const { size } = fs.fstatSync(descriptor)
    if (size > IGNORE_FILE_BYTES_MAX) throw tooLarge(file, size)
    return fs.readFileSync(descriptor, 'utf8')
  } finally {
    fs.closeSync(descriptor)
  }
}

function tooLarge(file: string, size: number): DvError {
  const message = `The file ${quotePath(file)} has ${size} bytes, more than ${IGNORE_FILE_BYTES_MAX}`
  return new DvError('DV_BAD_PATTERN', message, { data: { path: file, size } })
}
