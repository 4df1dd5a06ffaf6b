// What a checkout would run over: files on disk that dv has not recorded. Nothing is overwritten or deleted unless it
// is as the base manifest has it, or already as the checkout wants it.
import fs from 'node:fs'
import { comparePaths, DvError, parentPath } from '../base/index.js'
import { hashFiles } from '../content/index.js'
import { sameId } from '../hash/index.js'
import type { Change } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { quotePath } from './path-safety.js'
import { scanPath } from './scan.js'
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
  if (dirty) return dirty.type === 'deleted' || (await isAsWanted(tree, dirty, change)) ? undefined : path
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
  return (await isAsWanted(tree, { path, type: 'added', kind: found.kind, size: found.size, found }, change))
    ? undefined
    : path
}

/** Something that cannot be recorded, as a socket, stands there. */
function otherwiseThere(tree: WorkTree, path: string): string | undefined {
  const stats = fs.lstatSync(`${tree.workdir.root}/${path}`, { throwIfNoEntry: false })
  return stats && !stats.isDirectory() ? path : undefined
}

/** A checkout that was interrupted wrote it already, or the user happens to have the same bytes. */
async function isAsWanted(tree: WorkTree, dirty: WorkingChange, { after }: Change): Promise<boolean> {
  if (!after || !dirty.found) return false
  if (after.kind === 'symlink') return dirty.target === after.target
  if (after.kind === 'directory') return dirty.kind === 'directory'
  if (!isFile(after) || (dirty.kind !== 'file' && dirty.kind !== 'executable') || dirty.size !== after.size)
    return false
  if (dirty.content) return sameId(dirty.content, after.content)
  for await (const batch of hashFiles([{ path: dirty.path, size: dirty.size }], { pool: tree.pool })) {
    if (batch[0]) return sameId(batch[0].content, after.content)
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
