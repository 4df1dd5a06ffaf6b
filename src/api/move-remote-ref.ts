// One ref of a remote moves, whoever else is at it. What a lost or unclear race came to is told by the ref itself: one's
// own operation there, or one's commit below what is there, has landed; all else is judged again.
import { isDvError } from '../base/index.js'
import { changesRefNames, refreshRefNames, updateRef } from '../refs/index.js'
import type { Operation } from '../repo/index.js'
import { hasLanded } from '../transfer/index.js'
import type { Context } from './context.js'
import { type JudgedStep, judgeStep, type PushStep } from './push-plan.js'
import type { Remote } from './remote-store.js'

/** How often a ref may be moved by others while it is pushed. */
const ATTEMPTS = 5

/** Whether the remote's ref is to change. */
export function isMove({ verdict }: JudgedStep): boolean {
  return verdict.outcome !== 'unchanged' && verdict.outcome !== 'rejected'
}

/** The step as it was settled: moved, or rejected because others were faster. The names of the remote's refs are the
 * caller's to refresh. Throws what the remote's storage does when that left the ref as it was. */
export async function moveRemoteRef(
  context: Context,
  remote: Remote,
  {
    step,
    operation,
    withLease,
  }: { step: JudgedStep; operation: Pick<Operation, 'id' | 'time'>; withLease: boolean },
): Promise<JudgedStep> {
  let judged = step
  for (let attempt = 1; isMove(judged); attempt++) {
    const { to, before, next } = judged
    try {
      const value = next && { ...next, operation: operation.id, updated: operation.time }
      await updateRef(remote.storage, to, { expected: before, next: value, namesLater: true })
      return judged
    } catch (error) {
      if (!isDvError(error, 'DV_REF_MOVED') || attempt === ATTEMPTS || !next) throw error
      const again = await judgeStep(context, remote, { step: plain(judged), withLease })
      if (await isBelow(context, remote, again)) return judged
      judged = again
    }
  }
  return judged
}

async function isBelow(
  { store: near }: Context,
  { store: far }: Remote,
  { kind, before, next, verdict }: JudgedStep,
): Promise<boolean> {
  if (kind !== 'branch' || !before || !next || verdict.outcome !== 'rejected') return false
  return hasLanded({ near, far }, { commit: next.target, tip: before.value.target })
}

function plain({ kind, from, to, next }: JudgedStep): PushStep {
  return { kind, to, ...(from !== undefined && { from }), ...(next && { next }) }
}

/** For readers that cannot list the remote's refs, once these have moved. */
export async function tellNames(
  { storage }: Pick<Remote, 'storage'>,
  moved: readonly Parameters<typeof changesRefNames>[0][],
): Promise<void> {
  const made = moved.flatMap(({ ref, next }) => (next ? [ref] : []))
  if (moved.some(changesRefNames)) await refreshRefNames(storage, made)
}
