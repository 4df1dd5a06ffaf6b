// What a checkout would run over: everything on disk that dv has not recorded. Nothing is overwritten or deleted unless
// it is as the base manifest has it, or already as the checkout wants it. Ignore rules count for nothing here: what they
// hide from the walk is a user's file all the same.
import fs from 'node:fs'
import { comparePaths, DvError } from '../base/index.js'
import { quotePath } from '../files/index.js'
import { type Change, sameEntry } from '../manifest/index.js'
import { isRepository, leavesBelow } from './clear-away.js'
import { isAsEntry, isBegun, type OnDisk } from './entry-on-disk.js'
import { scanPath } from './scan.js'
import { lookOnDisk, type Standing } from './standing.js'
import type { BaseManifest, WorkOptions, WorkTree } from './tree.js'
import { type Hole, type WorkingChange, workingChanges } from './working-changes.js'

/** The differences between disk and base, by path. */
export class LocalChanges {
  readonly byPath: ReadonlyMap<string, WorkingChange>
  /** Recorded files that are not there because they could not be read: no differences. */
  readonly lost: readonly Hole[]

  constructor(changes: readonly WorkingChange[], lost: readonly Hole[]) {
    this.byPath = new Map(changes.map((change) => [change.path, change]))
    this.lost = lost
  }
}

export async function localChanges(
  tree: WorkTree,
  base: BaseManifest,
  options: WorkOptions = {},
): Promise<LocalChanges> {
  const all: WorkingChange[] = []
  const lost: Hole[] = []
  const onHole = (hole: Hole) => {
    if (hole.reason === 'lost') lost.push(hole)
  }
  for await (const batch of workingChanges(tree, base, { ...options, remember: true, onHole })) {
    for (const change of batch) all.push(change)
  }
  return new LocalChanges(all, lost)
}

/** Paths in manifest order. */
export interface Obstacles {
  /** Uncommitted files, links and empty directories that stand in the way. */
  inTheWay: string[]
  /** What stands in the way and cannot be saved: special files, repositories of their own. */
  immovable: string[]
  /** Uncommitted changes that are not in the way and that an undo has to give back: recorded files that are gone from
   * disk, and what is already as the checkout wants it. */
  unsaved: string[]
  /** Some change takes away or replaces something recorded. */
  replaces: boolean
}

/** Where an interrupted checkout may have left files half written: where nothing was recorded, or, when it was the first
 * one and the head names its commit already, anywhere. */
export type Halves = 'nowhere' | 'new' | 'anywhere'

/** What stands in the way of `changes`, which come in manifest order. `isLeavingOut`: what they take away stays recorded,
 * so that a deletion that is not committed would be forgotten. */
export async function findObstacles(
  tree: WorkTree,
  local: LocalChanges,
  options: { changes: AsyncIterable<readonly Change[]>; halves: Halves; isLeavingOut?: boolean },
): Promise<Obstacles> {
  const { changes, halves, isLeavingOut = false } = options
  const search = new Search(tree, local, { halves, isLeavingOut })
  for await (const batch of changes) for (const change of batch) await search.look(change)
  return search.result()
}

class Search {
  readonly #tree: WorkTree
  readonly #local: LocalChanges
  readonly #disk: Standing
  readonly #halves: Halves
  readonly #isLeavingOut: boolean
  readonly #inTheWay = new Set<string>()
  readonly #immovable = new Set<string>()
  readonly #unsaved = new Set<string>()
  /** Below directories that are to become files: in the way unless a later change removes them. */
  readonly #below = new Set<string>()
  #replaces = false
  /** The last path that stops being a file or link. */
  #makesWay: string | undefined

  constructor(
    tree: WorkTree,
    local: LocalChanges,
    { halves, isLeavingOut }: { halves: Halves; isLeavingOut: boolean },
  ) {
    this.#tree = tree
    this.#halves = halves
    this.#isLeavingOut = isLeavingOut
    this.#local = local
    this.#disk = lookOnDisk(tree.workdir.root, tree.traits)
  }

