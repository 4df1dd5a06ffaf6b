// dv commit: the working directory, or the paths given to it, becomes a commit. While a merge or revert waits, it is what
// ends it: recorded over the merged tree, without the files that hold the sides of conflicts.
import { DvError } from '../base/index.js'
import { type CommitId, type ManifestId, sameId } from '../hash/index.js'
import type { Pool } from '../content/index.js'
import { diffTrees, summarizeChanges } from '../diff/index.js'
import { quotePath } from '../files/index.js'
import { summarize } from '../manifest/index.js'
import { type Renamed, typedValues } from '../metadata/index.js'
import { inheritedSubset, subsetIn } from '../merge/index.js'
import { type Commit, encodeCommit, MESSAGE_BYTES_MAX } from '../objects/index.js'
import { StoreWriter } from '../store/index.js'
import {
  type CacheUpdates,
  changeMerge,
  type MergeState,
  type PathFilter,
  type Recorded,
  recordTree,
  type WorkTree,
} from '../workspace/index.js'
import { ownSignature, parseAuthor } from './author.js'
import { saveWork } from './checkout.js'
import { forgetMerge, refuseUnsettled, removeSideFiles, sideFiles, unfinishedMerge } from './conflicts.js'
import {
  closePools,
  commitOf,
  type Context,
  type CurrentHead,
  currentHead,
  pathFilter,
  withLock,
  workTree,
} from './context.js'
import { changeSums } from './diff-trees.js'
import { passGate, skippedMark } from './gated.js'
import { requirePaths } from './pathspec.js'
import type { MetadataDropped } from './meta-results.js'
import { recordMetadata } from './pending-metadata.js'
import { type MetadataStep, perform } from './perform.js'
import { commitInfo, subjectOf, toMetadata } from './present.js'
import { publish } from './publish.js'
import type { ChangeSums, CommitResult } from './results.js'
import { gatherSkipped } from './skipped.js'
import type { CommitOptions } from './types.js'
import { refuseUnfinished } from './unfinished.js'

export async function commit(context: Context, typed: CommitOptions): Promise<CommitResult> {
  const hasInputs = typed.inputs !== undefined || typed.inputsFrom !== undefined
  const options = hasInputs ? await (await import('./commit-inputs.js')).withInputs(context, typed) : typed
  const { to } = options
  if (to !== undefined) return (await import('./commit-to.js')).commitTo(context, { ...options, to })
  return withLock(context, () => commitLocked(context, options))
}

/** The same for who holds the lock already. `continued`: on behalf of `dv merge --continue`. `pool`: takes the files. */
export async function commitLocked(
  context: Context,
  options: CommitOptions,
  { continued = false, pool }: { continued?: boolean; pool?: Pool } = {},
): Promise<CommitResult> {
  const { store } = context
  const head = await currentHead(context)
  const old = await commitOf(context, head.commit)
  const merge = await unfinishedMerge(context, head)
  if (!merge) refuseUnfinished(context, head, 'A commit')
  const start: Start = { head, old, merge }
  const parents = parentsOf(context, options, start)
  const draft = await draftCommit(context, options, { ...start, parents })
  await requirePaths(context, options.paths, { manifests: [old?.manifest], workdir: true })
  const tree = pool ? { ...workTree(context), pool } : workTree(context)
  const nodes = new StoreWriter(store, { kind: 'node' })
  const sides = merge ? sideFiles(context, merge) : []
  const base = merge?.tree ?? old?.manifest
  let updates: CacheUpdates | undefined
  try {
    const recorded = await recordWork(context, tree, { options, nodes, base, sides })
    updates = recorded.updates
    refuseEmpty(options, { recorded, old, parents })
    const made: Commit = { ...draft, manifest: recorded.manifest, parents }
    const id = await nodes.writeObject('commit', encodeCommit(made), options.amend ? undefined : head.commit)
    const storedBytes = await publish(context, tree, nodes)
    const verbs = merge ? (['commit', 'merge'] as const) : (['commit'] as const)
    const passed = await passGate(context, { ...options, verbs, id, manifest: made.manifest })
    await move(context, { start, tree, made, id, sides, options, continued, metadata: recorded.metadata })
    recorded.updates.merge({ from: base, to: recorded.manifest, full: options.paths.length === 0 })
    await passed()
    return await describe(context, { id, made, start, options, storedBytes, recorded })
  } catch (error) {
    nodes.abort()
    updates?.abandon()
    await closePools(context)
    throw error
  }
}

/** What the commit starts from. */
interface Start {
  head: CurrentHead
  old: Commit | undefined
  merge: MergeState | undefined
}

