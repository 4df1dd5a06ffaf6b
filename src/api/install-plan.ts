// What must change in a dependency's folder so that it holds what is pinned. Everything is looked at before anything is
// changed; what dv did not write is in the way.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, parentPath } from '../base/index.js'
import { checkTreePath, createShapeCheck, ParentGuard } from '../files/index.js'
import { sameId } from '../hash/index.js'
import { type Entry, entrySize, isFile } from '../objects/index.js'
import type { Purged } from '../store/index.js'
import { lookAt, type Standing } from './get-target.js'
import { countEntry, NAMED_MAX, type ToReceive } from './receive-entries.js'
import type { PurgedFiles, Sum } from './results.js'

export interface InstallPlan {
  missing: ToReceive[]
  removals: Removal[]
  kept: Sum
  removed: Sum
  holes: PurgedFiles
}

export interface Removal {
  at: string
  /** Throws when something else has come to stand there. */
  check: () => void
}

export interface PlanOptions {
  folder: string
  /** Of each path what is to stand there, then what may stand there because dv wrote it. */
  paths: AsyncIterable<[path: string, entries: (Entry | undefined)[]]>
  /** All that dv wrote was there when it ended: what has its size still is taken for it. */
  isKnown: boolean
  purged: Purged
  force: boolean
  signal?: AbortSignal
}

/** Throws DV_WOULD_OVERWRITE, naming paths where something else stands, unless it is forced. Folders are never replaced. */
export async function planInstall(options: PlanOptions): Promise<InstallPlan> {
  const planner = new Planner(options)
  for await (const [at, [next, ...before]] of options.paths) {
    options.signal?.throwIfAborted()
    const written = before.filter((entry) => entry !== undefined)
    if (next) planner.wanted(at, next, written)
    else planner.unwanted(at, written)
  }
  return planner.done()
}

class Planner {
  readonly #options: PlanOptions
  readonly #guard: ParentGuard
  readonly #checkShape = createShapeCheck()
  readonly #plan: InstallPlan
  readonly #removed = new Set<string>()
  /** Files that are to stand where folders are. */
  readonly #overFolders: ToReceive[] = []
  readonly #inTheWay: string[] = []

  constructor(options: PlanOptions) {
    this.#options = options
    this.#guard = new ParentGuard(options.folder)
    const none = (): Sum => ({ files: 0, bytes: 0 })
    this.#plan = { missing: [], removals: [], kept: none(), removed: none(), holes: { count: 0, items: [] } }
  }

