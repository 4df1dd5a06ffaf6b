// Settling the conflicts of a merge or revert, and ending it. Each is an operation of its own, which an undo takes back
// with the record of the merge that waits.
import { comparePaths, DvError, nearest, parentPath } from '../base/index.js'
import { type ManifestId, sameId, toHex } from '../hash/index.js'
import { type Change, editManifest, lookupMany } from '../manifest/index.js'
import { takeSide } from '../merge/index.js'
import { StoreWriter } from '../store/index.js'
import {
  type Applied,
  changeMerge,
  type ChangeSource,
  type MergeConflict,
  type MergeState,
  workingChanges,
  type WorkTree,
  writeMerge,
} from '../workspace/index.js'
import { prepareCheckout } from './checkout.js'
import { commitLocked } from './commit.js'
import {
  conflictsLeft,
  forgetMerge,
  refuseInterrupted,
  sidesOf,
  statusConflict,
  unfinishedMerge,
} from './conflicts.js'
import { type CellsTaken, isOfCells, takeConflictCells } from './merge-cells.js'
import { type Context, currentHead, manifestOf, pathFilter, withLock, workTree } from './context.js'
import { perform } from './perform.js'
import { short } from './present.js'
import { publish } from './publish.js'
import type { AbortResult, MergeResult, ResolveResult } from './results.js'
import { changesBeyond, type GatedWork } from './three-way.js'
import type { ResolveOptions, Work } from './types.js'

export async function mergeUnderWay(context: Context): Promise<boolean> {
  return (await unfinishedMerge(context, await currentHead(context))) !== undefined
}

/** Commits what is in the working directory, as `dv commit` does while a merge waits. */
export function continueMerge(
  context: Context,
  { message, ...work }: GatedWork & { message?: string },
): Promise<MergeResult> {
  return withLock(context, async () => {
    const { theirsName } = await requireMerge(context)
    const { commit, changes } = await commitLocked(
      context,
      {
        ...{ amend: false, allowEmpty: false, metadata: {}, paths: [], rehash: false },
        ...work,
        ...(message !== undefined && { message }),
      },
      { continued: true },
    )
    const { id, short: digits, message: text } = commit
    const subject = text.split('\n', 1)[0]!
    return {
      outcome: 'merged',
      commit: { id, short: digits, subject },
      theirs: theirsName,
      changes,
      conflicts: [],
    }
  })
}

async function requireMerge(context: Context): Promise<MergeState> {
  const merge = await unfinishedMerge(context, await currentHead(context))
  if (merge) return merge
  forgetMerge(context)
  throw new DvError('DV_NO_MERGE', 'No merge or revert is under way', {
    hint: "'dv merge BRANCH' begins one; 'dv undo' takes back one that is done",
  })
}

/** Puts back every file the merge touched; other uncommitted work stays. What had been done to settle conflicts is
 * saved for an undo. */
export function abortMerge(context: Context, work: Work): Promise<AbortResult> {
  return withLock(context, async () => {
    const merge = await requireMerge(context)
    const tree = workTree(context)
    const commit = (await currentHead(context)).commit ?? merge.ours
    const to = sameId(commit, merge.ours) ? merge.before : (await manifestOf(context, commit))!
    const applied = await exchange(context, tree, {
      ...{ merge, to, after: undefined, work, args: ['--abort'] },
      changes: await abortChanges(tree, merge, to),
    })
    return {
      commit: { id: toHex(commit), short: short(commit) },
      restored: applied.written + applied.removed,
    }
  })
}

/** From whatever the merge may have put on disk, and was done to it since, back to `to`. */
async function abortChanges(tree: WorkTree, merge: MergeState, to: ManifestId): Promise<ChangeSource> {
  const beyond = new Set(merge.beyond)
  const sources = [merge.shown, ...(merge.pending ? [merge.pending] : [])].map((from) =>
    changesBeyond(tree, from, to, merge.beyond),
  )
  const paths = merge.conflicts.map(({ path }) => path)
  const all = await withDirty(tree, sources, { shown: merge.shown, to, paths })
  // What lies outside a sparse checkout was not there before.
  return inBatches(
    all.map(({ path, ...change }) => (beyond.has(path) ? gone(path, change) : { path, ...change })),
  )
}