export interface ToRecord {
  options: Pick<CommitOptions, 'paths' | 'rehash' | 'signal' | 'onProgress'>
  nodes: StoreWriter
  base: ManifestId | undefined
  sides: readonly string[]
}

/** What was recorded of files, with pending metadata laid over it, and what could not be recorded. */
type RecordedAll = Recorded & Pick<CommitResult, 'skipped'> & MetadataRecorded

interface MetadataRecorded {
  metadata: MetadataStep | undefined
  renamed: Renamed | undefined
  dropped: MetadataDropped
}

export async function recordWork(
  context: Context,
  tree: WorkTree,
  { options, nodes, base, sides }: ToRecord,
): Promise<RecordedAll> {
  const include = sides.length > 0 ? allBut(sides) : pathFilter(context, options.paths)
  const skipped = gatherSkipped()
  const recorded = await recordTree(tree, base, {
    nodes,
    onSkipped: skipped.take,
    chunkAvg: context.format.chunker.avg,
    rehash: options.rehash,
    ...(include && { include }),
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.signal && { signal: options.signal }),
  })
  for (const side of sides) recorded.updates.drop(side)
  try {
    const matches = include && ((path: string) => include.matches(path))
    const mayBeRenamed = recorded.added > 0 && recorded.deleted > 0
    const toRecord = { nodes, matches, base, mayBeRenamed }
    const laid = await recordMetadata(context, recorded.manifest, toRecord)
    const { manifest, step, renamed, dropped } = laid
    for (const path of laid.directories) recorded.updates.putUnseen(path, 'directory')
    return { ...recorded, ...skipped.result(), manifest, metadata: step, renamed, dropped }
  } catch (error) {
    recorded.updates.abandon()
    throw error
  }
}

function allBut(paths: readonly string[]): PathFilter {
  const left = new Set(paths)
  return { matches: (path) => !left.has(path), couldMatchBelow: () => true }
}

function parentsOf(
  context: Context,
  options: CommitOptions,
  { head, old, merge }: Start,
): readonly CommitId[] {
  if (options.amend) {
    if (!old) throw new DvError('DV_USAGE', 'There is no commit to amend yet', { hint: 'leave out --amend' })
    if (merge)
      throw new DvError(
        'DV_MERGE_IN_PROGRESS',
        `A commit cannot be amended while a ${merge.kind} is under way`,
        {
          hint: "end it with 'dv merge --continue', or go back with 'dv merge --abort'",
        },
      )
    if (head.commit) refuseCut(head.commit, old)
    return old.parents
  }
  if (merge && options.paths.length > 0) {
    throw new DvError('DV_MERGE_IN_PROGRESS', `A ${merge.kind} is committed as a whole, not by paths`, {
      hint: "type 'dv commit' without paths",
    })
  }
  if (merge) refuseUnsettled(context, merge)
  if (merge && !(head.commit && sameId(head.commit, merge.ours))) {
    throw new DvError('DV_REF_MOVED', `The branch has moved since the ${merge.kind} began`, {
      hint: "go back with 'dv merge --abort', then begin again",
    })
  }
  return [...(head.commit ? [head.commit] : []), ...(merge?.kind === 'merge' ? [merge.theirs] : [])]
}

/** What a subset is compared with must stay what it is. */
function refuseCut(id: CommitId, old: Commit): void {
  const subset = subsetIn(id, old)
  if (!subset || !sameId(subset.cut, id)) return
  throw new DvError('DV_USAGE', 'The commit that made a subset cannot be amended', {
    hint: "commit what changed as a new one: leave out '--amend'",
  })
}

async function draftCommit(
  context: Context,
  options: CommitOptions,
  { old, merge, parents }: Start & { parents: readonly CommitId[] },
): Promise<Omit<Commit, 'manifest' | 'parents'>> {
  const own = await ownSignature(context)
  const kept = options.amend ? old : undefined
  const subset = kept ? [] : await inheritedSubset(context.store, parents)
  const message = (options.message ?? kept?.message ?? merge?.message ?? '').trimEnd()
  if (message === '') {
    throw new DvError('DV_USAGE', 'A commit needs a message', { hint: "type: dv commit -m 'what changed'" })
  }
  if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX) {
    throw new DvError('DV_USAGE', `The message has more than ${MESSAGE_BYTES_MAX} bytes`)
  }
  const author = options.author ? parseAuthor(context, options.author) : (kept?.author ?? own)
  const before = [...(kept?.metadata ?? [])].filter(([key]) => key !== 'dv.checks')
  const given = [...toMetadata(options.metadata), ...(options.typed ? typedValues(options.typed) : [])]
  const metadata = new Map([...before, ...given, ...subset, ...skippedMark(options.checks)])
  return { author, committer: own, message, metadata }
}

