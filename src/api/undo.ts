// dv undo: takes back an operation: refs by compare-and-swap, files as they were, uncommitted work that was run over
// comes back. An undo is an operation too, so undoing twice redoes.
import { DvError } from '../base/index.js'
import { sameId } from '../hash/index.js'
import { readRef, shortRefName, type StoredRef } from '../refs/index.js'
import { iterOperationsWithEffect, type Operation } from '../repo/index.js'
import { type Applied, type Head, undoMerge } from '../workspace/index.js'
import { changesBetween, prepareCheckout } from './checkout.js'
import { type Context, currentHead, withLock, workTree } from './context.js'
import { operationInfo } from './operations.js'
import { perform, type RefStep } from './perform.js'
import type { UndoResult } from './results.js'
import { described } from './switch.js'
import type { Work } from './types.js'
import { refuseUnfinished } from './unfinished.js'

export function undo(context: Context, options: Work & { operation?: string }): Promise<UndoResult> {
  return withLock(context, () => undoLocked(context, options))
}

async function undoLocked(context: Context, options: Work & { operation?: string }): Promise<UndoResult> {
  refuseUnfinished(context, await currentHead(context), 'An undo')
  const target = await findTarget(context, options.operation)
  const refs = await Promise.all(target.refs.map((change) => inverseStep(context, target, change)))
  const head = await inverseHead(context, target)
  let restored: Applied = { written: 0, removed: 0, bytes: 0 }
  const files = await inverseFiles(context, target, options)
  const operation = await perform(context, {
    verb: 'undo',
    args: [target.verb, ...target.args],
    refs,
    ...(head && { head }),
    ...(files?.worktree && { worktree: files.worktree }),
    undoes: target.id,
    async files() {
      if (files) restored = await files.apply()
    },
  })
  undoMerge(context.workdir, { target: target.id, operation: operation.id })
  const now = await currentHead(context)
  return {
    undone: await operationInfo(context, target, true),
    operation: await operationInfo(context, operation, true),
    ...(now.head.kind === 'branch' && { branch: now.head.branch }),
    ...(await described(context, now.commit)),
    restored,
  }
}

async function findTarget(context: Context, wanted: string | undefined): Promise<Operation> {
  const found: Operation[] = []
  for await (const { operation, effective } of iterOperationsWithEffect(
    context.storage,
    context.workdir.id,
  )) {
    if (!effective) continue
    if (wanted === undefined) return operation
    if (operation.id === wanted) return operation
    if (matchesId(operation, wanted)) found.push(operation)
  }
  if (found.length === 1) return found[0]!
  if (wanted === undefined) {
    throw new DvError('DV_NOTHING_TO_UNDO', 'There is nothing to undo in this working directory')
  }
  if (found.length > 1)
    throw new DvError('DV_AMBIGUOUS_ID', `'${wanted}' is the beginning of several operations' ids`)
  throw new DvError('DV_UNKNOWN_REVISION', `There is no operation '${wanted}' in this working directory`, {
    data: { operation: wanted },
    hint: "'dv op log' lists them",
  })
}

/** An operation is named by its whole id, the beginning of it, its number, or the short form that listings show. */
export function matchesId({ id, n }: Operation, wanted: string): boolean {
  const short = id.slice(id.lastIndexOf('-') + 1)
  return id.startsWith(wanted) || short.startsWith(wanted) || String(n) === wanted
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

async function inverseFiles(context: Context, { worktree, verb }: Operation, options: Work) {
  if (!worktree) return undefined
  const tree = workTree(context)
  const { before, after } = worktree
  const prepared = await prepareCheckout(context, tree, {
    from: after,
    to: before,
    changes: changesBetween(tree, after, before),
    force: false,
    what: `Taking back '${verb}'`,
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  })
  return { worktree: { before: after, after: before }, apply: prepared.apply }
}
