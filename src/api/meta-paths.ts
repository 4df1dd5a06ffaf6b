// The paths that `dv meta` is told: a plain path is that file or directory itself, a pattern all files it matches, recorded
// or not, as a commit would have them.
import { comparePaths, DvError } from '../base/index.js'
import { quotePath } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { iterEntries, summarize } from '../manifest/index.js'
import { compilePathspec, isGlob, type PathFilter, workingChanges } from '../workspace/index.js'
import { type Context, fromTop, workTree } from './context.js'
import type { Work } from './types.js'
import { requirePaths, staticPrefix } from './pathspec.js'

export interface PathsAsked extends Work {
  paths: readonly string[]
  /** The recorded tree. */
  tree: ManifestId | undefined
}

/** In order, each once. Throws DV_UNKNOWN_PATH for what means nothing, DV_USAGE for the top, which has no entry. */
export async function pathsMeant(context: Context, asked: PathsAsked): Promise<string[]> {
  const { paths, tree, signal } = asked
  await requirePaths(context, paths, { manifests: [tree], workdir: true })
  const { plain, patterns, left } = sorted(context, paths)
  const found = new Set<string>()
  for (const path of plain)
    if (compilePathspec([path, ...left]).matches(path))
      found.add(await asRecorded(context, { path, tree, signal }))
  if (patterns.length > 0) await addMatching(context, { patterns, left, tree, signal, found })
  return [...found].sort(comparePaths)
}

/** What was typed, seen from the top. `left`: with '!' before it. */
function sorted({ prefix }: Context, paths: readonly string[]) {
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

interface Place {
  path: string
  tree: ManifestId | undefined
  signal: AbortSignal | undefined
}

/** The path, if a commit would have it. */
async function asRecorded(context: Context, { path, tree, signal }: Place): Promise<string> {
  if (tree && (await summarize(context.store, tree, path)).entries > 0) return path
  for await (const batch of additions(context, { tree, include: compilePathspec([path]), signal }))
    if (batch.length > 0) return path
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
  tree: ManifestId | undefined
  signal: AbortSignal | undefined
  found: Set<string>
}

async function addMatching(
  context: Context,
  { patterns, left, tree, signal, found }: Matching,
): Promise<void> {
  const include = compilePathspec([...patterns, ...left])
  const prefix = patterns.length === 1 ? staticPrefix(patterns[0]!) : ''
  if (tree)
    for await (const batch of iterEntries(context.store, tree, { prefix })) {
      signal?.throwIfAborted()
      for (const [path] of batch) if (include.matches(path)) found.add(path)
    }
  for await (const batch of additions(context, { tree, include, signal }))
    for (const path of batch) found.add(path)
}

/** Files that are here and in no commit yet. */
async function* additions(
  context: Context,
  { tree, include, signal }: Omit<Place, 'path'> & { include: PathFilter },
): AsyncGenerator<string[]> {
  const options = { include, ...(signal && { signal }) }
  for await (const batch of workingChanges(workTree(context), tree, options))
    yield batch.flatMap(({ path, type }) => (type === 'added' ? [path] : []))
}