  wanted(at: string, entry: Entry, written: readonly Entry[]): void {
    this.#checkShape(at, entry.kind)
    if (this.#isHole(at, entry)) return
    const { missing, kept } = this.#plan
    const standing = this.#standing(at, entry, written)
    if (standing === 'same' && !changesKind(entry, written)) countEntry(kept, entry)
    else if (standing === 'nothing') missing.push({ at, entry, force: false })
    else if (standing === 'blocked') this.#blocked(at, entry)
    else if (standing === 'same' || this.#isWritten(at, written) || this.#options.force)
      missing.push({ at, entry, force: true, check: this.#unchanged(at) })
    else this.#inTheWay.push(this.#full(at))
  }

  /** What the version before had, and this one lacks. */
  unwanted(at: string, written: readonly Entry[]): void {
    if (this.#isRemoved(at)) return
    checkTreePath(at)
    if (!this.#guard.check(at)) return
    const found = lstat(this.#full(at))
    if (!found) return
    const isFolder = written.some(({ kind }) => kind === 'directory')
    if (!isFolder && !this.#isWritten(at, written) && (!this.#options.force || found.isDirectory()))
      return void this.#inTheWay.push(this.#full(at))
    this.#plan.removals.push({ at, check: this.#unchanged(at) })
    this.#removed.add(at)
    countEntry(this.#plan.removed, written[0]!)
  }

  done(): InstallPlan {
    for (const one of this.#overFolders) {
      if (this.#becomesEmpty(one.at)) this.#plan.missing.push(one)
      else this.#inTheWay.push(this.#full(one.at))
    }
    if (this.#inTheWay.length > 0) throw wouldOverwrite(this.#inTheWay)
    return this.#plan
  }

  #isHole(at: string, entry: Entry): boolean {
    const { purged } = this.#options
    if (!isFile(entry) || !purged.has(entry.content)) return false
    const { time, reason } = purged.noteOf(entry.content)!
    const { holes } = this.#plan
    if (++holes.count <= NAMED_MAX) holes.items.push({ path: at, time, reason })
    return true
  }

  #standing(at: string, entry: Entry, written: readonly Entry[]): Standing {
    if (this.#isRemoved(at)) {
      checkTreePath(at)
      return 'nothing'
    }
    const isUnchanged = this.#options.isKnown && written.every((one) => sameContent(one, entry))
    if (isUnchanged && isFile(entry) && this.#hasSize(at, entry)) return 'same'
    return lookAt(this.#options.folder, at, { entry, guard: this.#guard })
  }

  #hasSize(at: string, entry: Entry): boolean {
    checkTreePath(at)
    if (!this.#guard.check(at)) return false
    const found = lstat(this.#full(at))
    return found !== undefined && found.isFile() && found.size === entrySize(entry)
  }

  #isWritten(at: string, written: readonly Entry[]): boolean {
    const { folder } = this.#options
    return written.some((entry) => lookAt(folder, at, { entry, guard: this.#guard }) === 'same')
  }

  #blocked(at: string, entry: Entry): void {
    const isFolder = lstat(this.#full(at))?.isDirectory()
    if (isFolder) this.#overFolders.push({ at, entry, force: false })
    // A directory is to be where a file of the version before is.
    else this.#inTheWay.push(this.#full(at))
  }

  /** Whether a path, or the folder it lies in, is going to be removed. */
  #isRemoved(at: string): boolean {
    if (this.#removed.size === 0) return false
    for (let one = at; one !== ''; one = parentPath(one)) if (this.#removed.has(one)) return true
    return false
  }

  #becomesEmpty(at: string): boolean {
    return fs.readdirSync(this.#full(at), { withFileTypes: true }).every((item) => {
      const inner = `${at}/${item.name}`
      return item.isDirectory() ? this.#becomesEmpty(inner) : this.#removed.has(inner)
    })
  }

  /** A user may write while others files come. */
  #unchanged(at: string): () => void {
    const full = this.#full(at)
    const seen = stamp(full)
    return () => {
      if (!this.#options.force && stamp(full) !== seen) throw wouldOverwrite([full])
    }
  }

  #full(at: string): string {
    return path.join(this.#options.folder, at)
  }
}

function wouldOverwrite(paths: readonly string[]): DvError {
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : ''
  return new DvError('DV_WOULD_OVERWRITE', `What stands at '${paths[0]}'${more} is not what dv put there`, {
    data: { paths: paths.slice(0, NAMED_MAX), count: paths.length },
    hint: "move it away, or type 'dv install --force', which replaces files that differ (never folders)",
  })
}

/** The same bytes, and yet it is to be written anew: what was executable no longer is, or the other way round. */
function changesKind(entry: Entry, written: readonly Entry[]): boolean {
  return isFile(entry) && written.some((one) => isFile(one) && one.kind !== entry.kind)
}

function sameContent(one: Entry, other: Entry): boolean {
  return isFile(one) && isFile(other) && one.kind === other.kind && sameId(one.content, other.content)
}

function lstat(file: string): fs.Stats | undefined {
  return fs.lstatSync(file, { throwIfNoEntry: false })
}

function stamp(file: string): string {
  const found = fs.lstatSync(file, { throwIfNoEntry: false, bigint: true })
  return found ? [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ') : ''
}
