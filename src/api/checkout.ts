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
  type PathEntry,
} from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import { StoreWriter } from '../store/index.js'
import {
  type Applied,
  applyChanges,
  type BaseManifest,
  cannotMove,
  type ChangeSource,
  checkedChanges,
  EVERYTHING_HERE,
  findObstacles,
  type LocalChanges,
  localChanges,
  lookOnDisk,
  NOTHING_HERE,
  readFileClock,
  readSparseRules,
  readSymlink,
  removeObstacles,
  type ScanEntry,
  scanPath,
  type SparseRule,
  type Workdir,
  type WorkTree,
  wouldOverwrite,
  writeSparse,
  writeSparseChange,
  writeUnfinishedCheckout,
} from '../workspace/index.js'
import { bringChanges } from './bring.js'
import type { Context } from './context.js'
import { publish, writeNodes } from './publish.js'
import type { Work } from './types.js'
import { withUnfinished } from './unfinished.js'

export interface CheckoutPlan {
  /** What is checked out now, and what is to be. */
  from: BaseManifest
  to: BaseManifest
  /** The changes to make on disk, when they are not simply those between the two. */
  changes?: ChangeSource
  /** `changes` lead to no one manifest: the stat cache learns of files, not of their equality with `to`. */
  isMixed?: boolean
  /** What `changes` take away stays recorded: it is only not to be here. */
  isLeavingOut?: boolean
  /** The caller calls writeUnfinishedCheckout() for `to` before it has this done. */
  isOnRecord?: boolean
  /** Runs over uncommitted changes, after saving them; absent where the verb has no such option. */
  force?: boolean
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
  const since = readFileClock(tree.workdir.dvDir)
  const local = await localChanges(tree, from, work)
  const { changes, halves } = await withUnfinished(context, tree, {
    changes: plan.changes ?? changesBetween(tree, from, to),
    local,
    from,
    to,
  })
  const obstacles = await findObstacles(tree, local, {
    changes: checkedChanges(tree, changes),
    halves,
    isLeavingOut: plan.isLeavingOut ?? false,
  })
  const { inTheWay, immovable, unsaved, replaces } = obstacles
  if (inTheWay.length > 0 && !force)
    throw wouldOverwrite(inTheWay, { what: plan.what, canForce: force !== undefined })
  if (immovable.length > 0) throw cannotMove(immovable, plan.what)
  await bringChanges(context, changes, work)
  const as = new Map(inTheWay.flatMap((path) => standing(tree, path)))
  const paths = [...inTheWay, ...unsaved]
  const before = paths.length > 0 ? await saveWork(context, tree, { base: from, paths }) : from
  return {
    before,
    saved: inTheWay,
    kept: local.byPath.size - countWithin(local, inTheWay),
    async apply() {
      removeObstacles(tree, inTheWay, as)
      const goal = { from, to: plan.isMixed ? undefined : to, isOnRecord: plan.isOnRecord ?? false }
      const isMeant = tree.sparseAt !== undefined && to !== undefined && !plan.isLeavingOut
      const rule = isMeant ? await tree.sparseAt!(to) : undefined
      if (rule) writeSparseChange(tree.workdir, { before: sparseInStep(tree.workdir), now: rule })
      const applied = await applyChanges(tree, changes, { ...goal, since, replaces, ...work })
      if (rule) writeSparse(tree.workdir, rule.list, rule.meant)
      if (applied.lost) context.surroundings.onLost?.(applied.lost)
      return applied
    },
  }
}

function standing(tree: WorkTree, path: string): [string, ScanEntry][] {
  const found = scanPath(tree.workdir.root, path)
  return found ? [[path, found]] : []
}

function countWithin(local: LocalChanges, paths: readonly string[]): number {
  return paths.filter((path) => local.byPath.has(path)).length
}

/** What a change of what is here begins with: what a crash leaves undone is then not here, rather than deleted. */
export function sparseInStep(workdir: Workdir): SparseRule {
  const [now, before] = readSparseRules(workdir)
  if (before) return { list: NOTHING_HERE, meant: new Map() }
  return now ?? { list: EVERYTHING_HERE, meant: new Map() }
}

/** The changes from one tree to another within what is checked out; `also`: paths that count as within it. */
export function changesBetween(
  tree: WorkTree,
  from: BaseManifest,
  to: BaseManifest,
  also: ReadonlySet<string> = new Set(),
): ChangeSource {
  return async function* () {
    if (tree.sparseAt && to) {
      const { changesOfMeant } = await import('./meant.js')
      return yield* changesOfMeant(tree, { from, to, also })
    }
    for await (const batch of changesOf(tree, from, to)) {
      // What stands there although a sparse checkout leaves it out goes along.
      const isWanted = ({ path }: Change) =>
        also.has(path) || tree.sparse!.matches(path) || scanPath(tree.workdir.root, path)
      const wanted = tree.sparse ? batch.filter(isWanted) : batch
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
  const disk = lookOnDisk(tree.workdir.root, tree.traits)
  for (const path of paths) {
    const found = disk.at(path)
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
    : await buildManifest(nodes, list.flatMap(present))
  await publish(context, tree, nodes)
  return manifest
}

function present([path, entry]: Edit): PathEntry[] {
  return entry ? [[path, entry]] : []
}

/** The tree of nothing: what an undo goes back to from the first checkout. */
export function emptyTree(context: Context): Promise<ManifestId> {
  return writeNodes(context, (nodes) => buildManifest(nodes, []))
}

/** A tree with changes made to it, which come in manifest order. */
export function withChanges(
  context: Context,
  base: ManifestId,
  changes: readonly Change[],
): Promise<ManifestId> {
  return writeNodes(context, async (nodes) => {
    const edits = new Map(changes.map(({ path, after }) => [path, after]))
    await dropParents(context, base, edits)
    const list = [...edits].sort(([a], [b]) => comparePaths(a, b)) as Edit[]
    return editManifest(nodes, base, list)
  })
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
    isOnRecord: true,
    what: 'The checkout',
    ...work,
  })
  writeUnfinishedCheckout(context.workdir, commit)
  const applied = await prepared.apply()
  writeUnfinishedCheckout(context.workdir, undefined)
  return applied
}
