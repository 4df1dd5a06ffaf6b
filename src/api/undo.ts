// dv undo: takes back an operation: refs by compare-and-swap, files as they were, uncommitted work that was run over
// comes back. An undo is an operation too, so undoing twice redoes.
import { DvError } from '../base/index.js'
import { type ManifestId, sameId } from '../hash/index.js'
import { readRef, shortRefName, type StoredRef } from '../refs/index.js'
import type { Operation } from '../repo/index.js'
import { type Applied, type Head, readPendingMetadata, undoMerge } from '../workspace/index.js'
import { changesBetween, prepareCheckout } from './checkout.js'
import { type Context, currentHead, manifestOf, withLock, workTree } from './context.js'
import { findOperationNamed, judged, operationInfo } from './operations.js'
import { type MetadataStep, perform, type RefStep } from './perform.js'
import { countChanged } from './restore-metadata.js'
import type { UndoResult } from './results.js'
import { undoSparse } from './sparse.js'
import { described } from './switch.js'
import type { Work } from './types.js'
import { refuseUnfinished } from './unfinished.js'

export function undo(context: Context, options: Work & { operation?: string }): Promise<UndoResult> {
  return withLock(context, () => undoLocked(context, options))
}

async function undoLocked(context: Context, options: Work & { operation?: string }): Promise<UndoResult> {
  refuseUnfinished(context, await currentHead(context), 'An undo')
  const target = await findTarget(context, options.operation)
  if (target.verb === 'sparse') {
    const { operation, restored } = await undoSparse(context, target, options)
    return describe(context, { target, operation, restored })
  }
  const refs = await Promise.all(target.refs.map((change) => inverseStep(context, target, change)))
  const head = await inverseHead(context, target)
  let restored: Applied = { written: 0, removed: 0, bytes: 0 }
  const metadata = await inverseMetadata(context, target)
  const files = await inverseFiles(context, target, options)
  const waits = metadata ? await countChanged(context, metadata.before, metadata.after) : 0
  const operation = await perform(context, {
    verb: 'undo',
    args: [target.verb, ...target.args],
    ...{ refs, metadata },
    ...(head && { head }),
    ...(files?.worktree && { worktree: files.worktree }),
    undoes: target.id,
    async files() {
      if (files) restored = await files.apply()
    },
  })
  undoMerge(context.workdir, { target: target.id, operation: operation.id })
  const result = await describe(context, { target, operation, restored })
  return { ...result, ...(waits > 0 && { metadata: waits }) }
}

async function describe(
  context: Context,
  { target, operation, restored }: { target: Operation; operation: Operation; restored: Applied },
): Promise<UndoResult> {
  const now = await currentHead(context)
  return {
    undone: await operationInfo(context, target, true),
    operation: await operationInfo(context, operation, true),
    ...(now.head.kind === 'branch' && { branch: now.head.branch }),
    ...(await described(context, now.commit)),
    restored,
  }
}

/** Making a working directory is not taken back: that would leave files without a history. Nor is what stands for
 * operations that were forgotten. */
const BEGINNINGS = ['clone', 'worktree', 'gc']

async function findTarget(context: Context, wanted: string | undefined): Promise<Operation> {
  const target =
    wanted === undefined
      ? await lastOperation(context)
      : (await findOperationNamed(context, wanted)).operation
  if (target?.verb === 'purge') throw goneForGood(target)
  if (target && !BEGINNINGS.includes(target.verb)) return target
  throw new DvError('DV_NOTHING_TO_UNDO', 'There is nothing to undo in this working directory', {
    data: target ? { operation: target.id, verb: target.verb } : {},
    hint:
      target?.verb === 'gc'
        ? `what was done before was forgotten by 'dv gc' on ${new Date(target.time).toISOString().slice(0, 10)}`
        : "'dv op log' lists what was done here",
  })
}

function goneForGood({ id, verb, time }: Operation): DvError {
  const day = new Date(time).toISOString().slice(0, 10)
  return new DvError('DV_NOTHING_TO_UNDO', `The purge of ${day} cannot be undone: what it removed is gone`, {
    data: { operation: id, verb },
    hint: "'dv undo OPERATION' takes back one before it: 'dv op log' lists them",
  })
}

async function lastOperation(context: Context): Promise<Operation | undefined> {
  for await (const { operation, effective } of judged(context)) {
    if (effective) return operation
  }
  return undefined
}

/** Sets a ref back, if it is still where the operation left it. */
async function inverseStep(
  context: Context,
  target: Operation,
  change: Operation['refs'][number],
): Promise<RefStep> {
  const { ref, before, after } = change
  const now = await readRef(context.storage, ref)
  const isAsLeft = after ? now !== undefined && sameId(now.value.target, after.target) : now === undefined
  if (!isAsLeft) throw movedSince(target, ref, now)
  const next = before && { target: before.target, ...(before.tag && { tag: before.tag }) }
  return { ref, expected: now, next }
}

function movedSince(target: Operation, ref: string, now: StoredRef | undefined): DvError {
  const what = now ? 'has moved on since' : 'is gone'
  return new DvError('DV_REF_MOVED', `Cannot take back '${target.verb}': '${shortRefName(ref)}' ${what}`, {
    data: { operation: target.id, ref },
    hint: "undo the later operations first: 'dv op log' lists them",
  })
}

async function inverseHead(context: Context, { head }: Operation) {
  if (!head) return undefined
  const { branch, commit } = head.before
  const to: Head | undefined = branch ? { kind: 'branch', branch } : commit && { kind: 'commit', commit }
  const now = await currentHead(context)
  const isAsLeft = head.after.branch
    ? now.head.kind === 'branch' && now.head.branch === head.after.branch
    : now.head.kind === 'commit' &&
      head.after.commit !== undefined &&
      sameId(now.head.commit, head.after.commit)
  if (!isAsLeft) {
    throw new DvError('DV_REF_MOVED', 'Another branch or commit has been checked out since then', {
      hint: "undo the later operations first: 'dv op log' lists them",
    })
  }
  return to && { to, commit }
}

/** What waited for a commit before the operation. That it was never put in place, because of a crash, does not matter. */
async function inverseMetadata(
  context: Context,
  { metadata, head }: Operation,
): Promise<MetadataStep | undefined> {
  if (!metadata) return undefined
  const now = readPendingMetadata(context.workdir)?.edits
  if (!sameEdits(now, metadata.after) && !sameEdits(now, metadata.before))
    throw new DvError('DV_REF_MOVED', 'Other metadata has been set since then', {
      hint: "undo the later operations first: 'dv op log' lists them",
    })
  const commit = head ? head.before.commit : (await currentHead(context)).commit
  return { before: now, after: metadata.before, over: await manifestOf(context, commit) }
}

function sameEdits(a: ManifestId | undefined, b: ManifestId | undefined): boolean {
  return a && b ? sameId(a, b) : a === b
}

async function inverseFiles(context: Context, { worktree, verb }: Operation, options: Work) {
  if (!worktree) return undefined
  const tree = workTree(context)
  const { before, after } = worktree
  const prepared = await prepareCheckout(context, tree, {
    from: after,
    to: before,
    changes: changesBetween(tree, after, before),
    what: `Taking back '${verb}'`,
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  })
  return { worktree: { before: after, after: before }, apply: prepared.apply }
}
