// Paths that are different in a tree and the same on a file system, and trees that no file system can hold.
// Both work on paths in manifest order with memory for the siblings of one directory per level, not for the tree.
import { baseName, comparePaths, DvError, parentPath } from '../base/index.js'
import { foldCase, quotePath } from './path-safety.js'

export interface NameRules {
  /** `A` and `a` are one file there. */
  caseInsensitive: boolean
  /** NFC and NFD forms of a name are one file there. */
  normalizes: boolean
}

/** Two paths that would be one file or directory. */
export interface Collision {
  first: string
  second: string
}

/** Pairs among `paths`, which come in manifest order, that a file system of such rules cannot tell apart. Throws
 * DV_UNSAFE_PATH for a path with an empty component. */
export function* findCollisions(paths: Iterable<string>, rules: NameRules): Generator<Collision> {
  if (!rules.caseInsensitive && !rules.normalizes) return
  const levels: { directory: string; names: Map<string, string> }[] = [{ directory: '', names: new Map() }]
  for (const path of paths) {
    while (levels.length > 1 && !path.startsWith(`${levels.at(-1)!.directory}/`)) levels.pop()
    for (let end = 0; end >= 0;) {
      const { directory, names } = levels.at(-1)!
      const start = directory === '' ? 0 : directory.length + 1
      end = path.indexOf('/', start)
      if (end === start || path.length === start)
        throw unsafe(`The path ${quotePath(path)} has an empty component`, path)
      const here = end < 0 ? path : path.slice(0, end)
      const folded = fold(baseName(here), rules)
      const first = names.get(folded)
      if (first === undefined) names.set(folded, here)
      else if (first !== here) yield { first, second: here }
      if (end >= 0) levels.push({ directory: here, names: new Map() })
    }
  }
}

/** Throws DV_PATH_COLLISION naming both of the first colliding pair. */
export function assertNoCollisions(paths: Iterable<string>, rules: NameRules): void {
  for (const { first, second } of findCollisions(paths, rules)) {
    throw new DvError(
      'DV_PATH_COLLISION',
      `The paths ${quotePath(first)} and ${quotePath(second)} are the same file on this file system`,
      { data: { first, second }, hint: 'rename one of them on a system that tells them apart' },
    )
  }
}

function fold(name: string, rules: NameRules): string {
  const normal = rules.normalizes ? name.normalize('NFC') : name
  return rules.caseInsensitive ? foldCase(normal) : normal
}

/** Checks the shape of a tree as its entries pass by: ascending, no path twice, nothing below what is not a
 * directory. The function returned throws DV_UNSAFE_PATH. */
export function createShapeCheck(): (path: string, kind: string) => void {
  let previous: string | undefined
  let leaf: string | undefined
  return (path, kind) => {
    if (previous !== undefined && comparePaths(previous, path) >= 0) {
      throw unsafe(`The tree lists ${quotePath(path)} after ${quotePath(previous)}`, path)
    }
    // All that lies below a path follows it at once, so remembering the last leaf is enough.
    if (leaf !== undefined && path.startsWith(`${leaf}/`)) {
      throw unsafe(`The tree has ${quotePath(path)} below ${quotePath(leaf)}, which is not a directory`, path)
    }
    previous = path
    if (kind !== 'directory') leaf = path
  }
}

function unsafe(message: string, path: string): DvError {
  return new DvError('DV_UNSAFE_PATH', message, { data: { path, parent: parentPath(path) } })
}
