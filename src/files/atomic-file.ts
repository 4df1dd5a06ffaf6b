// How a file comes into the working directory: whole or not at all.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, randomHex, systemCode, unusedHex } from '../base/index.js'
import { quotePath } from './path-safety.js'

export interface PlaceOptions {
  /** Replace what stands at the target; otherwise DV_WOULD_OVERWRITE when anything does. */
  replace: boolean
}

/** Creates an empty temporary file to be moved into the tree; its mode follows the user's umask. The caller writes and
 * closes the descriptor, then calls placeFile(). */
export function createTemporary(folder: string, executable: boolean): { descriptor: number; file: string } {
  const file = path.join(folder, randomHex(12))
  try {
    return { descriptor: fs.openSync(file, 'wx', executable ? 0o777 : 0o666), file }
  } catch (error) {
    throw fromSystemError(error, 'create', file)
  }
}

/** Moves a closed temporary file to `target`, in one step for whoever looks. The temporary file is gone afterwards,
 * also on failure. Parents must exist and be checked by the caller. */
export function placeFile(temporary: string, target: string, { replace }: PlaceOptions): void {
  try {
    if (replace) renameAcross(temporary, target)
    else linkAcross(temporary, target)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    if (systemCode(error) === 'EEXIST') {
      throw new DvError('DV_WOULD_OVERWRITE', `The file ${quotePath(target)} is already there`, {
        data: { path: target },
        cause: error,
      })
    }
    throw fromSystemError(error, 'write', target)
  }
}

/** Writes a small file of the working directory or of `.dv` in one step. `sync`: it must survive a loss of power. */
export function writeFileAtomic(file: string, bytes: Uint8Array, { sync }: { sync: boolean }): void {
  const temporary = temporaryName(file)
  try {
    const descriptor = fs.openSync(temporary, 'wx')
    try {
      fs.writeFileSync(descriptor, bytes)
      if (sync) fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
    replaceFile(temporary, file)
    if (sync) syncDirectory(path.dirname(file))
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw fromSystemError(error, 'write', file)
  }
}

/** A name beside `file` that no other process uses. */
export function temporaryName(file: string): string {
  return `${file}.${unusedHex()}.tmp`
}

/** rename(), patient with programs that hold a file open on Windows. */
export function replaceFile(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      return fs.renameSync(from, to)
    } catch (error) {
      const code = systemCode(error)
      const isBusy =
        process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY')
      if (!isBusy || attempt === 8) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 << attempt)
    }
  }
}

/** Makes renames in `folder` durable, where the system can. */
export function syncDirectory(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** The target may lie on a file system mounted inside the working directory. */
function renameAcross(from: string, to: string): void {
  try {
    replaceFile(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
    const near = copyNear(from, to)
    try {
      replaceFile(near, to)
    } catch (failure) {
      fs.rmSync(near, { force: true })
      throw failure
    }
    fs.rmSync(from)
  }
}

/** link() and unlink(): unlike rename() it never takes the place of a file made in the meantime. */
function linkAcross(from: string, to: string): void {
  try {
    fs.linkSync(from, to)
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(systemCode(error) ?? ''))
      throw error
    // COPYFILE_EXCL keeps the promise not to overwrite; only being all-at-once is lost where links are not to be had.
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL)
  }
  fs.rmSync(from, { force: true })
}

function copyNear(from: string, to: string): string {
  const near = temporaryName(to)
  fs.copyFileSync(from, near, fs.constants.COPYFILE_EXCL)
  return near
}
