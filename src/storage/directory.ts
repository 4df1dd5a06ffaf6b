// A store as a folder of plain files. Format: spec/09-layout.md
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isDvError, randomHex, systemCode } from '../base/index.js'
import { Descriptors, readFully } from './descriptors.js'
import { iterFiles, listVersionedNames } from './listing.js'
import { temporaryPath } from './memory.js'
import { checkName, checkPrefix } from './names.js'
import type { ListOptions, Storage, StorageProperties, StoredName, Versioned, WantedRange } from './port.js'
import { makeFolder, publishOnce, removeQuietly, sealFile, syncFolder, writeSynced } from './publish.js'
import { beyondEnd, isInside, notFound } from './ranges.js'
import { publishNext, readNewest } from './versions.js'
import { encodeVersion, type Version } from './version-file.js'

export interface DirectoryStorage extends Storage {
  readonly properties: StorageProperties & { readonly localRoot: string }
}

/** Opens the store in an existing folder. Throws DV_NO_STORE when there is no such folder. */
export function openDirectoryStorage(
  directory: string,
  options: { readOnly?: boolean } = {},
): DirectoryStorage {
  const root = path.resolve(directory)
  if (!attempt('open', root, () => isFolder(root))) {
    throw new DvError('DV_NO_STORE', `'${root}' is not a folder`, { data: { path: root } })
  }
  return new FileStorage(root, options.readOnly ?? false)
}

/** The same, making the folder when it is not there. */
export function createDirectoryStorage(directory: string): DirectoryStorage {
  const root = path.resolve(directory)
  attempt('create', root, () => makeFolder(path.join(root, 'tmp')))
  return openDirectoryStorage(root)
}

/** Removes temporary files that interrupted writers left and nobody touched since `before` (ms since 1970). */
export function sweepTemporaryFiles(root: string, before: number): number {
  const folder = path.join(root, 'tmp')
  let removed = 0
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const file = path.join(folder, name)
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined || stat.mtimeMs >= before) continue
    fs.rmSync(file, { recursive: true, force: true })
    removed++
  }
  return removed
}

class FileStorage implements DirectoryStorage {
  readonly properties: StorageProperties & { readonly localRoot: string }
  readonly #root: string
  readonly #descriptors = new Descriptors()
  readonly #folders = new Set<string>()

  constructor(root: string, readOnly: boolean) {
    this.#root = root
    this.properties = { location: root, localRoot: root, readOnly }
  }

  async get(name: string, range?: WantedRange): Promise<Uint8Array> {
    const file = this.#path(name)
    return attempt('read', file, () => {
      const open = this.#descriptors.get(file)
      if (open === undefined) throw notFound(name, this.#root)
      const wanted = range ?? { offset: 0, length: open.size }
      if (!isInside(wanted, open.size)) throw beyondEnd(name, wanted, open.size)
      return readFully(open, file, wanted)
    })
  }

  async getFile(name: string, path: string): Promise<void> {
    const file = this.#path(name)
    attempt('copy', file, () => {
      if (this.#descriptors.get(file) === undefined) throw notFound(name, this.#root)
      copyFile(file, path)
    })
  }

  async size(name: string): Promise<number | undefined> {
    const file = this.#path(name)
    return attempt('read', file, () => fileSize(file))
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#publish(name, (temporary) => writeSynced(temporary, [bytes]))
  }

  async putFile(name: string, source: string): Promise<void> {
    await this.#publish(name, (temporary) => {
      moveFile(source, temporary)
      return sealFile(temporary)
    })
    removeQuietly(source)
  }

