// What a push is to do: which ref of the remote becomes what, judged against what the remote has now.
import { DvError, nearest } from '../base/index.js'
import type { CommitId, TagId } from '../hash/index.js'
import {
  branchRef,
  listAllRefs,
  listRefs,
  parseRef,
  readRef,
  remoteRef,
  shortRefName,
  type StoredRef,
  tagRef,
} from '../refs/index.js'
import { judgeBranchMove, judgeTagMove, type MoveVerdict } from '../transfer/index.js'
import { type Context, currentHead, effectiveConfig } from './context.js'
import type { Remote } from './remote-store.js'
import type { PushOptions } from './types.js'

/** One ref to be pushed. Full names. */
export interface PushStep {
  kind: 'branch' | 'tag'
  /** The ref here; absent when the one there is deleted. */
  from?: string
  to: string
  next?: { target: CommitId; tag?: TagId }
}

/** A step with what the remote says to it. */
export interface JudgedStep extends PushStep {
  before: StoredRef | undefined
  verdict: MoveVerdict | { outcome: 'deleted' }
  /** The branch there as it is remembered here. */
  tracking?: { ref: string; stored: StoredRef | undefined }
}

export async function planPush(context: Context, remote: string, options: PushOptions): Promise<PushStep[]> {
  const steps: PushStep[] = []
  for (const text of options.refs) steps.push(await parseStep(context, text))
  if (options.all) steps.push(...(await listRefs(context.storage, 'heads')).map(stepOf))
  else if (options.refs.length === 0) steps.push(await currentBranch(context, remote))
  if (options.tags) steps.push(...(await listRefs(context.storage, 'tags')).map(stepOf))
  return [...new Map(steps.map((step) => [step.to, step])).values()]
}

/** 'NAME', 'LOCAL:REMOTE' or ':REMOTE'. */
async function parseStep(context: Context, text: string): Promise<PushStep> {
  const colon = text.indexOf(':')
  const local = colon < 0 ? text : text.slice(0, colon)
  const there = colon < 0 ? undefined : text.slice(colon + 1)
  if (local === '') return { kind: 'branch', to: branchRef(there ?? '') }
  const stored = await findLocal(context, local)
  const step = stepOf(stored)
  if (there === undefined) return step
  return { ...step, to: step.kind === 'tag' ? tagRef(there) : branchRef(there) }
}

async function findLocal(context: Context, name: string): Promise<StoredRef> {
  const { storage } = context
  const full = name === 'HEAD' ? (await currentHead(context)).ref : undefined
  const found = full
    ? await readRef(storage, full)
    : ((await readRef(storage, branchRef(name))) ?? (await readRef(storage, tagRef(name))))
  if (found) return found
  const known = await listAllRefs(storage, ['heads', 'tags'])
  const near = nearest(
    name,
    known.map(({ ref }) => shortRefName(ref)),
  )
  throw new DvError('DV_UNKNOWN_REF', `There is no branch or tag '${name}' to push`, {
    data: { name, nearest: near },
    hint: near[0] ? `did you mean '${near[0]}'?` : "'dv branch' and 'dv tag' list what there is",
  })
}

function stepOf({ ref, value }: StoredRef): PushStep {
  const kind = parseRef(ref).kind === 'tags' ? 'tag' : 'branch'
  return { kind, from: ref, to: ref, next: { target: value.target, ...(value.tag && { tag: value.tag }) } }
}

/** To the branch it follows on this remote, else to that of its name. */
async function currentBranch(context: Context, remote: string): Promise<PushStep> {
  const { head, stored } = await currentHead(context)
  if (head.kind !== 'branch') {
    throw new DvError('DV_USAGE', 'The head is on no branch, so nothing says what to push', {
      hint: `type: dv push ${remote} BRANCH`,
    })
  }
  if (!stored) {
    throw new DvError('DV_UNKNOWN_REF', `The branch '${head.branch}' has no commits to push yet`, {
      data: { name: head.branch },
      hint: "make one with 'dv commit -m MESSAGE'",
    })
  }
  return { ...stepOf(stored), to: branchRef(await branchThere(context, remote, head.branch)) }
}

/** The branch that one of ours follows on this remote, else the one of its name. */
export async function branchThere(context: Context, remote: string, name: string): Promise<string> {
  const followed = (await effectiveConfig(context)).branches.get(name)
  return (followed?.remote === remote ? followed.merge : undefined) ?? name
}

/** Holds a step against the remote as it is now. */
export async function judgeStep(
  context: Context,
  remote: Remote,
  { step, withLease }: { step: PushStep; withLease: boolean },
): Promise<JudgedStep> {
  const before = await readRef(remote.storage, step.to)
  if (!step.next) return judgeDeletion(context, remote, { step, before })
  if (step.kind === 'tag') return { ...step, before, verdict: judgeTagMove(before?.value, step.next) }
  const tracking = await trackingOf(context, remote, step)
  const seen = tracking.stored?.value.target
  const move = {
    before: before?.value.target,
    after: step.next.target,
    ...(withLease && { lease: { seen } }),
  }
  return { ...step, before, verdict: await judgeBranchMove(context.store, move), tracking }
}

async function judgeDeletion(
  context: Context,
  remote: Remote,
  { step, before }: { step: PushStep; before: StoredRef | undefined },
): Promise<JudgedStep> {
  const name = shortRefName(step.to)
  const tag = before ? undefined : await readRef(remote.storage, tagRef(name))
  if (tag) return { kind: 'tag', to: tag.ref, before: tag, verdict: { outcome: 'deleted' } }
  if (!before) {
    throw new DvError('DV_UNKNOWN_REF', `Remote '${remote.name}' has no branch or tag '${name}'`, {
      data: { remote: remote.name, name },
      hint: `'dv fetch --prune ${remote.name}' forgets what it no longer has`,
    })
  }
  return {
    ...step,
    before,
    verdict: { outcome: 'deleted' },
    tracking: await trackingOf(context, remote, step),
  }
}

async function trackingOf(context: Context, { name }: Remote, { to }: PushStep) {
  const ref = remoteRef(name, shortRefName(to))
  return { ref, stored: await readRef(context.storage, ref) }
}
