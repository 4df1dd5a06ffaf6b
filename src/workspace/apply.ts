// Makes the files on disk what a list of changes says. Order: deletions, then directories and files, then symbolic
// links, then what empty directories are left over; every parent is looked at right before anything is done below it.
// A file appears whole or not at all, but where nothing stood and the checkout is on record: there a crash may leave the
// first bytes of one (spec/decisions/0012). After a crash the next checkout goes on from what is there.
// Long because that order is what keeps files safe, and is read in one place.
import fs from 'node:fs'
import { DvError, fromSystemError, isDvError, parentPath, systemCode } from '../base/index.js'
import { type EntryToWrite, type LostFile, writeFiles } from '../content/index.js'
import { sameId } from '../hash/index.js'
import type { Change } from '../manifest/index.js'
import {
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  isFile,
  type SymlinkEntry,
} from '../objects/index.js'
import { OpenParents, temporaryName } from '../files/index.js'
import { CacheUpdates, nothingKnown } from './cache-updates.js'
import type { ChangeSource } from './checked-changes.js'
import { changedMeanwhile, removeHollow } from './clear-away.js'
import { isAsEntry } from './entry-on-disk.js'
import { readFileClock, waitForFileClock } from './file-clock.js'
import { type Holes, onlyCopy, withHole } from './holes.js'
import { linkContent } from './judge.js'
import { canBeRead } from './lost.js'
import { scanPath } from './scan.js'
import type { BaseManifest, WorkOptions, WorkTree } from './tree.js'

export interface ApplyOptions extends WorkOptions {
  /** The manifest the stat cache's flags speak of before and after. */
  from: BaseManifest
  /** Undefined: what is written is of no one manifest. */
  to: BaseManifest
  /** The file system's time before the working directory was looked at: what changed since is looked at again before
   * it is replaced. */
  since: bigint
  /** False: no change has a `before`. */
  replaces: boolean
  /** The checkout to `to` is on record, so that the next one makes up for what a crash leaves half written. */
  isOnRecord: boolean
}

export interface Applied {
  written: number
  removed: number
  /** Bytes of files written. */
  bytes: number
  /** Files that were not written, because they were purged. */
  purged?: Holes<{ time: number; reason: string }>
  /** Files that were not written, because they cannot be read. */
  lost?: Holes<{ what: string }>
}

/** The changes are those that checkedChanges() let pass. */
export async function applyChanges(
  tree: WorkTree,
  changes: ChangeSource,
  options: ApplyOptions,
): Promise<Applied> {
  const updates = new CacheUpdates(tree, FAR)
  const work = new Application(tree, updates, options)
  try {
    const removed = options.replaces ? await work.removeAll(changes) : 0
    const written = await work.writeAll(changes)
    work.removeEmptyDirectories()
    tree.lost.save(tree.workdir)
    await rememberWritten(tree, updates, options)
    return { removed, ...written }
  } catch (error) {
    updates.abandon()
    throw error
  } finally {
    work.end()
  }
}

async function rememberWritten(tree: WorkTree, updates: CacheUpdates, options: ApplyOptions): Promise<void> {
  const { from, to } = options
  const { dvDir } = tree.workdir
  const end = readFileClock(dvDir)
  if ((await waitForFileClock(dvDir, end)) <= end) return updates.abandon()
  updates.merge({ from, to, full: from === undefined, replace: from === undefined })
}

/** dv waits until what it wrote is not racy before it returns. */
const FAR = 2n ** 62n

class Application {
  readonly #tree: WorkTree
  readonly #updates: CacheUpdates
  readonly #parents: OpenParents
  readonly #options: ApplyOptions
  readonly #emptied = new Set<string>()
  /** Directories that are there. True: they were made here, so that nothing stands in them that was not. */
  readonly #directories = new Map<string, boolean>()
  readonly #links: { path: string; entry: SymlinkEntry }[] = []

  constructor(tree: WorkTree, updates: CacheUpdates, options: ApplyOptions) {
    this.#tree = tree
    this.#updates = updates
    this.#options = options
    this.#parents = new OpenParents(tree.workdir.root)
  }

  /** Deletes what is to go, and what is to become something of another kind. */
  async removeAll(changes: ChangeSource): Promise<number> {
    let removed = 0
    for await (const batch of changes()) {
      for (const change of batch) {
        const { path, before, after } = change
        if (!after) this.#updates.drop(path)
        if (before && (!after || kindClass(before) !== kindClass(after))) {
          await this.#remove(change, before)
          if (!after) removed++
        }
      }
    }
    // A directory may have to make way for a file of its name.
    this.removeEmptyDirectories()
    return removed
  }

