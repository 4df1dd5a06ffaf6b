// dv push: what the remote lacks is sent, then its refs move by compare-and-swap, then what is remembered of them here.
import { isDvError } from '../base/index.js'
import { type CommitId, sameId, type TagId } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { listAllRefs, shortRefName, updateRef } from '../refs/index.js'
import {
  appendOperation,
  iterOperations,
  type Operation,
  parseOperationId,
  type RefChange,
  updateStoreConfig,
} from '../repo/index.js'
import { noTraffic, type Traffic } from '../storage/index.js'
import type { Named } from '../store/index.js'
import { transfer } from '../transfer/index.js'
import { moveAnchored, namedBy } from './anchored.js'
import { refuseCheckedOutIn } from './branch-use.js'
import type { Context } from './context.js'
import { targetOf, updateOf } from './fetch.js'
import { passGate } from './gated.js'
import { isMove, moveRemoteRef, tellNames } from './move-remote-ref.js'
import { adoptRecords } from './purge-spread.js'
import { type JudgedStep, planPush } from './push-plan.js'
import { openPushTarget, type PushTarget } from './push-target.js'
import { findRemote, type Remote } from './remote-store.js'
import { sendNotes } from './share-notes.js'
import type { PushResult, RemoteInfo, TransferSums } from './results.js'
import type { PushOptions } from './types.js'

export async function push(context: Context, options: PushOptions): Promise<PushResult> {
  const named = await findRemote(context, options.remote)
  const steps = await planPush(context, named.name, options)
  const withLease = options.forceWithLease
  const rehearsal = options.dryRun ? noTraffic() : undefined
  const target = await openPushTarget(context, named, { steps, withLease, rehearsal })
  try {
    return await pushTo(context, target, { named, options, rehearsal })
  } finally {
    target.remote.storage.close()
  }
}

/** The rest of it, once the remote was asked. */
export async function pushTo(
  context: Context,
  { remote, judged }: PushTarget,
  { named, options, rehearsal }: { named: RemoteInfo; options: PushOptions; rehearsal?: Traffic | undefined },
): Promise<PushResult> {
  for (const step of judged) await refuseCheckedOut(remote, step)
  for (const step of judged) await refuseUnchecked(context, step, options)
  const sent = await send(context, remote, { judged, options })
  const { surroundings, store } = context
  const tellNotes = () => sendNotes({ from: store, to: remote.store }, { surroundings, ...options })
  if (rehearsal) {
    await rehearseMoves(context, remote, judged)
    await tellNotes()
    return { remote: named, updates: judged.map(describe), sent, dryRun: rehearsal }
  }
  const moved = await moveAnchored(remote.store, judged.flatMap(namedThere), {
    move: () => moveRefs(context, remote, { judged, options }),
    send: () => send(context, remote, { judged, options }),
  })
  await tellNotes()
  const upstream = options.setUpstream ? await setUpstream(context, named.name, moved) : undefined
  return { remote: named, updates: moved.map(describe), sent, ...(upstream !== undefined && { upstream }) }
}

/** What a branch is to be must keep the rules that it has itself. */
async function refuseUnchecked(context: Context, step: JudgedStep, options: PushOptions): Promise<void> {
  if (!isMove(step) || step.kind !== 'branch' || !step.next) return
  const id = step.next.target
  const { manifest } = await readCommit(context.store, id)
  const passed = await passGate(context, { ...options, verbs: ['push'], id, manifest })
  if (!options.dryRun) await passed()
}

function namedThere(step: JudgedStep): Named[] {
  return isMove(step) && step.next ? namedBy(step.next) : []
}

async function send(
  context: Context,
  remote: Remote,
  { judged, options }: { judged: readonly JudgedStep[]; options: PushOptions },
): Promise<TransferSums> {
  // A purge moves no ref: it is brought there also when nothing else is.
  await adoptRecords({ from: context.store, to: remote.store }, options)
  const moves = judged.filter((step) => isMove(step) && step.next)
  if (moves.length === 0) return { objects: 0, bytes: 0 }
  const { signal, onProgress } = options
  const { objects, bytes } = await transfer(
    {
      source: context.store,
      target: remote.store,
      commits: moves.flatMap(({ next }): CommitId[] => (next ? [next.target] : [])),
      tags: moves.flatMap(({ next }): TagId[] => (next?.tag ? [next.tag] : [])),
      haves: await knownThere(context, remote, moves),
    },
    { phase: 'Sending', ...(signal && { signal }), ...(onProgress && { onProgress }) },
  )
  return { objects, bytes }
}

/** Commits that the remote has with all their history. Its other refs are only worth a look for a branch that is new. */
async function knownThere(
  { store }: Context,
  { storage }: Remote,
  moves: readonly JudgedStep[],
): Promise<CommitId[]> {
  const replaced = moves.flatMap(({ before }) => (before ? [before.value.target] : []))
  const isHere = await Promise.all(replaced.map((id) => store.has(id)))
  if (replaced.length === moves.length && isHere.every(Boolean)) return replaced
  return (await listAllRefs(storage, ['heads', 'tags'])).map(targetOf)
}

