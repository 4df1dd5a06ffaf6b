// From one tree to another in the working directory, as switch, restore, merge, undo and clone need it.
import { comparePaths, parentPath } from '../base/index.js'
import { storeFiles } from '../content/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import {
  buildManifest,
  type Change,
  diffManifests,
  type Edit,
  editManifest,
  iterEntries,
  lookup,
} from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import { StoreWriter } from '../store/index.js'
import {
  type Applied,
  applyChanges,
  type BaseManifest,
  type ChangeSource,
  checkChanges,
  findObstacles,
  type LocalChanges,
  localChanges,
  readSymlink,
  removeObstacles,
  scanPath,
  wouldOverwrite,
  type WorkTree,
  writeUnfinishedCheckout,
} from '../workspace/index.js'
import type { Context } from './context.js'
import { publish } from './publish.js'
import type { Work } from './types.js'

export interface CheckoutPlan {
  /** What is checked out now, and what is to be. */
  from: BaseManifest
  to: BaseManifest
  /** The changes to make on disk, when they are not simply those between the two. */
  changes?: ChangeSource
  /** Runs over uncommitted changes, after saving them. */
  force: boolean
  /** For messages: 'The checkout'. */
  what: string
}

export interface PreparedCheckout {
  /** The tree on disk before, with the uncommitted work that will be run over; undefined: nothing was there. */
  before: BaseManifest
  /** Uncommitted files that will be run over. */
  saved: readonly string[]
  /** Uncommitted changes that stay. */
  kept: number
  /** Does it. */
  apply: () => Promise<Applied>
}

/** Finds out what a checkout would do, refuses it, or saves what it would run over. Changes no file yet. */
export async function prepareCheckout(
  context: Context,
  tree: WorkTree,
  plan: CheckoutPlan & Work,
): Promise<PreparedCheckout> {
  const { from, to, force } = plan
  const work = {
    ...(plan.signal && { signal: plan.signal }),
    ...(plan.onProgress && { onProgress: plan.onProgress }),
  }
  const changes = plan.changes ?? changesBetween(tree, from, to)
  await checkChanges(tree, changes)
  const local = await localChanges(tree, from, work)
  const obstacles = await findObstacles(tree, local, changes())
  if (obstacles.length > 0 && !force) throw wouldOverwrite(obstacles, plan.what)
  const before = obstacles.length > 0 ? await saveWork(context, tree, { base: from, paths: obstacles }) : from
  return {
    before,
    saved: obstacles,
    kept: local.byPath.size - countWithin(local, obstacles),
    async apply() {
      removeObstacles(tree, obstacles)
      return applyChanges(tree, changes, { from, to, ...work })
    },
  }
}

function countWithin(local: LocalChanges, paths: readonly string[]): number {
  return paths.filter((path) => local.byPath.has(path)).length
}

/** The changes from one tree to another within what is checked out. */
export function changesBetween(tree: WorkTree, from: BaseManifest, to: BaseManifest): ChangeSource {
  return async function* () {
    for await (const batch of changesOf(tree, from, to)) {
      const wanted = tree.sparse ? batch.filter(({ path }) => tree.sparse!.matches(path)) : batch
      if (wanted.length > 0) yield wanted
    }
  }
}

async function* changesOf(
  tree: WorkTree,
  from: BaseManifest,
  to: BaseManifest,
): AsyncGenerator<readonly Change[]> {
  if (from && to) return yield* diffManifests(tree.reader, [from, to])
  const side = to ?? from
  if (!side) return
  for await (const batch of iterEntries(tree.reader, side)) {
    yield batch.map(([path, entry]): Change => (to ? { path, after: entry } : { path, before: entry }))
  }
}

/** Stores the files at `paths` as they are on disk, over `base`: the tree that an undo goes back to. */
export async function saveWork(
  context: Context,
  tree: WorkTree,
  { base, paths }: { base: BaseManifest; paths: readonly string[] },
): Promise<ManifestId> {
  const nodes = new StoreWriter(context.store, { kind: 'node' })
  const edits = new Map<string, Entry | undefined>()
  const files: { path: string; size: number }[] = []
  for (const path of paths) {
    const found = scanPath(tree.workdir.root, path, { executableBit: tree.traits.executableBit })
    if (found?.kind === 'symlink')
      edits.set(path, { kind: 'symlink', target: readSymlink(tree.workdir.root, path) })
    else if (found?.kind === 'directory') edits.set(path, { kind: 'directory' })
    else edits.set(path, undefined)
    if (found?.kind === 'file' || found?.kind === 'executable') files.push({ path, size: found.size })
  }
  const chunkAvg = context.format.chunker.avg
  for await (const batch of storeFiles(files, { pool: tree.pool, nodes, chunkAvg })) {
    for (const { path, stat, content, recipe } of batch) {
      const kind = scanPath(tree.workdir.root, path)?.kind === 'executable' ? 'executable' : 'file'
      edits.set(path, { kind, size: stat.size, content, recipe })
    }
  }
  await dropParents(context, base, edits)
  const list = [...edits].sort(([a], [b]) => comparePaths(a, b)) as Edit[]
  const manifest = base
    ? await editManifest(nodes, base, list)
    : await buildManifest(
        nodes,
        list.flatMap(([path, entry]) => (entry ? [[path, entry] as const] : [])),
      )
  await publish(context, tree, nodes)
  return manifest
}

/** Where a saved file stands in the place of a recorded directory, or below a recorded file, the recorded gives way. */
async function dropParents(
  context: Context,
  base: BaseManifest,
  edits: Map<string, Entry | undefined>,
): Promise<void> {
  if (!base) return
  for (const [path, entry] of [...edits]) {
    if (!entry) continue
    for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) {
      const above = await lookup(context.store, base, parent)
      if (above && above.kind !== 'directory' && !edits.has(parent)) edits.set(parent, undefined)
    }
    if (entry.kind === 'directory') continue
    for await (const batch of iterEntries(context.store, base, { prefix: path })) {
      for (const [below] of batch) if (below !== path && !edits.has(below)) edits.set(below, undefined)
    }
  }
}

/** Fills a new working directory. */
export async function checkoutInitial(
  context: Context,
  tree: WorkTree,
  { commit, manifest, ...work }: { commit: CommitId; manifest: ManifestId } & Work,
): Promise<Applied> {
  const prepared = await prepareCheckout(context, tree, {
    from: undefined,
    to: manifest,
    force: false,
    what: 'The checkout',
    ...work,
  })
  writeUnfinishedCheckout(context.workdir, commit)
  const applied = await prepared.apply()
  writeUnfinishedCheckout(context.workdir, undefined)
  return applied
}
