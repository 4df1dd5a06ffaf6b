// One synchronous walk of a working directory, in manifest order. Entries are made one at a time and may be dropped by
// the caller at once: memory is that of the names of one directory per level, whatever the size of the tree.
// Times are bigint nanoseconds: exact, and measured at 5 % of the walk against doubles.
import fs from 'node:fs'
import { comparePaths, DvError, fromSystemError, fromUtf8, systemCode } from '../base/index.js'
import type { EntryKind } from '../objects/index.js'
import { IGNORE_FILE, IGNORE_FILE_BYTES_MAX, type IgnoreScope, rootIgnoreScope } from './ignore-rules.js'
import { openForReading, quotePath, whyNeverName } from '../files/index.js'

/** What stands at a path on disk. */
export interface ScanEntry {
  path: string
  kind: EntryKind
  /** Bytes; of a symbolic link those of its target, of a directory 0. */
  size: number
  mtimeNs: bigint
  ctimeNs: bigint
  inode: bigint
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

export interface ScanOptions {
  /** Only these; others are passed over without being read where possible. */
  include?: PathFilter
  /** False: also what `.dvignore` leaves out (never `.dv` and `.git`). */
  useIgnoreFiles?: boolean
  /** False where the file system has no executable bit: all files are then of kind 'file'. */
  executableBit?: boolean
  /** Called with what is there and cannot be recorded: sockets, devices, names that read as `.dv`. */
  onSkipped?: (entry: SkippedEntry) => void
  signal?: AbortSignal
}

/** Files, symbolic links, and directories that hold nothing to record, in manifest order. Throws DV_PERMISSION for a
 * directory that cannot be read, DV_UNREPRESENTABLE_PATH for a name that is not UTF-8. */
export function scanTree(root: string, options: ScanOptions = {}): Generator<ScanEntry> {
  const walk: Walk = {
    root,
    ...options,
    executableBit: options.executableBit ?? process.platform !== 'win32',
  }
  const names = readNames(walk, '') ?? { sorted: [] }
  return scanDirectory(walk, {
    path: '',
    names,
    scope: rootIgnoreScope(readIgnoreFile(walk, '', names.sorted)),
  })
}

/** The target of a symbolic link. Throws DV_UNREPRESENTABLE_PATH when it is not UTF-8. */
export function readSymlink(root: string, path: string): string {
  let bytes: Buffer
  try {
    bytes = fs.readlinkSync(`${root}/${path}`, { encoding: 'buffer' })
  } catch (error) {
    throw fromSystemError(error, 'read the symbolic link', path)
  }
  try {
    return fromUtf8(bytes)
  } catch {
    throw unrepresentable(
      `The symbolic link ${quotePath(path)} points to ${quotePath(bytes)}, which is not UTF-8`,
      path,
    )
  }
}

/** What stands at one path, or undefined: nothing, or nothing that can be recorded. */
export function scanPath(
  root: string,
  path: string,
  options: Pick<ScanOptions, 'executableBit'> = {},
): ScanEntry | undefined {
  const stats = statOf(`${root}/${path}`, path)
  if (stats === undefined) return undefined
  const kind = kindOf(stats, options.executableBit ?? process.platform !== 'win32')
  return kind === undefined ? undefined : toEntry(path, kind, stats)
}

interface Walk extends ScanOptions {
  root: string
  executableBit: boolean
}

interface Directory {
  path: string
  names: Names
  scope: IgnoreScope
}

interface Names {
  /** In manifest order. */
  sorted: string[]
  /** The bytes of those that are not UTF-8, by how they stand in `sorted`. */
  invalid?: Map<string, Buffer>
}

/** Returns whether the directory holds anything to record, whether or not the filter wants it. */
function* scanDirectory(walk: Walk, directory: Directory): Generator<ScanEntry, boolean> {
  const { include, onSkipped } = walk
  const prefix = directory.path === '' ? '' : `${directory.path}/`
  let holdsAny = false
  for (const name of directory.names.sorted) {
    checkSignal(walk.signal)
    if (name === '.dv' || name === '.git') continue
    const path = prefix + name
    if (directory.names.invalid?.has(name)) {
      checkInvalidName(walk, directory, name)
      continue
    }
    const stats = statOf(`${walk.root}/${path}`, path)
    if (stats === undefined) continue
    const kind = kindOf(stats, walk.executableBit)
    if (walk.useIgnoreFiles !== false && directory.scope.ignores(name, kind === 'directory')) continue
    if (kind === undefined || whyNeverName(name) !== undefined) {
      onSkipped?.({ path, reason: kind === undefined ? 'special file' : 'reserved name' })
      continue
    }
    holdsAny = true
    if (kind === 'directory') yield* enterDirectory(walk, directory, path, stats)
    else if (include === undefined || include.matches(path)) yield toEntry(path, kind, stats)
  }
  return holdsAny
}

function* enterDirectory(
  walk: Walk,
  outer: Directory,
  path: string,
  stats: fs.BigIntStats,
): Generator<ScanEntry> {
  const { include } = walk
  const isWanted = include === undefined || include.matches(path)
  if (!isWanted && !include.couldMatchBelow(path)) return
  const names = readNames(walk, path)
  if (names === undefined) return
  const name = path.slice(path.lastIndexOf('/') + 1)
  const inner = { path, names, scope: outer.scope.enter(name, readIgnoreFile(walk, path, names.sorted)) }
  const holdsAny = yield* scanDirectory(walk, inner)
  if (!holdsAny && isWanted) yield toEntry(path, 'directory', stats)
}

/** The names in a directory; undefined when it is gone. */
function readNames(walk: Walk, path: string): Names | undefined {
  const full = path === '' ? walk.root : `${walk.root}/${path}`
  try {
    const names = fs.readdirSync(full)
    // The default order is that of UTF-16 units, which differs from that of UTF-8 bytes only from the surrogates on.
    const sorted = names.some((name) => /[\ud800-\uffff]/.test(name))
      ? names.sort(comparePaths)
      : names.sort()
    if (!names.some((name) => name.includes('\ufffd'))) return { sorted }
    return { sorted, invalid: findInvalidNames(full) }
  } catch (error) {
    if (path !== '' && isGone(error)) return undefined
    throw fromSystemError(error, 'read the directory', path === '' ? walk.root : path)
  }
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
function checkInvalidName(walk: Walk, { path, names, scope }: Directory, name: string): void {
  if (walk.useIgnoreFiles !== false && scope.ignores(name, false)) return
  const bytes = names.invalid!.get(name)!
  const quoted = quotePath(path === '' ? bytes : Buffer.concat([Buffer.from(`${path}/`), bytes]))
  throw unrepresentable(`The name of ${quoted} is not UTF-8`, quoted.slice(1, -1))
}

function unrepresentable(message: string, path: string): DvError {
  const hint = `rename it, or leave it out in '${IGNORE_FILE}'`
  return new DvError('DV_UNREPRESENTABLE_PATH', message, { data: { path }, hint })
}

function readIgnoreFile(walk: Walk, path: string, names: string[]): string | undefined {
  if (walk.useIgnoreFiles === false || !names.includes(IGNORE_FILE)) return undefined
  const file = path === '' ? IGNORE_FILE : `${path}/${IGNORE_FILE}`
  if (!fs.lstatSync(`${walk.root}/${file}`, { throwIfNoEntry: false })?.isFile()) return undefined
  const descriptor = openForReading(walk.root, file)
  try {
    const { size } = fs.fstatSync(descriptor)
    if (size > IGNORE_FILE_BYTES_MAX) {
      throw new DvError(
        'DV_BAD_PATTERN',
        `The file ${quotePath(file)} has ${size} bytes, more than ${IGNORE_FILE_BYTES_MAX}`,
        {
          data: { path: file, size },
        },
      )
    }
    return fs.readFileSync(descriptor, 'utf8')
  } finally {
    fs.closeSync(descriptor)
  }
}

function statOf(full: string, path: string): fs.BigIntStats | undefined {
  try {
    return fs.lstatSync(full, STAT_OPTIONS)
  } catch (error) {
    if (isGone(error)) return undefined
    throw fromSystemError(error, 'read', path)
  }
}

const STAT_OPTIONS = { bigint: true, throwIfNoEntry: false } as const

function isGone(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function kindOf(stats: fs.BigIntStats, executableBit: boolean): EntryKind | undefined {
  const mode = Number(stats.mode)
  switch (mode & fs.constants.S_IFMT) {
    case fs.constants.S_IFREG:
      return executableBit && (mode & 0o100) !== 0 ? 'executable' : 'file'
    case fs.constants.S_IFDIR:
      return 'directory'
    case fs.constants.S_IFLNK:
      return 'symlink'
    default:
      return undefined
  }
}

function toEntry(path: string, kind: EntryKind, stats: fs.BigIntStats): ScanEntry {
  return {
    path,
    kind,
    size: kind === 'directory' ? 0 : Number(stats.size),
    // The stat cache holds 64 bits of each: times after 2262 wrap here, so that they still compare equal there.
    mtimeNs: BigInt.asIntN(64, stats.mtimeNs),
    ctimeNs: BigInt.asIntN(64, stats.ctimeNs),
    inode: BigInt.asUintN(64, stats.ino),
  }
}
