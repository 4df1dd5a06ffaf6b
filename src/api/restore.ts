// dv restore: files of the working directory as a commit has them.
import { comparePaths, DvError, nearest } from '../base/index.js'
import { type Change, diffManifests, iterEntries, lookupMany } from '../manifest/index.js'
import { type ManifestId, sameId } from '../hash/index.js'
import {
  type Applied,
  type ChangeSource,
  localChanges,
  type PathFilter,
  scanPath,
  type WorkTree,
} from '../workspace/index.js'
import { bringChanges } from './bring.js'
import { emptyTree, prepareCheckout, withChanges } from './checkout.js'
import { type Context, currentHead, manifestOf, pathFilter, withLock, workTree } from './context.js'
import { restoreMetadata } from './restore-metadata.js'
import { perform } from './perform.js'
import { short } from './present.js'
import { holesAmong, notWritten, whatStands } from './restore-holes.js'
import type { RestoreResult } from './results.js'
import { resolve } from './revisions.js'
import type { RestoreOptions } from './types.js'

export function restore(context: Context, options: RestoreOptions): Promise<RestoreResult> {
  return withLock(context, () => restoreLocked(context, options))
}

async function restoreLocked(context: Context, options: RestoreOptions): Promise<RestoreResult> {
  const include = pathFilter(context, options.paths)
  if (!include) {
    throw new DvError('DV_USAGE', "'dv restore' needs the paths to restore", {
      hint: "'dv restore .' restores everything below this folder",
    })
  }
  const { commit } = await resolve(context, options.source ?? 'HEAD')
  const source = (await manifestOf(context, commit))!
  const head = (await manifestOf(context, (await currentHead(context)).commit)) ?? (await emptyTree(context))
  const tree = workTree(context)
  const asked = await restoreChanges(tree, { head, source, include })
  const metadata = await restoreMetadata(context, { head, source, include })
  if (asked.changes.length === 0 && !metadata)
    await refuseUnknown(tree, { head, source, include, paths: options.paths })
  const work = {
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  }
  await bringChanges(context, inOneBatch(asked.changes), work)
  const standing = await whatStands(tree, inOneBatch(asked.changes), asked.isModified)
  if (!metadata) standing.refuseAll()
  const { changes } = standing
  const prepared = await prepareCheckout(context, tree, {
    from: head,
    to: source,
    isMixed: !sameId(head, source),
    changes: inOneBatch(changes),
    force: true,
    what: 'Restoring',
    ...work,
  })
  let applied: Applied = { written: 0, removed: 0, bytes: 0 }
  const before = prepared.before ?? head
  if (changes.length > 0 || metadata) {
    await perform(context, {
      verb: 'restore',
      args: [...(options.source ? ['--source', options.source] : []), ...options.paths],
      worktree: { before, after: await withChanges(context, before, changes) },
      metadata,
      ...(prepared.saved.length > 0 && { saved: before }),
      async files() {
        applied = await prepared.apply()
      },
    })
  }
  const holes = await holesAmong(tree, source, (path) => include.matches(path) && isHere(tree, path))
  if (asked.changes.length === 0 && !metadata) holes.refuseAll()
  if (standing.lost.count > 0) context.surroundings.onLost?.(standing.lost)
  return {
    source: { name: options.source ?? 'HEAD', short: short(commit) },
    ...applied,
    ...(metadata && { metadata: metadata.changed }),
    ...notWritten(standing, holes.found, applied.lost),
  }
}

function inOneBatch(changes: readonly Change[]): ChangeSource {
  return async function* () {
    yield changes
  }
}

interface Sides {
  head: ManifestId
  source: ManifestId
  include: PathFilter
}

interface Typed {
  paths: readonly string[]
}

/** What must change on disk: where HEAD differs from the source, and where the disk differs from HEAD. Files that
 * neither has are left alone. */
async function restoreChanges(tree: WorkTree, { head, source, include }: Sides) {
  const wanted = (path: string) => include.matches(path) && isHere(tree, path)
  const byPath = new Map<string, Change>()
  for await (const batch of diffManifests(tree.reader, [head, source])) {
    for (const change of batch) if (wanted(change.path)) byPath.set(change.path, change)
  }
  const local = await localChanges(tree, head)
  const dirty: Change[] = [...local.byPath.values()].filter(
    ({ path, before }) => before && wanted(path) && !byPath.has(path),
  )
  // What was lost is tried again: the store may have it by now.
  for (const { path } of local.lost) if (wanted(path) && !byPath.has(path)) dirty.push({ path })
  const after = await lookupMany(
    tree.reader,
    source,
    dirty.map(({ path }) => path),
  )
  dirty.forEach(({ path, before }, i) => {
    byPath.set(path, { path, ...(before && { before }), ...(after[i] && { after: after[i] }) })
  })
  const changes = [...byPath.values()].sort((a, b) => comparePaths(a.path, b.path))
  return { changes, isModified: (path: string) => local.byPath.has(path) }
}

/** What stands there although a sparse checkout leaves it out goes along. */
function isHere({ sparse, workdir }: WorkTree, path: string): boolean {
  return !sparse || sparse.matches(path) || scanPath(workdir.root, path) !== undefined
}

/** Nothing of what was asked for is in the working directory: saying 'restored' of that would be no truth. */
async function leftOut(tree: WorkTree, { head, paths }: Sides & Typed, path: string): Promise<DvError> {
  const [inHead] = await lookupMany(tree.reader, head, [path])
  const typed = paths.join("', '")
  return new DvError('DV_UNKNOWN_PATH', `What is recorded as '${typed}' is not here: it was left out`, {
    data: { paths, nearest: [path] },
    hint: inHead
      ? `'dv checkout --add ${path}' brings it; then type this again`
      : "'dv get REV:PATH DEST' writes a copy of it; 'dv checkout --full' has everything here",
  })
}

async function refuseUnknown(tree: WorkTree, sides: Sides & Typed): Promise<void> {
  const known: string[] = []
  let left: string | undefined
  for await (const batch of iterEntries(tree.reader, sides.source)) {
    for (const [path] of batch) {
      if (sides.include.matches(path)) {
        if (isHere(tree, path)) return
        left ??= path
      }
      if (known.length < 10_000) known.push(path)
    }
  }
  if (left !== undefined) throw await leftOut(tree, sides, left)
  const [typed] = sides.paths
  const near = nearest(typed!, known)
  throw new DvError('DV_UNKNOWN_PATH', `No recorded path matches '${sides.paths.join("', '")}'`, {
    data: { paths: sides.paths, nearest: near },
    hint: near.length > 0 ? `did you mean '${near[0]}'?` : "'dv ls -R' lists what is recorded",
  })
}
