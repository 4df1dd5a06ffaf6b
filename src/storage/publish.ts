// How a file becomes visible: written under a temporary name, synced, then given its name in one step, and the
// folder synced. Whoever sees the name sees all of the bytes, also after a loss of power.
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { systemCode } from '../base/index.js'

const fsync = promisify(fs.fsync)

/** Creates `file` with `pieces` one after the other, on the disk when it returns. Removes it when that fails. */
export function writeSynced(file: string, pieces: readonly Uint8Array[]): void {
  const fd = fs.openSync(file, 'wx', 0o444)
  try {
    for (const piece of pieces) writeFully(fd, piece)
    fs.fsyncSync(fd)
  } catch (error) {
    closeQuietly(fd)
    removeQuietly(file)
    throw error
  }
  fs.closeSync(fd)
}

/** Gives the synced file `temporary` its name for good, unless the name is taken: then the first one stays and the
 * answer is false. Either way `temporary` is gone and the name is durable. */
export function publishOnce(temporary: string, file: string): boolean {
  try {
    const won = linkOrRename(temporary, file)
    try {
      syncFolder(path.dirname(file))
    } catch (error) {
      if (won) removeQuietly(file)
      throw error
    }
    return won
  } finally {
    removeQuietly(temporary)
  }
}

function linkOrRename(temporary: string, file: string): boolean {
  try {
    fs.linkSync(temporary, file)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    if (!isWithoutLinks(error)) throw error
  }
  if (fs.existsSync(file)) return false
  fs.renameSync(temporary, file)
  return true
}

/** Whether link() failed because this file system has none. */
export function isWithoutLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(systemCode(error) ?? '')
}

/** Makes a folder and those above it, each durable in the one that holds it. */
export function makeFolder(folder: string): void {
  const first = fs.mkdirSync(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = path.dirname(made))
    syncFolder(path.dirname(made))
}

/** Makes the names in a folder durable, where the system knows how to. */
export function syncFolder(folder: string): void {
  let fd: number | undefined
  try {
    fd = fs.openSync(folder, 'r')
    fs.fsyncSync(fd)
  } catch (error) {
    const code = systemCode(error) ?? ''
    const windows = process.platform === 'win32' && ['EPERM', 'EACCES', 'EISDIR', 'EBADF'].includes(code)
    if (!windows && !['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

/** Syncs a file that someone else wrote, and takes the right to write from it. The disk works while the caller does. */
export async function sealFile(file: string): Promise<void> {
  const fd = fs.openSync(file, 'r+')
  try {
    fs.fchmodSync(fd, fs.fstatSync(fd).mode & 0o444)
    await fsync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

export function removeQuietly(file: string): void {
  try {
    fs.unlinkSync(file)
  } catch {
    // Left over at worst: nothing reads it, and the sweep of temporary files takes it later.
  }
}

function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done)
}

function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd)
  } catch {
    // The error that led here says more.
  }
}
