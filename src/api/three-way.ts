// What merge and revert have in common: two trees and their base become one, as a commit or, with conflicts, as files
// that wait for the user. Order that survives a crash: objects, operation, then (with conflicts) the record of the
// unfinished merge with `pending` set, files, the record without it; the ref last.
import { DvError } from '../base/index.js'
import { chunkerParams } from '../chunker/index.js'
import { readBytes, storeBytes } from '../content/index.js'
import { type CommitId, type ManifestId, sameId, toHex } from '../hash/index.js'
import {
  type Conflict,
  filesToCombine,
  inheritedSubset,
  mergeTrees,
  type MergeResult as MergedTrees,
} from '../merge/index.js'
import { encodeCommit, MESSAGE_BYTES_MAX, type Signature } from '../objects/index.js'
import { StoreWriter } from '../store/index.js'
import {
  type Applied,
  changeMerge,
  type ChangeSource,
  type MergeConflict,
  type MergeState,
  writeMerge,
  type WorkTree,
  writeUnfinishedCheckout,
} from '../workspace/index.js'
import { ownSignature } from './author.js'
import { treeAttributes } from './attributes.js'
import { bringFiles } from './bring.js'
import { changesBetween, type CheckoutPlan, type PreparedCheckout, prepareCheckout } from './checkout.js'
import { sumsBetween } from './commit.js'
import { sidesOf, statusConflict } from './conflicts.js'
import { type Context, type CurrentHead, manifestOf, workTree } from './context.js'
import { carryMetadata } from './pending-metadata.js'
import { perform } from './perform.js'
import { passGate, skippedMark } from './gated.js'
import { short, subjectOf } from './present.js'
import { publish } from './publish.js'
import type { ConflictKind, MergeResult } from './results.js'
import { described } from './switch.js'
import type { Work } from './types.js'

export interface Joining {
  kind: MergeState['kind']
  /** What is checked out: there must be a commit. */
  head: CurrentHead & { commit: CommitId }
  /** The commit merged in or taken back, as it was called, and the tree of the other side. */
  theirs: CommitId
  theirsName: string
  /** Finds the tree of the other side, and the one to merge against; may write them. */
  trees: (nodes: StoreWriter) => Promise<{ base: ManifestId | undefined; theirs: ManifestId }>
  labels: MergeState['labels']
  message: string
  parents: readonly CommitId[]
  favour?: 'ours' | 'theirs' | undefined
}

interface Prepared {
  ours: ManifestId
  base: ManifestId | undefined
  theirsTree: ManifestId
  merged: MergedTrees
  /** The commit, unless there are conflicts or nothing changed. */
  commit?: CommitId
}

export interface GatedWork extends Work {
  /** False: rules of the tree do not stand before it. */
  checks?: boolean
}

/** Merges, and commits or leaves conflicts. Throws DV_WOULD_OVERWRITE, with nothing changed, when uncommitted work is
 * in the way; other uncommitted work stays as it is and is not committed. */
export async function joinTrees(
  context: Context,
  joining: Joining,
  { checks, ...work }: GatedWork,
): Promise<MergeResult> {
  const tree = workTree(context)
  const author = await ownSignature(context)
  const { commit, ...prepared } = await mergeAndStore(context, tree, { joining, author, work, checks })
  const { ours, merged } = prepared
  const theirs = joining.theirsName
  if (merged.conflicts.length > 0) return leaveConflicts(context, tree, { joining, work, ...prepared })
  if (!commit) {
    const changes = await sumsBetween(context, ours, ours)
    return {
      outcome: 'up-to-date',
      ...(await described(context, joining.head.commit)),
      theirs,
      changes,
      conflicts: [],
    }
  }
  const verbs = joining.kind === 'merge' ? (['merge'] as const) : (['commit'] as const)
  const passed = await passGate(context, { ...work, checks, verbs, id: commit, manifest: merged.manifest })
  const moved = await moveTo(context, tree, {
    ...{ verb: joining.kind, args: [theirs], head: joining.head },
    ...{ commit, from: ours, to: merged.manifest, work },
  })
  await passed()
  return {
    outcome: 'merged',
    commit: { id: toHex(commit), short: short(commit), subject: subjectOf(joining.message) },
    theirs,
    changes: await sumsBetween(context, ours, merged.manifest),
    conflicts: [],
    ...moved,
  }
}

