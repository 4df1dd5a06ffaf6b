// The remote of a push, and what it says to each step. A remote that was met before is asked for its refs only: that one
// of them is where it was last seen, or where it is to be, shows that it is the same store still.
import { isDvError } from '../base/index.js'
import { sameId } from '../hash/index.js'
import { readStoreFormat } from '../repo/index.js'
import type { Context } from './context.js'
import { recallFormat, rememberFormat, segmentsAtHand, serverMemory } from './derived.js'
import { type JudgedStep, judgeStep, type PushStep } from './push-plan.js'
import { openOrCreateRemote, openRemote, type Remote, requireSameChunks } from './remote-store.js'
import type { RemoteInfo } from './results.js'
import type { Traffic } from '../storage/index.js'

export interface PushTarget {
  remote: Remote
  judged: JudgedStep[]
}

interface Plan {
  steps: readonly PushStep[]
  withLease: boolean
  /** Given: nothing is written, there or here. */
  rehearsal?: Traffic | undefined
}

/** The caller closes the remote. It is made a store when something is to be sent to where nothing is. */
export async function openPushTarget(context: Context, info: RemoteInfo, plan: Plan): Promise<PushTarget> {
  return (await openAsRemembered(context, info, plan)) ?? (await openAsked(context, info, plan))
}

/** Undefined: it is not remembered, or not what it was. */
async function openAsRemembered(
  context: Context,
  info: RemoteInfo,
  plan: Plan,
): Promise<PushTarget | undefined> {
  const format = recallFormat(context.storage, info, 'write')
  if (!format) return undefined
  const known = { format, ...knownOf(context, info, plan) }
  const remote = await openRemote(info, 'write', context.surroundings.env, known)
  const target = await judgeAll(context, remote, plan)
  if (target.judged.every(isAsSeen) || (await isStill(remote))) return target
  remote.storage.close()
  return undefined
}

function isAsSeen({ before, next, tracking }: JudgedStep): boolean {
  if (!before) return false
  const seen = tracking?.stored?.value.target
  return [seen, next?.target].some((id) => id !== undefined && sameId(id, before.value.target))
}

async function isStill({ storage, format }: Remote): Promise<boolean> {
  try {
    return (await readStoreFormat(storage, 'write')).id === format.id
  } catch (error) {
    if (isDvError(error, 'DV_NO_STORE')) return false
    throw error
  }
}

async function openAsked(context: Context, info: RemoteInfo, plan: Plan): Promise<PushTarget> {
  const { clock, env } = context.surroundings
  const known = knownOf(context, info, plan)
  const remote = plan.steps.some(({ next }) => next)
    ? await openOrCreateRemote(info, { format: context.format, now: clock(), env, ...known })
    : await openRemote(info, 'write', env, known)
  const target = await judgeAll(context, remote, plan)
  if (remote.storage.properties.localRoot === undefined && !plan.rehearsal)
    rememberFormat(context.storage, info, remote.format)
  return target
}

function knownOf(context: Context, info: RemoteInfo, { rehearsal }: Plan) {
  const server = serverMemory(context.surroundings, info, context.storage.properties.localRoot)
  const near = segmentsAtHand(context.storage, rehearsal)
  return rehearsal ? { near, server: { ...server, learned() {} }, rehearsal } : { near, server }
}

/** Closes a remote that refuses. */
export async function judgeAll(
  context: Context,
  remote: Remote,
  { steps, withLease }: Pick<Plan, 'steps' | 'withLease'>,
): Promise<PushTarget> {
  try {
    requireSameChunks(context.format, remote)
    const judged: JudgedStep[] = []
    for (const step of steps) judged.push(await judgeStep(context, remote, { step, withLease }))
    return { remote, judged }
  } catch (error) {
    remote.storage.close()
    throw error
  }
}