  async look(change: Change): Promise<void> {
    const { path, before, after } = change
    this.#below.delete(path)
    if (before) this.#replaces = true
    const blocker = this.#disk.blockedBy(path)
    if (blocker !== undefined) {
      // What the change removes is not there, whatever stands beyond a link.
      if (after && blocker !== this.#makesWay) this.#add(blocker)
    } else if (this.#disk.hasDirectoryOf(path)) await this.#lookAt(change)
    if (before && before.kind !== 'directory' && after?.kind !== before.kind) this.#makesWay = path
    const isDeleted = this.#local.byPath.get(path)?.type === 'deleted'
    if (isDeleted && !after && this.#isLeavingOut && this.#isUsersWork) this.#inTheWay.add(path)
    else if (isDeleted && (after || this.#isUsersWork)) this.#unsaved.add(path)
  }

  /** What differs from the base is not what an interrupted checkout left. */
  get #isUsersWork(): boolean {
    return this.#halves === 'nowhere'
  }

  result(): Obstacles {
    for (const path of this.#below) this.#add(path)
    const sorted = (paths: Iterable<string>) => [...paths].sort(comparePaths)
    return {
      inTheWay: sorted(this.#inTheWay),
      immovable: sorted(this.#immovable),
      unsaved: sorted(this.#unsaved),
      replaces: this.#replaces,
    }
  }

  async #lookAt(change: Change): Promise<void> {
    const { path, before, after } = change
    const { root } = this.#tree.workdir
    const stats = fs.lstatSync(`${root}/${path}`, { throwIfNoEntry: false })
    if (!stats) return
    const dirty = this.#local.byPath.get(path)
    if (stats.isDirectory()) return this.#lookAtDirectory(change, dirty)
    const found = scanPath(root, path, this.#tree.traits)
    if (!found) return void this.#immovable.add(path)
    if (before && !dirty) return
    const standing = dirty?.found ? dirty : found
    if (this.#isUsersWork && (await isAsEntry(this.#tree, standing, after))) {
      this.#unsaved.add(path)
      return
    }
    const isFree = await this.#isHarmless(standing, change)
    // A link or file of the user's is not in the way of what is to be removed in its place.
    if (!isFree && (after || dirty?.before)) this.#inTheWay.add(path)
  }

  #lookAtDirectory({ path, after }: Change, dirty: WorkingChange | undefined): void {
    if (!after || after.kind === 'directory') {
      if (dirty && this.#isUsersWork) this.#unsaved.add(path)
      return
    }
    if (dirty?.type === 'added') this.#inTheWay.add(path)
    for (const leaf of leavesBelow(this.#tree.workdir.root, path)) this.#below.add(leaf.path)
  }

  /** It is what the change starts from, as an undo has it, or what it leads to: an interrupted checkout wrote it, or
   * began to. */
  async #isHarmless(found: OnDisk, { path, before, after }: Change): Promise<boolean> {
    for (const entry of [after, before]) if (await isAsEntry(this.#tree, found, entry)) return true
    const dirty = this.#local.byPath.get(path)
    const isNew = (dirty ? dirty.before : before) === undefined
    // Then the change was put in by who knows what the interrupted checkout was about.
    const isLeftover = dirty !== undefined && !sameEntry(before, dirty.before)
    if (this.#isUsersWork || (this.#halves === 'new' && !isNew && !isLeftover)) return false
    for (const entry of [after, before]) if (await isBegun(this.#tree, found, entry)) return true
    return false
  }

  #add(path: string): void {
    const isMovable = scanPath(this.#tree.workdir.root, path, this.#tree.traits) && !isRepository(path)
    if (isMovable) this.#inTheWay.add(path)
    else this.#immovable.add(path)
  }
}

/** `canForce`: the verb has an option `--force`. */
export function wouldOverwrite(
  paths: readonly string[],
  { what, canForce }: { what: string; canForce: boolean },
): DvError {
  return new DvError(
    'DV_WOULD_OVERWRITE',
    `${what} would overwrite uncommitted changes in ${someOf(paths)}`,
    {
      data: { paths: paths.slice(0, 1000), count: paths.length },
      hint: `commit them with 'dv commit', or give them up with 'dv restore PATH'${canForce ? " or '--force'" : ''} ('dv undo' brings them back)`,
    },
  )
}

export function cannotMove(paths: readonly string[], what: string): DvError {
  return new DvError('DV_WOULD_OVERWRITE', `${what} cannot save what stands in its way: ${someOf(paths)}`, {
    data: { paths: paths.slice(0, 1000), count: paths.length },
    hint: 'move it elsewhere: special files and other repositories cannot be recorded',
  })
}

function someOf(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map(quotePath).join(', ')
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown
}