function refuseEmpty(
  options: CommitOptions,
  {
    recorded,
    old,
    parents,
  }: { recorded: RecordedAll; old: Commit | undefined; parents: readonly CommitId[] },
): void {
  const unchanged = old ? sameId(old.manifest, recorded.manifest) : recorded.added === 0
  if (!unchanged || options.allowEmpty || options.amend || parents.length > 1) return
  const { paths } = options
  // That nothing changed is worth knowing: the next look need not read these files again.
  const from = old?.manifest
  if (from) recorded.updates.merge({ from, to: from, full: paths.length === 0 })
  const where =
    paths.length === 0 ? 'no file differs' : `nothing at ${paths.map(quotePath).join(', ')} differs`
  throw new DvError('DV_NOTHING_TO_COMMIT', `There is nothing to commit: ${where} from the last commit`, {
    ...(paths.length > 0 && { data: { paths } }),
    hint: recorded.skipped
      ? "'dv status' shows what is there and cannot be recorded"
      : "'dv status' shows what would be committed; '--allow-empty' commits all the same",
  })
}

interface Move {
  start: Start
  tree: WorkTree
  made: Commit
  id: CommitId
  /** Files to delete: they held sides of conflicts. */
  sides: readonly string[]
  options: CommitOptions
  continued: boolean
  metadata: MetadataStep | undefined
}

/** Moves the branch, or the detached head, to the new commit. */
async function move(context: Context, step: Move): Promise<void> {
  const { id, sides, options, tree, made } = step
  const { head, merge } = step.start
  const after = made.manifest
  const before = sides.length > 0 ? await saveWork(context, tree, { base: after, paths: sides }) : after
  const operation = await perform(context, {
    ...(step.continued && merge
      ? { verb: merge.kind, args: ['--continue'] }
      : { verb: 'commit', args: [...(options.amend ? ['--amend'] : []), subjectOf(made.message)] }),
    ...(sides.length > 0 && { worktree: { before, after } }),
    ...(head.ref
      ? { refs: [{ ref: head.ref, expected: head.stored, next: { target: id } }] }
      : { head: { to: { kind: 'commit', commit: id }, commit: id } }),
    metadata: step.metadata,
    async files() {
      removeSideFiles(context, sides)
    },
  })
  if (merge) changeMerge(context.workdir, { operation: operation.id, before: merge, after: undefined })
  else forgetMerge(context)
}

interface Made {
  id: CommitId
  made: Commit
  start: Start
  options: CommitOptions
  storedBytes: number
  recorded: RecordedAll
}

async function describe(context: Context, { id, made, start, ...done }: Made): Promise<CommitResult> {
  const { head } = start.head
  const total = await summarize(context.store, made.manifest)
  const label = head.kind === 'branch' ? [{ kind: 'branch' as const, name: head.branch }] : []
  return {
    commit: commitInfo(id, made, [{ kind: 'head', name: 'HEAD' }, ...label]),
    ...(head.kind === 'branch' && { branch: head.branch }),
    amended: done.options.amend,
    root: made.parents.length === 0,
    changes:
      start.merge || done.recorded.metadata
        ? await sumsBetween(context, start.old?.manifest, made.manifest)
        : sumsOf(done.recorded),
    total: { files: total.entries, bytes: total.bytes },
    storedBytes: done.storedBytes,
    ...(done.recorded.skipped && { skipped: done.recorded.skipped }),
    ...keptOfRenamed(done.recorded.renamed),
    ...(done.recorded.dropped.count > 0 && { metadataDropped: done.recorded.dropped }),
  }
}

function keptOfRenamed(renamed: Renamed | undefined): Pick<CommitResult, 'metadataKept'> {
  if (!renamed || renamed.count + renamed.unclear === 0) return {}
  const { count, examples, unclear } = renamed
  return { metadataKept: { count, examples, unclear } }
}

function sumsOf({ added, modified, deleted, bytesAdded, bytesRemoved }: Recorded): ChangeSums {
  return { added, modified, deleted, renamed: 0, bytesAdded, bytesRemoved }
}

/** What differs between two trees. Renames count as added and deleted. */
export async function sumsBetween(
  { store }: Context,
  before: ManifestId | undefined,
  after: ManifestId,
): Promise<ChangeSums> {
  const { changes } = diffTrees(store, [before, after], { renames: false })
  return changeSums(await summarizeChanges(changes))
}