/** Moves nothing. */
export async function mergeAndStore(
  context: Context,
  tree: WorkTree,
  {
    joining,
    author,
    work,
    checks,
  }: { joining: Joining; author: Signature; work: Work; checks?: boolean | undefined },
): Promise<Prepared> {
  const nodes = new StoreWriter(context.store, { kind: 'node' })
  const data = new StoreWriter(context.store, { kind: 'data' })
  const params = chunkerParams(context.format.chunker.avg)
  const { head, labels, message, parents, favour } = joining
  const { signal } = work
  try {
    const ours = (await manifestOf(context, head.commit))!
    const { base, theirs: theirsTree } = await joining.trees(nodes)
    await bringFiles(context, filesToCombine(nodes, { base, ours, theirs: theirsTree }), work)
    const merged = await mergeTrees(nodes, {
      attributes: treeAttributes(context, ours, work),
      base,
      ...{ ours, theirs: theirsTree, labels },
      files: {
        async read(entry) {
          signal?.throwIfAborted()
          const isGone = (await context.store.purged()).has(entry.content)
          return isGone ? undefined : readBytes(context.store, entry)
        },
        write: (bytes, previous) => storeBytes(bytes, { data, nodes, params, previous }),
      },
      ...(favour && { favour }),
    })
    const isCommit = merged.conflicts.length === 0 && (parents.length > 1 || !sameId(merged.manifest, ours))
    const made = {
      manifest: merged.manifest,
      parents,
      author,
      committer: author,
      message,
      metadata: new Map([...(await inheritedSubset(nodes, parents)), ...skippedMark(checks)]),
    }
    const commit = isCommit ? await nodes.writeObject('commit', encodeCommit(made), head.commit) : undefined
    await publish(context, tree, data, nodes)
    return { ours, base, theirsTree, merged, ...(commit && { commit }) }
  } catch (error) {
    nodes.abort()
    data.abort()
    throw error
  }
}

export interface Moving {
  verb: string
  args: readonly string[]
  head: CurrentHead
  commit: CommitId
  from: ManifestId | undefined
  /** What stands for `from` in the operation log on a branch without commits: the tree of nothing. */
  empty?: ManifestId
  to: ManifestId
  work: Work
}

/** Checks out a commit and moves the branch, or the detached head, to it. */
export async function moveTo(
  context: Context,
  tree: WorkTree,
  moving: Moving,
): Promise<Pick<MergeResult, 'lost'>> {
  const { verb, args, head, commit, from, to, work } = moving
  const what = `The ${verb}`
  const prepared = await prepare(context, tree, { from, to, what, work })
  const metadata = await carryMetadata(context, { from, to, what })
  const before = prepared.before ?? moving.empty
  let applied: Applied | undefined
  await perform(context, {
    ...{ verb, args, metadata },
    ...(before && { worktree: { before, after: to } }),
    ...(head.ref
      ? { refs: [{ ref: head.ref, expected: head.stored, next: { target: commit } }] }
      : { head: { to: { kind: 'commit', commit }, commit } }),
    async files() {
      writeUnfinishedCheckout(context.workdir, commit)
      applied = await prepared.apply()
    },
  })
  writeUnfinishedCheckout(context.workdir, undefined)
  return lostOf(applied)
}

function lostOf(applied: Applied | undefined): Pick<MergeResult, 'lost'> {
  return applied?.lost ? { lost: applied.lost } : {}
}

/** More than anyone settles one by one; they are held in memory. */
const CONFLICTS_MAX = 100_000

function tooMany({ kind, theirsName }: Joining, count: number): DvError {
  return new DvError('DV_UNSUPPORTED', `The ${kind} has ${count} conflicts, more than ${CONFLICTS_MAX}`, {
    data: { count, max: CONFLICTS_MAX },
    ...(kind === 'merge' && {
      hint: `'dv merge --ours ${theirsName}' or '--theirs' settles all by one side`,
    }),
  })
}