  async *list(prefix: string): AsyncIterable<StoredName> {
    yield* attempt('list', this.#root, () => [...iterFiles(this.#root, checkPrefix(prefix))])
  }

  async delete(name: string): Promise<void> {
    const file = this.#path(name)
    this.#refuseReadOnly()
    this.#descriptors.forget(file)
    attempt('delete', file, () => {
      if (fileSize(file) === undefined) return
      fs.rmSync(file, { force: true })
      syncFolder(path.dirname(file))
    })
  }

  async read(name: string): Promise<Versioned | undefined> {
    const folder = this.#versions(name)
    const newest = attempt('read', folder, () => readNewest(folder))
    return newest?.bytes === undefined ? undefined : { bytes: newest.bytes, version: versionName(newest) }
  }

  async compareAndSwap(name: string, expected: string | undefined, bytes: Uint8Array | undefined) {
    const folder = this.#versions(name)
    this.#refuseReadOnly()
    return attempt('write', folder, () => {
      const newest = readNewest(folder)
      const present = newest?.bytes === undefined ? undefined : versionName(newest)
      if (present !== expected) return undefined
      if (present === undefined && bytes === undefined)
        return newest === undefined ? 'none' : versionName(newest)
      const next = publishNext({ folder, temporaryPath: () => this.temporaryPath() }, newest, bytes)
      if (next !== undefined) this.#writeCopy(name, next)
      return next && versionName(next)
    })
  }

  async listMutable(prefix: string, { maybeDeleted = false }: ListOptions = {}): Promise<string[]> {
    const names = attempt('list', this.#root, () =>
      listVersionedNames(path.join(this.#root, 'cas'), checkPrefix(prefix)),
    )
    return names.filter((name) => maybeDeleted || this.#hasValue(name)).sort()
  }

  temporaryPath(): string {
    if (this.properties.readOnly) return temporaryPath()
    const folder = path.join(this.#root, 'tmp')
    attempt('create', folder, () => this.#makeFolder(folder))
    return path.join(folder, `${process.pid}-${randomHex(16)}`)
  }

  /** The storage may be used again afterwards. */
  close(): void {
    this.#descriptors.close()
  }

  /** A damaged value is one: it must not hide the names beside it. */
  #hasValue(name: string): boolean {
    const folder = this.#versions(name)
    try {
      return attempt('read', folder, () => readNewest(folder))?.bytes !== undefined
    } catch (error) {
      if (isDvError(error, 'DV_CORRUPT')) return true
      throw error
    }
  }

  #path(name: string): string {
    return path.join(this.#root, checkName(name))
  }

  #versions(name: string): string {
    return path.join(this.#root, 'cas', checkName(name))
  }

  #refuseReadOnly(): void {
    if (!this.properties.readOnly) return
    throw new DvError('DV_READ_ONLY', `The store '${this.#root}' was opened for reading only`, {
      data: { path: this.#root },
    })
  }

  #makeFolder(folder: string): void {
    if (this.#folders.has(folder) && fs.existsSync(folder)) return
    makeFolder(folder)
    this.#folders.add(folder)
  }

  async #publish(name: string, write: (temporary: string) => void | Promise<void>): Promise<void> {
    const file = this.#path(name)
    this.#refuseReadOnly()
    await attemptAsync('write', file, async () => {
      // Whoever put it may not have synced the folder yet, and our caller is told that it is durable.
      if (fileSize(file) !== undefined) return syncFolder(path.dirname(file))
      this.#makeFolder(path.dirname(file))
      const temporary = this.temporaryPath()
      await write(temporary)
      publishOnce(temporary, file)
    })
  }

  /** Brings the plain copy that static web servers show up to date, a version file too. It may lag, so that no failure
   * here counts: the swap has happened. Whoever renames last looks again, so that the last copy is the newest one. */
  #writeCopy(name: string, own: Version): void {
    const file = this.#path(name)
    try {
      for (let version: Version | undefined = own, seen = -1; version && version.n !== seen;) {
        seen = version.n
        replaceCopy(file, version, this.temporaryPath())
        version = readNewest(this.#versions(name))
      }
    } catch {
      return
    }
  }
}

function replaceCopy(file: string, version: Version, temporary: string): void {
  if (version.bytes === undefined) return fs.rmSync(file, { force: true })
  makeFolder(path.dirname(file))
  writeSynced(temporary, [encodeVersion(version)])
  try {
    fs.renameSync(temporary, file)
  } catch (error) {
    removeQuietly(temporary)
    throw error
  }
}

function versionName(version: Version): string {
  return `${version.n}-${version.nonce}`
}

function fileSize(file: string): number | undefined {
  try {
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    return stat?.isFile() ? stat.size : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function isFolder(root: string): boolean {
  try {
    return fs.statSync(root).isDirectory()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return false
    throw error
  }
}

function moveFile(source: string, target: string): void {
  try {
    fs.renameSync(source, target)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
    copyFile(source, target)
  }
}

/** Makes a copy that may be written to. Within the kernel, which took half the time of reading and writing, and by
 * sharing the blocks where the file system can. */
function copyFile(source: string, target: string): void {
  try {
    fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE)
    fs.chmodSync(target, 0o644)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') removeQuietly(target)
    throw error
  }
}

function attempt<T>(action: string, file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw fromSystemError(error, action, file)
  }
}

async function attemptAsync<T>(action: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fromSystemError(error, action, file)
  }
}
