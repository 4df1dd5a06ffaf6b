// What a checkout would run over: files on disk that dv has not recorded. Nothing is overwritten or deleted unless it
// is as the base manifest has it, or already as the checkout wants it.
import fs from 'node:fs'
import { comparePaths, DvError, fromSystemError, parentPath } from '../base/index.js'
import { hashFiles } from '../content/index.js'
import { sameId } from '../hash/index.js'
import type { Change } from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import { assertNoSymlinkParents, quotePath } from '../files/index.js'
import { readSymlink, scanPath } from './scan.js'
import type { BaseManifest, WorkOptions, WorkTree } from './tree.js'
import { type WorkingChange, workingChanges } from './working-changes.js'

/** The differences between disk and base, by path. */
export class LocalChanges {
  readonly byPath: ReadonlyMap<string, WorkingChange>
  readonly #paths: readonly string[]

  constructor(changes: readonly WorkingChange[]) {
    this.byPath = new Map(changes.map((change) => [change.path, change]))
    this.#paths = changes.map((change) => change.path)
  }

  /** A path on disk, not recorded, below `directory`. */
  addedBelow(directory: string): string | undefined {
    const prefix = `${directory}/`
    let low = 0
    let high = this.#paths.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (comparePaths(this.#paths[middle]!, prefix) < 0) low = middle + 1
      else high = middle
    }
    for (let i = low; i < this.#paths.length && this.#paths[i]!.startsWith(prefix); i++) {
      if (this.byPath.get(this.#paths[i]!)!.type !== 'deleted') return this.#paths[i]!
    }
    return undefined
  }
}

export async function localChanges(
  tree: WorkTree,
  base: BaseManifest,
  options: WorkOptions = {},
): Promise<LocalChanges> {
  const all: WorkingChange[] = []
  for await (const batch of workingChanges(tree, base, { ...options, remember: true })) all.push(...batch)
  return new LocalChanges(all)
}

/** Paths that stand in the way of `changes`. */
export async function findObstacles(
  tree: WorkTree,
  local: LocalChanges,
  changes: AsyncIterable<readonly Change[]>,
): Promise<string[]> {
  const obstacles = new Set<string>()
  for await (const batch of changes) {
    for (const change of batch) {
      const obstacle = await obstacleTo(tree, local, change)
      if (obstacle !== undefined) obstacles.add(obstacle)
    }
  }
  return [...obstacles].sort(comparePaths)
}

async function obstacleTo(tree: WorkTree, local: LocalChanges, change: Change): Promise<string | undefined> {
  const { path, before, after } = change
  const dirty = local.byPath.get(path)
  if (dirty) return dirty.type === 'deleted' || (await isHarmless(tree, dirty, change)) ? undefined : path
  if (!after) return undefined
  for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) {
    const above = local.byPath.get(parent)
    if (above && above.type !== 'deleted' && above.kind !== 'directory') return parent
  }
  if (after.kind !== 'directory') {
    const below = local.addedBelow(path)
    if (below !== undefined) return below
  }
  // What ignore rules hide from the walk is a user's file all the same.
  if (before) return undefined
  const found = scanPath(tree.workdir.root, path, { executableBit: tree.traits.executableBit })
  if (!found) return otherwiseThere(tree, path)
  if (found.kind === 'directory') return undefined
  const there: WorkingChange = { path, type: 'added', kind: found.kind, size: found.size, found }
  return (await isAs(tree, there, after)) ? undefined : path
}

/** Something that cannot be recorded, as a socket, stands there. */
function otherwiseThere(tree: WorkTree, path: string): string | undefined {
  const stats = fs.lstatSync(`${tree.workdir.root}/${path}`, { throwIfNoEntry: false })
  return stats && !stats.isDirectory() ? path : undefined
}

/** It is what the change starts from, as an undo has it, or what it leads to: an interrupted checkout wrote it. */
async function isHarmless(tree: WorkTree, dirty: WorkingChange, { before, after }: Change): Promise<boolean> {
  return (await isAs(tree, dirty, after)) || (await isAs(tree, dirty, before))
}

async function isAs(tree: WorkTree, dirty: WorkingChange, entry: Entry | undefined): Promise<boolean> {
  if (!entry || !dirty.found) return false
  if (entry.kind === 'symlink') {
    const target =
      dirty.kind === 'symlink' ? (dirty.target ?? readSymlink(tree.workdir.root, dirty.path)) : undefined
    return target === entry.target
  }
  if (entry.kind === 'directory') return dirty.kind === 'directory'
  if ((dirty.kind !== 'file' && dirty.kind !== 'executable') || dirty.size !== entry.size) return false
  if (dirty.content) return sameId(dirty.content, entry.content)
  for await (const batch of hashFiles([{ path: dirty.path, size: dirty.size }], { pool: tree.pool })) {
    if (batch[0]) return sameId(batch[0].content, entry.content)
  }
  return false
}

export function wouldOverwrite(paths: readonly string[], what: string): DvError {
  const shown = paths.slice(0, 5).map(quotePath).join(', ')
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : ''
  return new DvError('DV_WOULD_OVERWRITE', `${what} would overwrite uncommitted changes in ${shown}${more}`, {
    data: { paths: paths.slice(0, 1000), count: paths.length },
    hint: "commit them with 'dv commit', or give them up with 'dv restore PATH' or '--force' ('dv undo' brings them back)",
  })
}

/** Deletes files in the way of a checkout that was told to run over them; the caller has saved them. */
export function removeObstacles(tree: WorkTree, paths: readonly string[]): void {
  for (const path of paths) {
    assertNoSymlinkParents(tree.workdir.root, path)
    try {
      fs.rmSync(`${tree.workdir.root}/${path}`, { force: true })
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_FS_EISDIR') throw fromSystemError(error, 'delete', path)
    }
  }
}
