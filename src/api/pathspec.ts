// The paths a user typed, held against trees: which part of a tree they are about, and that each means something.
import fs from 'node:fs'
import type { ManifestId } from '../hash/index.js'
import { iterEntries, summarize } from '../manifest/index.js'
import { compilePathspec, globWorkdir, isGlob, type PathFilter } from '../workspace/index.js'
import { fromTop, pathFilter, type StoreView } from './context.js'
import { unknownPath } from './revisions.js'

/** What a verb that takes PATHS looks at. */
export interface PathScope {
  /** Absent: everything. */
  filter?: PathFilter
  /** Nothing outside this directory or file can match: lets a walk skip the rest of the tree. */
  prefix?: string
}

/** Throws DV_BAD_PATTERN, or DV_UNKNOWN_PATH for a path outside the working directory. */
export function pathScope(view: StoreView, paths: readonly string[]): PathScope {
  const filter = pathFilter(view, paths)
  if (!filter) return {}
  const prefix = paths.length === 1 ? staticPrefix(fromTop(view.prefix, paths[0]!)) : ''
  return { filter, ...(prefix !== '' && { prefix }) }
}

/** The directories in front of a pattern's first wildcard: 'a/b' of 'a/b/*.csv'; a plain path as it is. */
export function staticPrefix(pattern: string): string {
  if (pattern.startsWith('!')) return ''
  const plain: string[] = []
  for (const part of pattern.split('/')) {
    if (isGlob(part) || /[*?[\]{}()!+@\\]/.test(part)) break
    plain.push(part)
  }
  return plain.join('/')
}

/** Throws DV_UNKNOWN_PATH for the first of `paths` that means nothing in any of the trees (undefined: no tree), nor,
 * with `workdir`, on disk. */
export async function requirePaths(
  view: StoreView,
  paths: readonly string[],
  { manifests, workdir = false }: { manifests: readonly (ManifestId | undefined)[]; workdir?: boolean },
): Promise<void> {
  for (const typed of paths) {
    const path = fromTop(view.prefix, typed)
    if (path.startsWith('!') || (workdir && (await isOnDisk(view, path)))) continue
    const trees = manifests.filter((manifest) => manifest !== undefined)
    const known = await Promise.all(trees.map((manifest) => isIn(view, manifest, path)))
    if (known.includes(true)) continue
    const within = workdir ? 'the working directory or the commit' : 'these commits'
    throw await unknownPath(view, trees.at(-1), { path, within })
  }
}

/** Whether a path or pattern means anything in a tree. */
export async function isIn({ store }: StoreView, manifest: ManifestId, pattern: string): Promise<boolean> {
  if (pattern === '**' || (await summarize(store, manifest, pattern)).entries > 0) return true
  if (!isGlob(pattern)) return false
  const filter = compilePathspec([pattern])
  for await (const batch of iterEntries(store, manifest, { prefix: staticPrefix(pattern) })) {
    if (batch.some(([path]) => filter.matches(path))) return true
  }
  return false
}

async function isOnDisk({ workdir }: StoreView, path: string): Promise<boolean> {
  if (!workdir) return false
  if (path === '**' || exists(`${workdir.root}/${path}`)) return true
  return isGlob(path) && (await globWorkdir(workdir.root, [path])).length > 0
}

function exists(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Too long for a name, say: then it names nothing here.
    return false
  }
}
