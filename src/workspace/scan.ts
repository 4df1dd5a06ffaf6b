// What stands in a working directory, in manifest order: the names by one walk, their stats ahead of it by threads.
// Entries are made one at a time and may be dropped by the caller at once.
// Times are bigint nanoseconds: exact, and measured at 5 % of the walk against doubles.
import fs from 'node:fs'
import { fromSystemError, fromUtf8 } from '../base/index.js'
import { quotePath } from '../files/index.js'
import type { EntryKind } from '../objects/index.js'
import { statAhead } from './stat-ahead.js'
import { readStat, ROW } from './stat-rows.js'
import { unrepresentable, walkNames, type WalkOptions } from './walk.js'

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

export interface ScanOptions extends WalkOptions {
  /** False where the file system has no executable bit: all files are then of kind 'file'. */
  executableBit?: boolean
}

/** Files, symbolic links, and directories that hold nothing to record, in manifest order. Throws DV_PERMISSION for a
 * directory that cannot be read, DV_UNREPRESENTABLE_PATH for a name that is not UTF-8. */
export function* scanTree(root: string, options: ScanOptions = {}): Generator<ScanEntry> {
  const executableBit = options.executableBit ?? process.platform !== 'win32'
  for (const { items, rows } of statAhead(root, walkNames(root, options))) {
    for (let i = 0, at = 0; i < items.length; i++, at += ROW) {
      const { path, isDirectory } = items[i]!
      const kind = kindOf(Number(rows[at]), executableBit)
      // What is gone, or has made way for a directory or taken its place, since its name was read.
      if (kind === undefined || (kind === 'directory') !== isDirectory) continue
      const [size, mtimeNs, ctimeNs, ino] = [rows[at + 1]!, rows[at + 2]!, rows[at + 3]!, rows[at + 4]!]
      yield toEntry(path, kind, { size, mtimeNs, ctimeNs, ino })
    }
  }
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
  const stats = readStat(root, path)
  if (stats === undefined) return undefined
  const kind = kindOf(Number(stats.mode), options.executableBit ?? process.platform !== 'win32')
  return kind === undefined ? undefined : toEntry(path, kind, stats)
}

function kindOf(mode: number, executableBit: boolean): EntryKind | undefined {
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

type Stats = Pick<fs.BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs' | 'ino'>

function toEntry(path: string, kind: EntryKind, { size, mtimeNs, ctimeNs, ino }: Stats): ScanEntry {
  return {
    path,
    kind,
    size: kind === 'directory' ? 0 : Number(size),
    // The stat cache holds 64 bits of each: times after 2262 wrap here, so that they still compare equal there.
    mtimeNs: BigInt.asIntN(64, mtimeNs),
    ctimeNs: BigInt.asIntN(64, ctimeNs),
    inode: BigInt.asUintN(64, ino),
  }
}