function gone(path: string, { before, after }: Omit<Change, 'path'>): Change {
  const old = before ?? after
  return { path, ...(old && { before: old }) }
}

/** Settles conflicts by one side. Without paths those that are left; with paths also what was settled by hand. */
export function resolveMerge(context: Context, options: ResolveOptions): Promise<ResolveResult> {
  return withLock(context, async () => {
    const merge = await requireMerge(context)
    refuseInterrupted(merge)
    const chosen = chooseConflicts(context, merge, options.paths)
    if (options.cells) requireCells(chosen, options.paths)
    if (chosen.length === 0) return { resolved: [], left: [] }
    const tree = workTree(context)
    const next = await takeChosen(context, tree, { merge, chosen, options })
    const { shown } = next
    const paths = chosen.filter(({ kind }) => kind !== 'metadata').map(({ path }) => path)
    const source = changesBeyond(tree, merge.shown, shown, merge.beyond)
    await exchange(context, tree, {
      ...{ merge, to: shown, after: next, work: options, args: [`--${options.side}`, ...options.paths] },
      changes: inBatches(await withDirty(tree, [source], { shown: merge.shown, to: shown, paths })),
    })
    const kept = new Set(next.conflicts.map(({ path }) => path))
    return {
      resolved: merge.conflicts.filter(({ path }) => !kept.has(path)).map(({ path }) => path),
      left: conflictsLeft(context, next).map(statusConflict),
    }
  })
}

function chooseConflicts(context: Context, merge: MergeState, paths: readonly string[]): MergeConflict[] {
  const filter = pathFilter(context, paths)
  if (!filter) return conflictsLeft(context, merge)
  const chosen = merge.conflicts.filter(({ path }) => filter.matches(path))
  if (chosen.length > 0) return chosen
  const near = nearest(
    paths[0]!,
    merge.conflicts.map(({ path }) => path),
  )
  throw new DvError('DV_UNKNOWN_PATH', `There is no conflict at '${paths.join("', '")}'`, {
    data: { paths, nearest: near },
    hint: near.length > 0 ? `did you mean '${near[0]}'?` : "'dv status' lists the conflicts",
  })
}

/** Cells are those of one table in conflict. */
function requireCells(chosen: readonly MergeConflict[], paths: readonly string[]): void {
  if (chosen.length === 1 && chosen.every(isOfCells)) return
  throw new DvError('DV_NOT_A_TABLE', `'${paths.join("', '")}' is no table with cells in conflict`, {
    data: { paths: [...paths] },
    hint: "'dv status' lists the conflicts; without --row a side is taken of all of it",
  })
}

interface Choice {
  merge: MergeState
  chosen: readonly MergeConflict[]
  options: ResolveOptions
}

/** The merge with the chosen conflicts settled; its trees are in the store. */
async function takeChosen(
  context: Context,
  tree: WorkTree,
  { merge, chosen, options }: Choice,
): Promise<MergeState> {
  const nodes = new StoreWriter(context.store, { kind: 'node' })
  const data = new StoreWriter(context.store, { kind: 'data' })
  const ours = (await manifestOf(context, merge.ours))!
  const from = options.side === 'ours' ? ours : merge.theirsTree
  const cells = new Map<string, CellsTaken>()
  for (const conflict of chosen.filter(isOfCells)) {
    const choice = {
      merge,
      conflict,
      from,
      ours,
      work: options,
      ...(options.cells && { meant: options.cells }),
    }
    const taken = await takeConflictCells(context, { nodes, data }, choice).catch((error: unknown) => {
      nodes.abort()
      data.abort()
      throw error
    })
    cells.set(conflict.path, taken)
  }
  const conflicts = chosen
    .filter(({ path }) => !cells.has(path))
    .map(({ path, kind, metadataKeys }) => ({
      path,
      ...(kind === 'metadata' && metadataKeys && { keys: metadataKeys }),
    }))
  const sided = await editManifest(
    nodes,
    merge.tree,
    await takeSide(nodes, { tree: merge.tree, from, conflicts }),
  )
  const settled = await editManifest(
    nodes,
    sided,
    [...cells.values()].map(({ edit }) => edit).sort(([a], [b]) => comparePaths(a, b)),
  )
  // A side taken of a whole directory settles what lies in it.
  const taken = new Set(conflicts.map(({ path }) => path))
  const left = merge.conflicts.flatMap((conflict) => {
    const rest = cells.has(conflict.path) ? cells.get(conflict.path)!.left : conflict
    return rest && !isAmong(taken, rest.path) ? [rest] : []
  })
  const sides = left.flatMap(sidesOf).sort(comparePaths)
  const entries = await lookupMany(nodes, merge.shown, sides)
  const shown = await editManifest(
    nodes,
    settled,
    sides.map((path, i) => [path, entries[i]] as const),
  )
  await publish(context, tree, data, nodes)
  return { ...merge, tree: settled, shown, conflicts: left }
}

