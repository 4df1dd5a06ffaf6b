// How a file comes into the working directory: whole or not at all.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, systemCode, unusedHex } from '../base/index.js'

/** Moves a closed temporary file to `target`, in one step for whoever looks, in the place of what stands there. The
 * temporary file is gone afterwards, also on failure. Parents must exist and be checked by the caller. `name`: what an
 * error calls the target. */
export function placeFile(temporary: string, target: string, name = target): void {
  try {
    renameAcross(temporary, target)
  } catch (error) {
    discardFile(temporary)
    throw fromSystemError(error, 'write', name)
  }
}

/** The same, where nothing stands. Throws DV_WOULD_OVERWRITE, the temporary file still there, when something does. */
export function placeNewFile(temporary: string, target: string): void {
  try {
    fs.linkSync(temporary, target)
    fs.rmSync(temporary)
  } catch (error) {
    if (systemCode(error) === 'EXDEV') return placeNewCopy(temporary, target)
    // A file system without links: then there is a moment between looking and renaming.
    const isThere = systemCode(error) === 'EEXIST' || fs.lstatSync(target, { throwIfNoEntry: false })
    if (!isThere) return replaceFile(temporary, target)
    throw new DvError('DV_WOULD_OVERWRITE', `Something was made at '${target}' in the meantime`, {
      data: { paths: [target] },
      hint: 'look at what it is, then run the command again; --force replaces it',
    })
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
    discardFile(temporary)
    throw fromSystemError(error, 'write', file)
  }
}

/** Removes a file that is of no use any more. What cannot be removed is litter, and hides no failure that led here. */
export function discardFile(file: string): void {
  try {
    fs.rmSync(file, { force: true })
  } catch {
    // A later run takes it, or nobody: nothing reads it.
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
      discardFile(near)
      throw failure
    }
    fs.rmSync(from)
  }
}

function placeNewCopy(temporary: string, target: string): void {
  const near = copyNear(temporary, target)
  try {
    placeNewFile(near, target)
  } finally {
    discardFile(near)
  }
  fs.rmSync(temporary)
}

function copyNear(from: string, to: string): string {
  const near = temporaryName(to)
  fs.copyFileSync(from, near, fs.constants.COPYFILE_EXCL)
  return near
}