  async writeAll(changes: ChangeSource): Promise<Omit<Applied, 'removed'>> {
    const sums: Omit<Applied, 'removed'> = { written: 0, bytes: 0 }
    const { pool, reader, workdir, lost } = this.#tree
    const temporaryPath = () => temporaryName(`${workdir.dvDir}/tmp/file`)
    const { onProgress, signal } = this.#options
    const work = { pool, reader, temporaryPath, ...(onProgress && { onProgress }), ...(signal && { signal }) }
    for await (const batch of writeFiles(this.#filesToWrite(changes, sums), work)) {
      for (const file of batch) {
        if ('lost' in file) {
          await this.#leaveLost(file, sums)
          continue
        }
        const { path, entry, stat } = file
        sums.written++
        sums.bytes += entry.size
        lost.remove(entry.content)
        this.#updates.put({ path, ...stat, kind: entry.kind, content: entry.content, inBase: true })
      }
    }
    for (const { path, entry } of this.#links) {
      this.#makeLink(path, entry)
      sums.written++
    }
    return sums
  }

  end(): void {
    this.#parents.forget()
  }

  removeEmptyDirectories(): void {
    const deepestFirst = [...this.#emptied].sort((a, b) => b.length - a.length)
    this.#emptied.clear()
    for (const directory of deepestFirst) this.#removeIfEmpty(directory)
  }

  async *#filesToWrite(
    changes: ChangeSource,
    sums: Pick<Applied, 'written' | 'purged'>,
  ): AsyncGenerator<EntryToWrite> {
    for await (const batch of changes()) {
      for (const change of batch) {
        const { path, before, after } = change
        if (!after) continue
        const isNewDirectory = this.#makeParents(path)
        const isFree = isNewDirectory || (await this.#makeWay(change))
        if (after.kind === 'directory') this.#makeDirectory(path, after)
        else if (after.kind === 'symlink') this.#links.push({ path, entry: after })
        else if (
          before &&
          isFile(before) &&
          sameId(before.content, after.content) &&
          (await this.#changeMode(path, after))
        )
          sums.written++
        else if (!(await this.#leaveHole(change, sums)))
          yield {
            ...{ path, entry: after, isFresh: isFree && this.#options.isOnRecord },
            ...(before && !isFree && { before }),
          }
      }
    }
  }

  /** Of a file that was purged nothing is written, and what it takes the place of goes. Its own bytes stay where the user
   * has them. */
  async #leaveHole({ path, after }: Change, sums: Pick<Applied, 'purged'>): Promise<boolean> {
    const { reader, workdir, traits } = this.#tree
    if (!after || !isFile(after)) return false
    const note = (await reader.purged()).noteOf(after.content)
    if (!note) return false
    const found = scanPath(workdir.root, path, traits)
    if (found && (await isAsEntry(this.#tree, found, after))) {
      this.#updates.putLate({ ...found, content: after.content, inBase: true })
      return true
    }
    this.#makeHole(path, after)
    sums.purged = withHole(sums.purged, { path, time: note.time, reason: note.reason })
    return true
  }

  /** The same of a file that cannot be read. What it takes the place of stays where nothing else has it, and where the
   * working directory does not become the one tree in which the hole is known for one. */
  async #leaveLost({ path, entry, before, lost }: LostFile, sums: Pick<Applied, 'lost'>): Promise<void> {
    const { reader, workdir } = this.#tree
    sums.lost = withHole(sums.lost, { path, what: lost.message })
    this.#tree.lost.add(entry.content)
    const stands = scanPath(workdir.root, path) !== undefined
    if (stands && this.#options.to === undefined) return
    if (stands && before && isFile(before) && !(await canBeRead(reader, before))) throw onlyCopy(path, lost)
    this.#makeHole(path, entry)
  }

  #makeHole(path: string, { kind }: FileEntry): void {
    this.#parents.removeFile(path)
    this.#updates.putLate(nothingKnown(path, kind))
  }

  /** What stands at the path is what it was when the working directory was looked at; hollow directories go. Returns
   * whether nothing stands there. */
  async #makeWay({ path, before, after }: Change): Promise<boolean> {
    const { root } = this.#tree.workdir
    const { since } = this.#options
    const found = scanPath(root, path, this.#tree.traits)
    if (!found) return true
    if (found.kind === 'directory') {
      if (after && after.kind !== 'directory') removeHollow(root, path, this.#parents)
      return true
    }
    if (found.mtimeNs < since && found.ctimeNs < since) return false
    if (!(await isAsEntry(this.#tree, found, before)) && !(await isAsEntry(this.#tree, found, after)))
      throw changedMeanwhile(path)
    return false
  }

  /** Returns whether the directory of the path was made here. */
  #makeParents(path: string): boolean {
    const parent = parentPath(path)
    if (parent === '') return false
    const known = this.#directories.get(parent)
    if (known !== undefined) return known
    const isNew = this.#parents.makeDirectory(parent)
    this.#directories.set(parent, isNew)
    return isNew
  }

  #makeDirectory(path: string, entry: DirectoryEntry): void {
    this.#parents.makeDirectory(path)
    const found = scanPath(this.#tree.workdir.root, path)
    if (found) this.#updates.putLate({ ...found, kind: entry.kind, content: undefined, inBase: true })
  }

  /** True when the content on disk is right, whatever was said of it, and only the executable bit had to change. */
  async #changeMode(path: string, entry: Entry): Promise<boolean> {
    const { root } = this.#tree.workdir
    const found = scanPath(root, path, { executableBit: true })
    if (
      !found ||
      !isFile(entry) ||
      found.size !== entry.size ||
      (found.kind !== 'file' && found.kind !== 'executable') ||
      !(await isAsEntry(this.#tree, { ...found, kind: entry.kind }, entry))
    )
      return false
    this.#attempt(path, () => setExecutable(this.#parents.at(path), entry.kind === 'executable'))
    const after = scanPath(root, path)
    if (after) this.#updates.putLate({ ...after, kind: entry.kind, content: entry.content, inBase: true })
    return true
  }

  #makeLink(path: string, { target }: SymlinkEntry): void {
    const { workdir, traits } = this.#tree
    this.#parents.forget()
    const temporary = temporaryName(`${workdir.dvDir}/tmp/link`)
    this.#attempt(path, () => {
      if (traits.symlinks) fs.symlinkSync(target, temporary)
      else fs.writeFileSync(temporary, target)
      fs.renameSync(temporary, this.#parents.at(path))
    })
    this.#parents.forget()
    const found = scanPath(workdir.root, path)
    if (found) this.#updates.putLate({ ...found, content: linkContent(target), inBase: true })
  }

  async #remove(change: Change, before: Entry): Promise<void> {
    const { path } = change
    if (!this.#isReachable(path)) return
    const full = `${this.#tree.workdir.root}/${path}`
    if (before.kind === 'directory') this.#emptied.add(path)
    else if (!fs.lstatSync(full, { throwIfNoEntry: false })?.isDirectory()) {
      await this.#makeWay(change)
      this.#parents.removeFile(path)
    }
    for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) this.#emptied.add(parent)
  }

  /** False where a link or file of the user's has taken the place of a directory: what was below it is gone already. */
  #isReachable(path: string): boolean {
    try {
      this.#parents.find(path)
      return true
    } catch (error) {
      if (isDvError(error, 'DV_UNSAFE_PATH')) return false
      throw error
    }
  }

  #removeIfEmpty(directory: string): void {
    try {
      const name = this.#parents.find(directory)
      if (name !== undefined) fs.rmdirSync(name)
      this.#directories.delete(directory)
      this.#parents.forget()
    } catch (error) {
      const code = systemCode(error)
      const isStillUsed = code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT' || code === 'ENOTDIR'
      if (!isStillUsed && !(error instanceof DvError)) throw fromSystemError(error, 'delete', directory)
    }
  }

  #attempt<T>(path: string, work: () => T, action = 'write'): T {
    try {
      return work()
    } catch (error) {
      throw fromSystemError(error, action, path)
    }
  }
}

/** Of a file whose contents were read, so that it can be opened; of no file that a link leads to. */
function setExecutable(file: string, isExecutable: boolean): void {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants
  const descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const mode = fs.fstatSync(descriptor).mode & 0o777
    const readable = (mode & 0o444) >> 2
    fs.fchmodSync(descriptor, isExecutable ? mode | readable : mode & ~0o111)
  } finally {
    fs.closeSync(descriptor)
  }
}

function kindClass(entry: Entry): string {
  return isFile(entry) ? 'file' : entry.kind
}
