// dv op: what was done in this working directory, each operation as one line a person can read.
import { DvError, isDvError } from '../base/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import { toHex } from '../hash/index.js'
import { diffManifests } from '../manifest/index.js'
import { shortRefName } from '../refs/index.js'
import {
  type HeadState,
  iterOperationsWithEffect,
  type JudgedOperation,
  type Operation,
  type RefChange,
} from '../repo/index.js'
import { readUnfinishedOperations } from '../workspace/index.js'
import { type Context, manifestOf } from './context.js'
import { short } from './present.js'
import type { OperationInfo } from './results.js'

/** Characters of an operation's id that are enough to name it: less would be its number. */
const PREFIX_MIN = 4

/** Newest first. */
export async function* operations(
  context: Context,
  { limit = Infinity }: { limit?: number },
): AsyncGenerator<OperationInfo> {
  if (limit <= 0) return
  let given = 0
  let next: JudgedOperation | undefined
  for await (const one of judged(context)) {
    if (next) yield await operationInfo(context, next.operation, next.effective)
    next = one
    if (++given > limit) return
  }
  if (!next) return
  const isFirstKept = next.operation.n > 1
  yield {
    ...(await operationInfo(context, next.operation, next.effective)),
    ...(isFirstKept && { isFirstKept }),
  }
}

/** One operation by its id, the beginning of it or of its short form, or its number. */
export async function operation(context: Context, id: string): Promise<OperationInfo> {
  const found = await findOperationNamed(context, id)
  return operationInfo(context, found.operation, found.effective)
}

/** Throws DV_UNKNOWN_REVISION when there is none, DV_AMBIGUOUS_ID when several begin so. */
export async function findOperationNamed(context: Context, id: string): Promise<JudgedOperation> {
  const found: JudgedOperation[] = []
  for await (const item of judged(context)) {
    if (item.operation.id === id) return item
    if (isCalled(item.operation, id)) found.push(item)
  }
  const [only, second] = found
  if (only && !second) return only
  const shorts = found.slice(0, 5).map((item) => operationShort(item.operation))
  if (second) {
    throw new DvError('DV_AMBIGUOUS_ID', `'${id}' is the beginning of ${found.length} operations' ids`, {
      data: { prefix: id, candidates: found.map((item) => item.operation.id) },
      hint: `type more of it: ${shorts.join(', ')}`,
    })
  }
  throw new DvError('DV_UNKNOWN_REVISION', `There is no operation '${id}' in this working directory`, {
    data: { operation: id },
    hint: "'dv op log' lists them; 'dv gc' forgets those older than the setting gc.operations",
  })
}

/** The operations of the working directory, newest first, each with whether it happened. */
export function judged({ storage, workdir }: Context): AsyncGenerator<JudgedOperation> {
  return iterOperationsWithEffect(storage, workdir.id, readUnfinishedOperations(workdir))
}

function isCalled(operation: Operation, text: string): boolean {
  if (String(operation.n) === text) return true
  if (text.length < PREFIX_MIN) return false
  return operation.id.startsWith(text) || operationShort(operation).startsWith(text)
}

/** The part of an id that is its own: the rest is the working directory's, and the number. */
function operationShort({ id }: Operation): string {
  return id.slice(id.lastIndexOf('-') + 1)
}

export async function operationInfo(
  context: Context,
  operation: Operation,
  effective: boolean,
): Promise<OperationInfo> {
  const { id, time, verb, refs, undoes } = operation
  return {
    id,
    short: operationShort(operation),
    time,
    verb,
    summary: summaryOf(operation),
    refs: refs.map(({ ref, before, after }) => ({
      name: shortRefName(ref),
      ...(before && { before: toHex(before.target) }),
      ...(after && { after: toHex(after.target) }),
    })),
    saved: await countSaved(context, operation),
    ...(undoes !== undefined && { undoes }),
    unfinished: !effective,
  }
}

/** Files that were not as the commit of that time had them, or, where no commit changed, that the operation replaced. */
async function countSaved(context: Context, { saved, head, worktree }: Operation): Promise<number> {
  if (!saved) return 0
  try {
    const base = head ? await manifestOf(context, head.before.commit) : worktree?.after
    return base ? await countNewer(context, base, saved) : 0
  } catch (error) {
    // What it saved was collected since: there is nothing left to count.
    if (isDvError(error, 'DV_MISSING_OBJECT')) return 0
    throw error
  }
}

async function countNewer({ store }: Context, before: ManifestId, after: ManifestId): Promise<number> {
  let count = 0
  for await (const batch of diffManifests(store, [before, after])) {
    for (const change of batch) if (change.after) count++
  }
  return count
}

/** 'commit 1a2b3c4d on main: Add labels'. */
function summaryOf(operation: Operation): string {
  const { verb, args, head } = operation
  if (verb === 'gc') return 'older operations forgotten'
  if (verb === 'purge') return `${typed(verb, args)} (cannot be undone)`
  if (verb === 'commit') return commitSummary(operation)
  if (verb === 'branch' || verb === 'tag') return refsSummary(operation)
  if (verb === 'switch' || verb === 'checkout')
    return head ? `${verb} from ${place(head.before)} to ${place(head.after)}` : typed(verb, args)
  return `${typed(verb, args)}${movement(operation)}`
}

/** What an operation of any verb did to the head, else to refs. */
function movement({ head, refs }: Operation): string {
  if (head && !sameCommit(head.before.commit, head.after.commit)) {
    const at = head.after.commit ? short(head.after.commit) : 'nothing'
    return ` on ${head.after.branch ?? 'no branch'}: now at ${at}`
  }
  if (refs.length === 0) return ''
  return `: ${refs.length === 1 ? oneRef(refs[0]!) : `${refs.length} refs`}`
}

function typed(verb: string, args: readonly string[]): string {
  return [verb, ...args].join(' ')
}

function commitSummary({ args, head }: Operation): string {
  const amended = args[0] === '--amend'
  const subject = args.slice(amended ? 1 : 0).join(' ')
  const id = head?.after.commit ? ` ${short(head.after.commit)}` : ''
  const where = head?.after.branch ?? 'no branch'
  return `${amended ? 'amended commit' : 'commit'}${id} on ${where}: ${subject}`
}

function refsSummary({ verb, args, refs, head }: Operation): string {
  const made = refs.find(({ before, after }) => !before && after)
  const gone = refs.filter(({ after }) => !after)
  const from = head?.before.branch
  if (made && gone.length === 1) return `${verb} ${name(gone[0]!)} renamed to ${name(made)}`
  if (refs.length === 0) return from ? `${verb} ${from} renamed to ${head.after.branch}` : typed(verb, args)
  return `${verb} ${refs.map(oneRef).join(', ')}`
}

function oneRef(change: RefChange): string {
  const { before, after } = change
  if (!after) return `${name(change)} deleted${before ? ` (was ${short(before.target)})` : ''}`
  if (!before) return `${name(change)} created at ${short(after.target)}`
  return `${name(change)} moved from ${short(before.target)} to ${short(after.target)}`
}

function name({ ref }: RefChange): string {
  return shortRefName(ref)
}

function place({ branch, commit }: HeadState): string {
  return branch ?? (commit ? short(commit) : 'nothing')
}

function sameCommit(a: CommitId | undefined, b: CommitId | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && toHex(a) === toHex(b))
}
