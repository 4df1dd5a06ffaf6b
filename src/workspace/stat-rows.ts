// What lstat tells of many files, as rows of 64-bit numbers: the form in which threads share it.
import fs from 'node:fs'
import { fromSystemError, systemCode } from '../base/index.js'

/** Columns of a row: mode, size, mtime and ctime in ns, inode. A mode of 0: nothing is there. */
export const ROW = 5
/** Paths to a batch: a thread is fed, and its work waited for, by batches. */
export const BATCH_PATHS = 256

const OPTIONS = { bigint: true, throwIfNoEntry: false } as const

/** Fills the rows of `paths` below `root`. Throws for a path that is there and may not be looked at. */
export function readStats(root: string, paths: readonly string[], rows: BigInt64Array): void {
  for (let i = 0, at = 0; i < paths.length; i++, at += ROW) {
    const stats = readStat(root, paths[i]!)
    rows[at] = stats?.mode ?? 0n
    if (!stats) continue
    rows[at + 1] = stats.size
    rows[at + 2] = stats.mtimeNs
    rows[at + 3] = stats.ctimeNs
    rows[at + 4] = stats.ino
  }
}

/** What stands at a path, or undefined. Links are not followed. */
export function readStat(root: string, path: string): fs.BigIntStats | undefined {
  try {
    return fs.lstatSync(`${root}/${path}`, OPTIONS)
  } catch (error) {
    if (isGone(error)) return undefined
    throw fromSystemError(error, 'read', path)
  }
}

export function isGone(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
