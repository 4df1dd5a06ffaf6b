// The refs of a mirror: what each of the target's is to become, and its move.
import { isDvError } from '../base/index.js'
import { parseRef, readRef, shortRefName, type StoredRef, updateRef } from '../refs/index.js'
import { hasLanded, judgeBranchMove, judgeTagMove, type MoveVerdict } from '../transfer/index.js'
import { refuseCheckedOutIn } from './branch-use.js'
import { updateOf } from './fetch.js'
import { tellNames } from './move-remote-ref.js'
import type { Remote } from './remote-store.js'
import type { RefUpdate } from './results.js'
import type { MirrorOptions } from './types.js'

/** A ref that one of both has. */
export interface MirrorStep {
  ref: string
  before: StoredRef | undefined
  /** Absent: the source does not have it. */
  after: StoredRef | undefined
  verdict: MoveVerdict | { outcome: 'deleted' }
}

/** `theirs` is what the source has, `known` what the target has. */
export async function judgeAll(
  from: Remote,
  { theirs, known, options }: { theirs: StoredRef[]; known: StoredRef[]; options: MirrorOptions },
): Promise<MirrorStep[]> {
  const there = new Map(known.map((stored) => [stored.ref, stored]))
  const steps: MirrorStep[] = []
  for (const after of theirs) {
    const before = there.get(after.ref)
    there.delete(after.ref)
    steps.push({ ref: after.ref, before, after, verdict: await judge(from, { before, after, options }) })
  }
  if (!options.prune) return steps
  const gone = [...there.values()].map((before): MirrorStep => {
    return { ref: before.ref, before, after: undefined, verdict: { outcome: 'deleted' } }
  })
  return [...steps, ...gone]
}

async function judge(
  from: Remote,
  { before, after, options }: { before: StoredRef | undefined; after: StoredRef; options: MirrorOptions },
): Promise<MoveVerdict> {
  const verdict = isTag(after.ref)
    ? judgeTagMove(before?.value, after.value)
    : await judgeBranchMove(from.store, { before: before?.value.target, after: after.value.target })
  return verdict.outcome === 'rejected' && options.force ? { outcome: 'forced' } : verdict
}

function isTag(ref: string): boolean {
  return parseRef(ref).kind === 'tags'
}

/** Whether the target's ref is to change. */
export function isMirrorMove({ verdict }: MirrorStep): boolean {
  return verdict.outcome !== 'unchanged' && verdict.outcome !== 'rejected'
}

/** Throws DV_BRANCH_IN_USE when the target is somebody's working directory that has the branch checked out. */
export async function refuseInUse({ storage }: Remote, step: MirrorStep): Promise<void> {
  if (!isMirrorMove(step) || isTag(step.ref)) return
  const hint = 'mirror into a store of its own, or switch to another branch there first'
  await refuseCheckedOutIn(storage, shortRefName(step.ref), hint)
}

/** Moves the target's refs, each on its own. Whoever was faster keeps what they put there. */
export async function moveAll(
  ends: { from: Remote; to: Remote },
  steps: readonly MirrorStep[],
  how: { operation: string; updated: number },
): Promise<MirrorStep[]> {
  const moved: MirrorStep[] = []
  try {
    for (const step of steps) moved.push(isMirrorMove(step) ? await moveOne(ends, step, how) : step)
  } finally {
    const changes = moved.filter(isMirrorMove)
    await tellNames(
      ends.to,
      changes.map(({ ref, before, after }) => ({ ref, expected: before, next: after?.value })),
    )
  }
  return moved
}

async function moveOne(
  { from, to }: { from: Remote; to: Remote },
  step: MirrorStep,
  how: { operation: string; updated: number },
): Promise<MirrorStep> {
  const { ref, before, after } = step
  const { target, tag } = after?.value ?? {}
  const next = target && { target, ...(tag && { tag }), ...how }
  try {
    await updateRef(to.storage, ref, { expected: before, next, namesLater: true })
    return step
  } catch (error) {
    if (!isDvError(error, 'DV_REF_MOVED')) throw error
  }
  const now = await readRef(to.storage, ref)
  const isBranch = target && now && !isTag(ref)
  const stores = { near: from.store, far: to.store }
  if (isBranch && (await hasLanded(stores, { commit: target, tip: now.value.target }))) return step
  return { ...step, verdict: { outcome: 'rejected', reason: 'stale' } }
}

export function describeStep({ ref, before, after, verdict }: MirrorStep): RefUpdate {
  const kind = isTag(ref) ? 'tag' : 'branch'
  return updateOf(verdict, {
    kind,
    from: ref,
    to: ref,
    before: before?.value.target,
    after: after?.value.target,
  })
}
