// Reads files that other programs may be changing: a file counts only when its stat before and after agree.
import fs from 'node:fs'
import { DvError, fromSystemError } from '../base/index.js'
import { openWithStat } from '../files/index.js'
import type { FileStat } from './tasks.js'

/** Runs `work` on an open regular file. Throws DV_FILE_CHANGED when it is no longer as `expected`, or when it changed
 * while `work` read it. */
export function withSourceFile<T>(
  root: string,
  path: string,
  work: (fd: number, stat: FileStat) => T,
  expected?: FileStat,
): T {
  const { descriptor: fd, stats } = openWithStat(root, path)
  try {
    const before = fromStats(stats)
    if (expected && !sameStat(before, expected)) throw changed(path)
    const result = work(fd, before)
    if (!sameStat(before, statOf(fd))) throw changed(path)
    return result
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  } finally {
    fs.closeSync(fd)
  }
}

export function statOf(fd: number): FileStat {
  return fromStats(fs.fstatSync(fd, { bigint: true }))
}

function fromStats({ size, mtimeNs, ctimeNs, ino }: fs.BigIntStats): FileStat {
  return { size: Number(size), mtimeNs, ctimeNs, inode: ino }
}

/** Whether a file is, as far as the file system tells, what it was. */
export function sameStat(a: FileStat, b: FileStat): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode
}

/** Fills `into` from `offset` of a file. Throws DV_FILE_CHANGED when the file ends before. */
export function readExactly(
  fd: number,
  into: Uint8Array,
  { offset, path }: { offset: number; path: string },
): void {
  for (let at = 0; at < into.length;) {
    const count = fs.readSync(fd, into, at, into.length - at, offset + at)
    if (count === 0) throw changed(path)
    at += count
  }
}

export function changed(path: string): DvError {
  return new DvError('DV_FILE_CHANGED', `The file '${path}' changed while it was read`, {
    data: { path },
    hint: 'run the command again when nothing writes to it',
  })
}

export function vanished(path: string): DvError {
  return new DvError('DV_FILE_CHANGED', `The file '${path}' vanished before it was read`, {
    data: { path },
    hint: 'run the command again',
  })
}
