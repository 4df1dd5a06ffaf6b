// Where dv.lock is, read and written whole.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError } from '../base/index.js'
import { placeFile, syncDirectory, temporaryName, writeFileAtomic } from '../files/index.js'
import { stateFolder } from './installed.js'
import { decodeLock, encodeLock, LOCK_FILE, type Pin } from './lock-file.js'

const LOCK_BYTES_MAX = 16 * 1024 * 1024

/** The nearest lock file at or above a folder. */
export function findLockFile(folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const file = path.join(at, LOCK_FILE)
    if (fs.existsSync(file)) return file
    if (at === path.dirname(at)) return undefined
  }
}

export function readLock(file: string): Pin[] {
  return decodeLock(bytesOf(file), file)
}

/** Never more than a lock file can have, and nothing but a file. */
function bytesOf(file: string): Uint8Array {
  try {
    const { size, isFile } = statOf(file)
    if (isFile && size <= LOCK_BYTES_MAX) return fs.readFileSync(file)
    throw new DvError(
      'DV_BAD_LOCK_FILE',
      isFile ? `'${file}' has ${size} bytes, more than any lock file` : `'${file}' is no file`,
      { data: { file }, hint: "a lock file is written by 'dv require'" },
    )
  } catch (error) {
    throw fromSystemError(error, 'read', file)
  }
}

function statOf(file: string): { size: number; isFile: boolean } {
  const stats = fs.statSync(file)
  return { size: stats.size, isFile: stats.isFile() }
}

/** In one step, durably; no part of it is ever seen beside the code. A lock file that is a link stays one. */
export function writeLock(file: string, pins: readonly Pin[]): void {
  const target = fs.existsSync(file) ? fs.realpathSync(file) : file
  const temporary = temporaryName(path.join(stateFolder(path.dirname(file)), LOCK_FILE))
  writeFileAtomic(temporary, encodeLock(pins), { sync: true })
  placeFile(temporary, target)
  syncDirectory(path.dirname(target))
}

const RELATIVE = /^\.\.?(\/|$)/

/** What a pin's address means on this machine. */
export function urlOf({ url }: Pick<Pin, 'url'>, lockFile: string): string {
  return RELATIVE.test(url) ? path.resolve(path.dirname(lockFile), url) : url
}

/** A folder as a lock file says it: it moves with the code when it was typed as seen from there. */
export function storedUrl(folder: string, lockFile: string): string {
  const relative = path.relative(path.dirname(lockFile), folder).split(path.sep).join('/')
  return relative.startsWith('../') || relative === '..' ? relative : `./${relative}`
}
