// Which operations happened, and what refs were before. An operation is recorded before its refs move, so that a
// record alone proves nothing: it counts when the refs, or a later operation that counts, show it.
import type { CommitId } from '../hash/index.js'
import { readRef, type RefName } from '../refs/index.js'
import type { Storage } from '../storage/index.js'
import type { HeadState, Operation, RefChange } from './operation.js'
import { findOperation, iterOperations } from './operation-log.js'

/** A value of a ref, and the operation that set it. */
export interface RefMoment {
  target: CommitId
  operation: string
}

/** What a ref has been, newest first: its value now, then those before, as far as the log of this store tells,
 * whichever working directory set them. `ref@{n}` is the n-th, from 0. */
export async function* iterRefHistory(storage: Storage, ref: RefName): AsyncGenerator<RefMoment> {
  const now = await readRef(storage, ref)
  if (now !== undefined)
    yield* followBack(storage, ref, { target: now.value.target, operation: now.value.operation })
}

/** What was checked out in a working directory, newest first, one entry per change; the first is the present one. */
export async function* iterHeadHistory(
  storage: Storage,
  workdir: string,
  unfinished: readonly number[] = [],
): AsyncGenerator<HeadState> {
  let last: Operation['head']
  for await (const { operation, effective } of iterOperationsWithEffect(storage, workdir, unfinished)) {
    if (operation.head === undefined || !effective) continue
    last = operation.head
    yield last.after
  }
  if (last !== undefined) yield last.before
}

export interface JudgedOperation {
  operation: Operation
  /** Whether it happened. An operation that moves no ref counts as happened, unless it is known to have ended early. */
  effective: boolean
}

/** The operations of a working directory, newest first, each with whether it happened. `unfinished`: the numbers of
 * those that ended early, as far as no ref tells. */
export async function* iterOperationsWithEffect(
  storage: Storage,
  workdir: string,
  unfinished: readonly number[] = [],
): AsyncGenerator<JudgedOperation> {
  const shown = new Map<RefName, Set<string>>()
  for await (const operation of iterOperations(storage, workdir)) {
    const evidence = await Promise.all(
      operation.refs.map((change) => isShown(storage, shown, operation, change)),
    )
    const effective = evidence.length === 0 ? !unfinished.includes(operation.n) : evidence.includes(true)
    for (const { ref, before } of effective ? operation.refs : []) {
      if (before !== undefined)
        await show(storage, shown, ref, { target: before.target, operation: before.operation })
    }
    yield { operation, effective }
  }
}

/** Whether one operation happened. */
export async function isEffective(storage: Storage, operation: Operation): Promise<boolean> {
  const workdir = operation.id.slice(0, operation.id.indexOf('-'))
  for await (const judged of iterOperationsWithEffect(storage, workdir)) {
    if (judged.operation.n <= operation.n) return judged.operation.id === operation.id && judged.effective
  }
  return false
}

/** Whether the ref, or what is known of its past, bears witness to this change. A deletion leaves no trace but that
 * the value it took away is not in the ref's past. */
async function isShown(
  storage: Storage,
  shown: Map<RefName, Set<string>>,
  { id }: Operation,
  { ref, before, after }: RefChange,
): Promise<boolean> {
  if (!shown.has(ref)) {
    shown.set(ref, new Set())
    const now = await readRef(storage, ref)
    if (now !== undefined)
      await show(storage, shown, ref, { target: now.value.target, operation: now.value.operation })
  }
  const past = shown.get(ref)!
  return after === undefined ? before !== undefined && !past.has(before.operation) : past.has(id)
}

async function show(
  storage: Storage,
  shown: Map<RefName, Set<string>>,
  ref: RefName,
  moment: RefMoment,
): Promise<void> {
  const past = shown.get(ref) ?? new Set()
  shown.set(ref, past)
  if (past.has(moment.operation)) return
  for await (const { operation } of followBack(storage, ref, moment)) {
    if (past.has(operation)) return
    past.add(operation)
  }
}

async function* followBack(storage: Storage, ref: RefName, from: RefMoment): AsyncGenerator<RefMoment> {
  const seen = new Set<string>()
  for (let moment: RefMoment | undefined = from; moment !== undefined && !seen.has(moment.operation);) {
    seen.add(moment.operation)
    yield moment
    const operation = await findOperation(storage, moment.operation)
    const before = operation?.refs.find((change) => change.ref === ref)?.before
    moment = before && { target: before.target, operation: before.operation }
  }
}
