// dv commit: the working directory, or the paths given to it, becomes a commit.
import { DvError } from '../base/index.js'
import { type CommitId, type ManifestId, sameId } from '../hash/index.js'
import { summarize } from '../manifest/index.js'
import { type Commit, encodeCommit, MESSAGE_BYTES_MAX } from '../objects/index.js'
import { publishPacks, StoreWriter } from '../store/index.js'
import { readMerge, type Recorded, recordTree, writeMerge, type WorkTree } from '../workspace/index.js'
import { ownSignature, parseAuthor } from './author.js'
import {
  commitOf,
  type Context,
  type CurrentHead,
  currentHead,
  pathFilter,
  withLock,
  workTree,
} from './context.js'
import { perform } from './perform.js'
import { commitInfo, subjectOf, toMetadata } from './present.js'
import type { ChangeSums, CommitResult } from './results.js'
import type { CommitOptions } from './types.js'

export function commit(context: Context, options: CommitOptions): Promise<CommitResult> {
  return withLock(context, () => commitLocked(context, options))
}

async function commitLocked(context: Context, options: CommitOptions): Promise<CommitResult> {
  const { store, workdir } = context
  const head = await currentHead(context)
  const old = await commitOf(context, head.commit)
  const parents = await parentsOf(context, options, head, old)
  const draft = await draftCommit(context, options, old)
  const tree = workTree(context)
  const nodes = new StoreWriter(store, { kind: 'node' })
  try {
    const recorded = await record(context, tree, { options, nodes, base: old?.manifest })
    refuseEmpty(options, { recorded, old, parents })
    const made: Commit = { ...draft, manifest: recorded.manifest, parents }
    const id = await nodes.writeObject('commit', encodeCommit(made), options.amend ? undefined : head.commit)
    const storedBytes = await publish(context, tree, nodes)
    await move(context, head, { id, options, message: made.message })
    writeMerge(workdir, undefined)
    recorded.updates.merge({ from: old?.manifest, to: recorded.manifest, full: options.paths.length === 0 })
    return await describe(context, { id, made, head, options, storedBytes, recorded })
  } catch (error) {
    nodes.abort()
    throw error
  }
}

/** Data packs, then node packs, then the index names them all. Returns their bytes. */
export async function publish(context: Context, tree: WorkTree, nodes: StoreWriter): Promise<number> {
  const finished = await tree.pool.runInAll({ type: 'finish' })
  const packs = [...finished.flatMap((result) => result.packs), ...(await nodes.finish())]
  await publishPacks(context.storage, packs)
  await context.store.index.refresh()
  return packs.reduce((sum, pack) => sum + pack.offset + pack.length, 0)
}

async function record(
  context: Context,
  tree: WorkTree,
  { options, nodes, base }: { options: CommitOptions; nodes: StoreWriter; base: ManifestId | undefined },
): Promise<Recorded> {
  const include = pathFilter(context, options.paths)
  return recordTree(tree, base, {
    nodes,
    chunkAvg: context.format.chunker.avg,
    rehash: options.rehash,
    ...(include && { include }),
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.signal && { signal: options.signal }),
  })
}

async function parentsOf(
  context: Context,
  options: CommitOptions,
  head: CurrentHead,
  old: Commit | undefined,
): Promise<readonly CommitId[]> {
  const merge = readMerge(context.workdir)
  if (options.amend) {
    if (!old) throw new DvError('DV_USAGE', 'There is no commit to amend yet', { hint: 'leave out --amend' })
    if (merge)
      throw new DvError('DV_MERGE_IN_PROGRESS', 'A commit cannot be amended while a merge is under way')
    return old.parents
  }
  if (merge && options.paths.length > 0) {
    throw new DvError('DV_MERGE_IN_PROGRESS', 'A merge is committed as a whole, not by paths', {
      hint: "type 'dv commit' without paths",
    })
  }
  if (merge && merge.conflicts.length > 0) {
    throw new DvError('DV_MERGE_CONFLICT', `The merge has ${merge.conflicts.length} conflicts left`, {
      data: { paths: merge.conflicts.map(({ path }) => path) },
      hint: "settle them, then type 'dv merge --continue'; 'dv merge --abort' goes back",
    })
  }
  return [...(head.commit ? [head.commit] : []), ...(merge ? [merge.theirs] : [])]
}

async function draftCommit(
  context: Context,
  options: CommitOptions,
  old: Commit | undefined,
): Promise<Omit<Commit, 'manifest' | 'parents'>> {
  const merge = readMerge(context.workdir)
  const own = await ownSignature(context)
  const kept = options.amend ? old : undefined
  const message = (options.message ?? kept?.message ?? merge?.message ?? '').trimEnd()
  if (message === '') {
    throw new DvError('DV_USAGE', 'A commit needs a message', { hint: "type: dv commit -m 'what changed'" })
  }
  if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX) {
    throw new DvError('DV_USAGE', `The message has more than ${MESSAGE_BYTES_MAX} bytes`)
  }
  const author = options.author ? parseAuthor(context, options.author) : (kept?.author ?? own)
  const metadata = new Map([...(kept?.metadata ?? []), ...toMetadata(options.metadata)])
  return { author, committer: own, message, metadata }
}

function refuseEmpty(
  options: CommitOptions,
  { recorded, old, parents }: { recorded: Recorded; old: Commit | undefined; parents: readonly CommitId[] },
): void {
  const unchanged = old ? sameId(old.manifest, recorded.manifest) : recorded.added === 0
  if (!unchanged || options.allowEmpty || options.amend || parents.length > 1) return
  recorded.updates.abandon()
  throw new DvError(
    'DV_NOTHING_TO_COMMIT',
    'There is nothing to commit: no file differs from the last commit',
    {
      hint: "'dv status' shows what would be committed; '--allow-empty' commits all the same",
    },
  )
}

/** Moves the branch, or the detached head, to the new commit. */
async function move(
  context: Context,
  head: CurrentHead,
  { id, options, message }: { id: CommitId; options: CommitOptions; message: string },
): Promise<void> {
  const args = [...(options.amend ? ['--amend'] : []), subjectOf(message)]
  if (head.ref) {
    await perform(context, {
      verb: 'commit',
      args,
      refs: [{ ref: head.ref, expected: head.stored, next: { target: id } }],
    })
  } else {
    await perform(context, { verb: 'commit', args, head: { to: { kind: 'commit', commit: id }, commit: id } })
  }
}

async function describe(
  context: Context,
  made: {
    id: CommitId
    made: Commit
    head: CurrentHead
    options: CommitOptions
    storedBytes: number
    recorded: Recorded
  },
): Promise<CommitResult> {
  const { head, options, recorded } = made
  const total = await summarize(context.store, recorded.manifest)
  const label = head.head.kind === 'branch' ? [{ kind: 'branch' as const, name: head.head.branch }] : []
  return {
    commit: commitInfo(made.id, made.made, [
      { kind: 'head', name: head.head.kind === 'branch' ? head.head.branch : 'HEAD' },
      ...label,
    ]),
    ...(head.head.kind === 'branch' && { branch: head.head.branch }),
    amended: options.amend,
    root: made.made.parents.length === 0,
    changes: sumsOf(recorded),
    total: { files: total.entries, bytes: total.bytes },
    storedBytes: made.storedBytes,
  }
}

function sumsOf({ added, modified, deleted, bytesAdded, bytesRemoved }: Recorded): ChangeSums {
  return { added, modified, deleted, renamed: 0, bytesAdded, bytesRemoved }
}
