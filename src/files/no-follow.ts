// Nothing is written, deleted or read through a symbolic link that lies inside the working directory.
import fs from 'node:fs'
import { DvError, fromSystemError, parentPath, systemCode } from '../base/index.js'
import { quotePath } from './path-safety.js'

/** Throws DV_UNSAFE_PATH when a parent of `path` below `root` is there and is not a real directory. Asks the file
 * system each time. */
export function assertNoSymlinkParents(root: string, path: string): void {
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    if (!isRealDirectory(root, path.slice(0, end))) return
  }
}

/** Remembers which parents were real directories, until the next link is made or another program may have acted. */
export class ParentGuard {
  readonly #root: string
  readonly #known = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** As assertNoSymlinkParents(), asking once per directory. Returns whether the parents are there. */
  check(path: string): boolean {
    const parent = parentPath(path)
    if (parent === '' || this.#known.has(parent)) return true
    const isThere = this.check(parent) && isRealDirectory(this.#root, parent)
    if (isThere) this.#known.add(parent)
    return isThere
  }

  /** Must be called after every symbolic link made and every directory removed under the root. */
  forget(): void {
    this.#known.clear()
  }
}

/** True: a directory. False: nothing there. Throws DV_UNSAFE_PATH for anything else. */
function isRealDirectory(root: string, path: string): boolean {
  const stats = fs.lstatSync(`${root}/${path}`, { throwIfNoEntry: false })
  if (stats === undefined) return false
  if (stats.isDirectory()) return true
  throw noDirectory(root, path)
}

/** The error of a path that would have to be a directory, saying what is there. */
export function noDirectory(root: string, path: string): DvError {
  const isLink = fs.lstatSync(`${root}/${path}`, { throwIfNoEntry: false })?.isSymbolicLink()
  const what = isLink ? 'a symbolic link' : 'not a directory'
  return new DvError('DV_UNSAFE_PATH', `Cannot go through ${quotePath(path)}: it is ${what}`, {
    data: { path },
  })
}

/** Opens a regular file for reading without following a link in its last component; the caller closes it. Throws
 * DV_FILE_CHANGED when something else than a regular file stands there. */
export function openForReading(root: string, path: string): number {
  return openWithStat(root, path).descriptor
}

/** The same, with the stat that told what it is. */
export function openWithStat(root: string, path: string): { descriptor: number; stats: fs.BigIntStats } {
  const full = `${root}/${path}`
  let descriptor: number
  try {
    // O_NONBLOCK: a pipe that took the file's place must not hang us.
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants
    descriptor = fs.openSync(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ELOOP' || code === 'EMLINK' || code === 'ENXIO') throw changed(path)
    throw fromSystemError(error, 'read', path)
  }
  const stats = fs.fstatSync(descriptor, { bigint: true })
  const isSame = fs.constants.O_NOFOLLOW !== undefined || fs.lstatSync(full).isFile()
  if (stats.isFile() && isSame) return { descriptor, stats }
  fs.closeSync(descriptor)
  throw changed(path)
}

function changed(path: string): DvError {
  return new DvError(
    'DV_FILE_CHANGED',
    `The file ${quotePath(path)} was replaced by something else while it was read`,
    {
      data: { path },
      hint: 'run the command again',
    },
  )
}
