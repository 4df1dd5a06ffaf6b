// Where a change of the working directory lands. Between a look at a parent and what is then done below it, another program
// may put a symbolic link in its place. Where the system has names for open directories, the parent is held open from that
// look on and gone through by such a name, so that no link leads astray what follows. Elsewhere that moment remains.
import fs from 'node:fs'
import { DvError, fromSystemError, parentPath, systemCode } from '../base/index.js'
import { noDirectory, ParentGuard } from './no-follow.js'
import { quotePath } from './path-safety.js'

/** So many directories are held open at most: the deepest takes the place of those above it. */
const HELD_MAX = 16

/** Whatever a path comes from, none goes further than this. */
const LEADS_UP = /(^|\/)\.{0,2}(\/|$)/

/** Names for what is done below a root, never through a link inside it. Threads have one each. */
export class OpenParents {
  readonly #root: string
  readonly #isHeld: boolean
  readonly #guard: ParentGuard
  /** Each below the one before. */
  readonly #held: { path: string; descriptor: number }[] = []

  /** `isHeld`: whether directories are held open, when it is not to be as the system can. */
  constructor(root: string, { isHeld = hasNamesOfDescriptors() }: { isHeld?: boolean } = {}) {
    this.#root = root
    this.#isHeld = isHeld
    this.#guard = new ParentGuard(root)
  }

  /** A name of `path` for one call of the system, to be used at once: it means something else after the next call of
   * anything here. Undefined: a parent is not there. Throws DV_UNSAFE_PATH when a parent is no real directory, or the path
   * leads up. */
  find(path: string): string | undefined {
    if (LEADS_UP.test(path)) throw unsafe(path)
    const parent = parentPath(path)
    if (parent === '') return `${this.#root}/${path}`
    if (!this.#isHeld) return this.#guard.check(path) ? `${this.#root}/${path}` : undefined
    const descriptor = this.#hold(parent)
    return descriptor === undefined ? undefined : nameIn(descriptor, path.slice(parent.length + 1))
  }

  /** As find(), where parents must be there: throws DV_FILE_CHANGED when one is not. */
  at(path: string): string {
    const name = this.find(path)
    if (name !== undefined) return name
    throw new DvError('DV_FILE_CHANGED', `The directory of ${quotePath(path)} is gone`, {
      data: { path },
      hint: 'another program removed it; run the command again',
    })
  }

  /** Makes a directory and its parents. Returns whether it was not there. */
  makeDirectory(path: string): boolean {
    if (path === '' || this.#isThere(path)) return false
    this.makeDirectory(parentPath(path))
    try {
      fs.mkdirSync(this.at(path))
      return true
    } catch (error) {
      // Somebody else made it.
      if (systemCode(error) === 'EEXIST' && this.#isThere(path)) return false
      throw fromSystemError(error, 'write', path)
    }
  }

  /** Deletes a file or link, when it is there. */
  removeFile(path: string): void {
    try {
      const name = this.find(path)
      if (name !== undefined) fs.rmSync(name, { force: true })
    } catch (error) {
      throw fromSystemError(error, 'delete', path)
    }
  }

  /** Looks at parents anew from here on. Must be called after every symbolic link made and every directory removed under
   * the root, when other programs may have acted, and at the end. */
  forget(): void {
    this.#guard.forget()
    this.#letGo(0)
  }

  #isThere(directory: string): boolean {
    return this.find(`${directory}/x`) !== undefined
  }

  /** A descriptor of a directory that was no link, and was reached through none; undefined: it is not there. */
  #hold(directory: string): number | undefined {
    const kept = this.#held.findIndex(({ path }) => directory !== path && !directory.startsWith(`${path}/`))
    if (kept >= 0) this.#letGo(kept)
    for (;;) {
      const last = this.#held.at(-1)
      if (last?.path === directory) return last.descriptor
      const from = last ? last.path.length + 1 : 0
      const end = directory.indexOf('/', from)
      const path = end < 0 ? directory : directory.slice(0, end)
      const name = last ? nameIn(last.descriptor, path.slice(from)) : `${this.#root}/${path}`
      const descriptor = this.#open(name, path)
      if (descriptor === undefined) return undefined
      if (this.#held.length === HELD_MAX) this.#letGo(HELD_MAX - 1)
      this.#held.push({ path, descriptor })
    }
  }

  #open(name: string, path: string): number | undefined {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
    try {
      return fs.openSync(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    } catch (error) {
      const code = systemCode(error)
      if (code === 'ENOENT') return undefined
      if (code === 'ELOOP' || code === 'ENOTDIR') throw noDirectory(this.#root, path)
      throw fromSystemError(error, 'read the directory', path)
    }
  }

  #letGo(from: number): void {
    for (const { descriptor } of this.#held.splice(from)) fs.closeSync(descriptor)
  }
}

function unsafe(path: string): DvError {
  return new DvError('DV_UNSAFE_PATH', `The path ${quotePath(path)} leads out of the working directory`, {
    data: { path },
  })
}

function nameIn(descriptor: number, name: string): string {
  return `/proc/self/fd/${descriptor}/${name}`
}

let known: boolean | undefined

/** Linux with its /proc: elsewhere no call of Node goes on from an open directory. */
function hasNamesOfDescriptors(): boolean {
  known ??= process.platform === 'linux' && leadsBack('/')
  return known
}

function leadsBack(folder: string): boolean {
  const descriptor = fs.openSync(folder, fs.constants.O_DIRECTORY)
  try {
    const there = fs.statSync(nameIn(descriptor, '.'), { throwIfNoEntry: false, bigint: true })
    const own = fs.fstatSync(descriptor, { bigint: true })
    return there?.ino === own.ino && there.dev === own.dev
  } catch {
    return false
  } finally {
    fs.closeSync(descriptor)
  }
}
