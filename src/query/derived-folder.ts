// A folder of files that can be made anew: bounded, shared by any number of processes, never trusted to be there.
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError } from '../base/index.js'
import { discardFile, replaceFile, temporaryName } from '../files/index.js'

/** A file used so lately may be open in another process, which found it a moment ago. */
const IN_USE_MS = 10 * 60 * 1000
/** After making room it is so much below its bound, so that not every process has to. */
const TRIM_TO = 0.9

export class DerivedFolder {
  readonly path: string
  readonly #limit: number

  /** `limit`: bytes. */
  constructor(folder: string, limit: number) {
    this.path = folder
    this.#limit = limit
    try {
      fs.mkdirSync(folder, { recursive: true })
    } catch (error) {
      throw fromSystemError(error, 'write', folder)
    }
  }

  file(name: string): string {
    return path.join(this.path, name)
  }

  /** Whether there is a plain file of that name: a link that someone put there leads elsewhere. Marks it as used. */
  has(name: string): boolean {
    const file = this.file(name)
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    if (!stat) return false
    if (!stat.isFile()) {
      discardFile(file)
      return false
    }
    this.use(name)
    return true
  }

  use(name: string): void {
    const now = new Date()
    try {
      fs.utimesSync(this.file(name), now, now)
    } catch {
      // It goes earlier than it might.
    }
  }

  remove(name: string): void {
    discardFile(this.file(name))
  }

  /** Makes a file, whole or not at all. Returns what `write` does. */
  async make<T>(name: string, write: (descriptor: number, temporary: string) => Promise<T>): Promise<T> {
    const file = this.file(name)
    const temporary = temporaryName(file)
    try {
      const descriptor = fs.openSync(temporary, 'wx')
      let result: T
      try {
        result = await write(descriptor, temporary)
      } finally {
        fs.closeSync(descriptor)
      }
      replaceFile(temporary, file)
      return result
    } catch (error) {
      discardFile(temporary)
      throw fromSystemError(error, 'write', file)
    } finally {
      this.#trim()
    }
  }

  #trim(): void {
    const files = this.#files().sort((a, b) => a.used - b.used)
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    if (bytes <= this.#limit) return
    for (const { name, bytes: length, used } of files) {
      if (bytes <= this.#limit * TRIM_TO || used > Date.now() - IN_USE_MS) return
      this.remove(name)
      bytes -= length
    }
  }

  names(): string[] {
    return fs.readdirSync(this.path)
  }

  #files(): { name: string; bytes: number; used: number }[] {
    return this.names().flatMap((name) => {
      const stat = fs.lstatSync(this.file(name), { throwIfNoEntry: false })
      return stat?.isFile() ? [{ name, bytes: stat.size, used: stat.mtimeMs }] : []
    })
  }
}