interface Leaving extends Prepared {
  joining: Joining
  work: Work
}

async function leaveConflicts(
  context: Context,
  tree: WorkTree,
  { joining, ours, base, theirsTree, merged, work }: Leaving,
): Promise<MergeResult> {
  const { kind, head, theirs, theirsName, labels, message } = joining
  const conflicts = merged.conflicts.map(mergeConflict)
  if (conflicts.length > CONFLICTS_MAX) throw tooMany(joining, conflicts.length)
  const beyond = conflicts
    .flatMap((conflict) => [conflict.path, ...sidesOf(conflict)])
    .filter((path) => tree.sparse && !tree.sparse.matches(path))
  const to = merged.manifest
  const changes = changesBeyond(tree, ours, to, beyond)
  const what = `The ${kind}`
  const prepared = await prepare(context, tree, { from: ours, to, changes, what, work })
  const metadata = await carryMetadata(context, { from: ours, to: merged.settled, what })
  const before = prepared.before ?? ours
  const state: MergeState = {
    ...{ kind, ours: head.commit, theirs, theirsName, labels, theirsTree, message, conflicts, beyond },
    ...(base && { base }),
    ...{ before, tree: merged.settled, shown: to },
  }
  let applied: Applied | undefined
  await perform(context, {
    ...{ verb: kind, args: [theirsName], metadata },
    worktree: { before, after: to },
    async files(operation) {
      const after = { ...state, shown: ours, pending: to }
      changeMerge(context.workdir, { operation: operation.id, before: undefined, after })
      applied = await prepared.apply()
      writeMerge(context.workdir, state)
    },
  })
  // If an interrupted checkout had left files here, the merge has made up for it.
  writeUnfinishedCheckout(context.workdir, undefined)
  return {
    outcome: 'conflicts',
    ...(await described(context, head.commit)),
    theirs: theirsName,
    changes: await sumsBetween(context, ours, merged.settled),
    conflicts: conflicts.map(statusConflict),
    ...lostOf(applied),
  }
}

function prepare(
  context: Context,
  tree: WorkTree,
  { work, ...plan }: Omit<CheckoutPlan, 'force'> & { work: Work },
): Promise<PreparedCheckout> {
  return prepareCheckout(context, tree, {
    ...plan,
    ...(work.signal && { signal: work.signal }),
    ...(work.onProgress && { onProgress: work.onProgress }),
  })
}

/** The message of the commit to come. Throws DV_USAGE when it is too long. */
export function checkedMessage(given: string | undefined, otherwise: string): string {
  const message = given?.trimEnd() || otherwise
  if (Buffer.byteLength(message) <= MESSAGE_BYTES_MAX) return message
  throw new DvError('DV_USAGE', `The message has more than ${MESSAGE_BYTES_MAX} bytes`)
}

/** The changes within what is checked out, and those of the paths beyond it that are in conflict. */
export function changesBeyond(
  tree: WorkTree,
  from: ManifestId,
  to: ManifestId,
  beyond: readonly string[],
): ChangeSource {
  return changesBetween(tree, from, to, new Set(beyond))
}

function mergeConflict({
  path,
  kind,
  ours,
  oursPath,
  theirsPath,
  markers,
  metadataKeys,
  cells,
}: Conflict): MergeConflict {
  return {
    path,
    kind: statusKind(kind, ours !== undefined),
    ...(oursPath !== undefined && { ours: oursPath }),
    ...(theirsPath !== undefined && { theirs: theirsPath }),
    markers,
    ...(metadataKeys && { metadataKeys }),
    ...(cells && { cells: cells.slice(0, CELLS_MAX), cellCount: cells.length }),
  }
}

/** Cells of one file that are told, and settled, one by one. */
export const CELLS_MAX = 1000

function statusKind(kind: Conflict['kind'], isOurs: boolean): ConflictKind {
  if (kind === 'modify-delete') return isOurs ? 'deleted-by-them' : 'deleted-by-us'
  return kind === 'file-directory' || kind === 'type' ? 'kind' : kind
}