/** Whether it, or a directory above it, is one of the paths. */
function isAmong(paths: ReadonlySet<string>, path: string): boolean {
  for (let above = path; above !== ''; above = parentPath(above)) if (paths.has(above)) return true
  return false
}

interface Exchange {
  merge: MergeState
  to: ManifestId
  changes: ChangeSource
  /** The merge that waits afterwards. */
  after: MergeState | undefined
  args: readonly string[]
  work: Work
}

/** Makes the files of a merge others. Found with `pending` set, after a crash, it can only be aborted. */
async function exchange(
  context: Context,
  tree: WorkTree,
  { merge, to, changes, after, args, work }: Exchange,
): Promise<Applied> {
  const { shown } = merge
  const prepared = await prepareCheckout(context, tree, {
    ...{ from: shown, to, changes, force: true, what: `The ${merge.kind}` },
    ...(work.signal && { signal: work.signal }),
    ...(work.onProgress && { onProgress: work.onProgress }),
  })
  const before = prepared.before ?? shown
  let applied: Applied = { written: 0, removed: 0, bytes: 0 }
  await perform(context, {
    ...{ verb: merge.kind, args, worktree: { before, after: to } },
    ...(prepared.saved.length > 0 && { saved: before }),
    async files(operation) {
      writeMerge(context.workdir, { ...merge, pending: to })
      applied = await prepared.apply()
      changeMerge(context.workdir, { operation: operation.id, before: merge, after })
    },
  })
  return applied
}

interface DirtyOptions {
  shown: ManifestId
  to: ManifestId
  /** Where the disk may differ from `shown` and must not afterwards. */
  paths: readonly string[]
}

/** The changes of all sources, and those that are needed where the disk is no longer as the merge left it. */
async function withDirty(
  tree: WorkTree,
  sources: readonly ChangeSource[],
  { shown, to, paths }: DirtyOptions,
): Promise<Change[]> {
  const all = new Map<string, Change>()
  for (const source of sources) {
    for await (const batch of source()) {
      for (const change of batch) if (!all.has(change.path)) all.set(change.path, change)
    }
  }
  if (paths.length > 0) {
    const dirty: Change[] = []
    const wanted = new Set(paths)
    const include = { matches: (path: string) => wanted.has(path), couldMatchBelow: () => true }
    for await (const batch of workingChanges(tree, shown, { include })) {
      for (const { path, before } of batch)
        if (!all.has(path)) dirty.push({ path, ...(before && { before }) })
    }
    const after = await lookupMany(
      tree.reader,
      to,
      dirty.map(({ path }) => path),
    )
    dirty.forEach((change, i) => all.set(change.path, { ...change, ...(after[i] && { after: after[i] }) }))
  }
  return [...all.values()].sort((a, b) => comparePaths(a.path, b.path))
}

function inBatches(changes: readonly Change[]): ChangeSource {
  return async function* () {
    if (changes.length > 0) yield changes
  }
}
