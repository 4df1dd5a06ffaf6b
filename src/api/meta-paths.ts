// The paths that `dv meta` is told: a plain path is that file or directory itself, a pattern all files it matches, as a commit
// would have them. With an expression, those of the recorded ones that it means.
import { comparePaths, DvError } from '../base/index.js'
import { quotePath } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { iterEntries, summarize } from '../manifest/index.js'
import { compilePathspec, isGlob } from '../workspace/index.js'
import { fromTop, type StoreView } from './context.js'
import { describedWhere } from './meta-where.js'
import type { MetaSetOptions } from './meta-types.js'
import type { NewFiles } from './new-files.js'
import { requirePaths, staticPrefix } from './pathspec.js'

/** What paths are held against. */
export interface PathsWithin {
  /** The recorded tree. */
  tree: ManifestId | undefined
  /** What is not committed of metadata. */
  pending?: ManifestId | undefined
  /** Absent: a tree alone is meant, not a working directory. */
  newFiles?: NewFiles
}

type PathsAsked = Pick<MetaSetOptions, 'paths' | 'where'> & { signal?: AbortSignal | undefined }

/** In order, each once. Throws DV_UNKNOWN_PATH for what means nothing, DV_USAGE for the top, which has no entry. */
export async function pathsAsked(
  view: StoreView,
  { where, paths, signal }: PathsAsked,
  within: PathsWithin,
): Promise<string[]> {
  const named =
    where === undefined || paths.length > 0 ? await pathsMeant(view, { paths, signal }, within) : undefined
  if (where === undefined) return named!
  const asked = named && new Set(named)
  const meant: string[] = []
  const { tree, pending } = within
  for await (const { path } of describedWhere(view.store, { tree, pending, where, signal }))
    if (asked?.has(path) ?? true) meant.push(path)
  return meant
}

async function pathsMeant(view: StoreView, asked: PathsAsked, within: PathsWithin): Promise<string[]> {
  const { paths, signal } = asked
  const { tree, newFiles } = within
  await requirePaths(view, paths, { manifests: [tree], workdir: newFiles !== undefined })
  const { plain, patterns, left } = sorted(view, paths)
  const found = new Set<string>()
  for (const path of plain)
    if (compilePathspec([path, ...left]).matches(path)) found.add(await asRecorded(view, path, within))
  if (patterns.length > 0) await addMatching(view, { patterns, left, signal, found }, within)
  return [...found].sort(comparePaths)
}

/** What was typed, seen from the top. `left`: with '!' before it. */
function sorted({ prefix }: StoreView, paths: readonly string[]) {
  const all = paths.map((typed) => fromTop(prefix, typed))
  const left = all.filter((path) => path.startsWith('!'))
  const asked = all.filter((path) => !path.startsWith('!'))
  const top = paths.findIndex((typed, i) => all[i] === '**' && !isGlob(typed))
  if (top >= 0)
    throw new DvError('DV_USAGE', 'The top of the tree has no entry that could carry metadata', {
      data: { path: paths[top] },
      hint: "'**' means every file; what is said of the whole belongs to a commit: dv commit --meta K=V",
    })
  return {
    plain: asked.filter((path) => !isGlob(path)),
    patterns: asked.filter((path) => isGlob(path)),
    left,
  }
}

/** The path, if a commit would have it. */
async function asRecorded(
  { store }: StoreView,
  path: string,
  { tree, newFiles }: PathsWithin,
): Promise<string> {
  if (tree && (await summarize(store, tree, path)).entries > 0) return path
  for await (const batch of newFiles?.(compilePathspec([path])) ?? []) if (batch.length > 0) return path
  throw new DvError(
    'DV_UNKNOWN_PATH',
    `${quotePath(path)} is left out of commits: it cannot carry metadata`,
    {
      data: { path },
      hint: "a '.dvignore' names it, or it is no file",
    },
  )
}

interface Matching {
  patterns: readonly string[]
  left: readonly string[]
  signal: AbortSignal | undefined
  found: Set<string>
}

async function addMatching(
  { store }: StoreView,
  { patterns, left, signal, found }: Matching,
  { tree, newFiles }: PathsWithin,
): Promise<void> {
  const include = compilePathspec([...patterns, ...left])
  const prefix = patterns.length === 1 ? staticPrefix(patterns[0]!) : ''
  if (tree)
    for await (const batch of iterEntries(store, tree, { prefix })) {
      signal?.throwIfAborted()
      for (const [path] of batch) if (include.matches(path)) found.add(path)
    }
  for await (const batch of newFiles?.(include) ?? []) for (const path of batch) found.add(path)
}