/** Like `perform`: the operation is recorded first, with what will be remembered of the remote; the remote's refs move
 * in between. */
async function moveRefs(
  context: Context,
  remote: Remote,
  { judged, options }: { judged: readonly JudgedStep[]; options: PushOptions },
): Promise<JudgedStep[]> {
  const { storage, workdir, surroundings } = context
  if (!judged.some((step) => isMove(step) || isForgotten(step))) return [...judged]
  options.signal?.throwIfAborted()
  const operation = await appendOperation(storage, workdir.id, {
    time: surroundings.clock(),
    verb: 'push',
    args: [remote.name, ...judged.map(({ to }) => shortRefName(to))],
    refs: judged.flatMap(changeOf),
  })
  const moved: JudgedStep[] = []
  try {
    for (const step of judged) {
      const settled = isMove(step)
        ? await moveRemoteRef(context, remote, { step, operation, withLease: options.forceWithLease })
        : step
      await remember(context, settled, operation)
      moved.push(settled)
    }
  } finally {
    await tellNamesOf(remote, moved)
  }
  return moved
}

async function tellNamesOf(remote: Remote, moved: readonly JudgedStep[]): Promise<void> {
  const changes = moved.filter(isMove)
  await tellNames(
    remote,
    changes.map(({ to, before, next }) => ({ ref: to, expected: before, next })),
  )
}

/** The remote's part of moveRefs(), by an operation that is not recorded. */
async function rehearseMoves(context: Context, remote: Remote, judged: readonly JudgedStep[]): Promise<void> {
  const { storage, workdir, surroundings } = context
  let last = 0
  for await (const { id } of iterOperations(storage, workdir.id)) {
    last = parseOperationId(id)?.n ?? 0
    break
  }
  // As many bytes as the real one's.
  const operation = { id: `${workdir.id}-${last + 1}-00000000`, time: surroundings.clock() }
  for (const step of judged)
    if (isMove(step)) await moveRemoteRef(context, remote, { step, operation, withLease: false })
  await tellNamesOf(remote, judged)
}

/** Whether the remote has it where it should be, and it is remembered otherwise here. */
function isForgotten({ verdict, tracking, next }: JudgedStep): boolean {
  if (verdict.outcome !== 'unchanged' || !tracking || !next) return false
  return !tracking.stored || !sameId(tracking.stored.value.target, next.target)
}

function changeOf(step: JudgedStep): RefChange[] {
  const { tracking, next } = step
  if (!tracking || !(isMove(step) || isForgotten(step))) return []
  const before = tracking.stored?.value
  return [
    {
      ref: tracking.ref,
      ...(before && { before: { target: before.target, operation: before.operation } }),
      ...(next && { after: { target: next.target } }),
    },
  ]
}

/** What was pushed is what the remote has. Another process may know something newer already: that stays. */
async function remember(
  { storage }: Context,
  { verdict, tracking, next }: JudgedStep,
  { id, time }: Operation,
): Promise<void> {
  if (verdict.outcome === 'rejected' || !tracking) return
  const { ref, stored } = tracking
  if (next && stored && sameId(stored.value.target, next.target)) return
  const value = next && { target: next.target, operation: id, updated: time }
  try {
    await updateRef(storage, ref, { expected: stored, next: value })
  } catch (error) {
    if (!isDvError(error, 'DV_REF_MOVED')) throw error
  }
}

async function refuseCheckedOut({ name, storage }: Remote, step: JudgedStep): Promise<void> {
  if (!isMove(step) || step.kind !== 'branch') return
  const branch = shortRefName(step.to)
  const hint = `push to another branch ('dv push ${name} ${branch}:NAME') and merge it there, or pull from there`
  await refuseCheckedOutIn(storage, branch, hint)
}

/** The branches that were pushed follow their counterparts from now on. Returns the last one's. */
async function setUpstream(
  context: Context,
  remote: string,
  moved: readonly JudgedStep[],
): Promise<string | undefined> {
  const pushed = moved.filter(({ kind, from, next, verdict }) => {
    return kind === 'branch' && from !== undefined && next && verdict.outcome !== 'rejected'
  })
  if (pushed.length === 0) return undefined
  await updateStoreConfig(context.storage, (config) => {
    const branches = new Map(config.branches)
    for (const { from, to } of pushed) branches.set(shortRefName(from!), { remote, merge: shortRefName(to) })
    return { ...config, branches }
  })
  return `${remote}/${shortRefName(pushed.at(-1)!.to)}`
}

function describe({ kind, from, to, next, before, verdict }: JudgedStep) {
  return updateOf(verdict, { kind, from: from ?? to, to, before: before?.value.target, after: next?.target })
}
