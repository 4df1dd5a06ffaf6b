// dv gc: rids a store, here or a remote, of what nothing needs any more. What is garbage is marked first, and deleted by a
// later run, once everybody who writes there has seen it: spec/17-collection.md
import { DvError, parseDuration } from '../base/index.js'
import {
  collect,
  type Collected,
  type CollectOptions,
  type OutsideRoots,
  type Problem,
  takeBack,
  type WaitingCollection,
} from '../maintenance/index.js'
import { forgetOperations, type OldOperations, operationsBefore } from '../repo/index.js'
import type { Storage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { throughCache } from './cache.js'
import { type Context, effectiveConfig } from './context.js'
import { segmentsAtHand, serverMemory } from './derived.js'
import { openRemote, remoteMeant } from './remote-store.js'
import type { GcPlan, GcResult, GcUndone, RemoteInfo, WaitingGarbage } from './results.js'
import type { GcOptions, Work } from './types.js'
import { workdirRoots } from './workdir-roots.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A store here is seen by few, who are all at work now or not at all; at a remote a push may take days. */
const GRACE_HERE = HOUR
const GRACE_REMOTE = 7 * DAY
const GRACE_MIN = HOUR
const THRESHOLD = 0.2
const OPERATIONS_KEPT = 30 * DAY
const NODE_CACHE_BYTES = 4 * 1024 * 1024

export async function gc(context: Context, options: GcOptions): Promise<GcResult> {
  const { surroundings, storage } = context
  const { dryRun, threshold = THRESHOLD, signal, onProgress } = options
  const grace = graceOf(options)
  const dryNow = dryRun ? surroundings.clock() : undefined
  const how = { grace, threshold, signal, onProgress, dryNow }
  const target = await openTarget(context, options.remote)
  try {
    const old = target.remote ? NO_OPERATIONS : await oldOperations(context, options.operations)
    if (!dryRun) await forgetOperations(storage, old, surroundings.clock())
    if (options.onPlan) await tellPlan(target, options.onPlan)
    const request = { ...how, ...target.reading, leftOut: new Set(old.names) }
    const result = await collect(target.store, request)
    return {
      ...(target.remote && { remote: target.remote }),
      dryRun,
      grace,
      operations: old.names.length,
      ...(!target.remote && { undoable: old.left }),
      ...summed(result, grace),
    }
  } finally {
    target.close()
  }
}

export async function undoGc(context: Context, options: Work & { remote?: string }): Promise<GcUndone> {
  const target = await openTarget(context, options.remote)
  try {
    const taken = await takeBack(target.store)
    return { ...(target.remote && { remote: target.remote }), taken: taken.map((one) => sumOf(one.doomed)) }
  } finally {
    target.close()
  }
}

function graceOf({ now, grace, remote }: GcOptions): number {
  if (now) return 0
  if (grace === undefined) return remote === undefined ? GRACE_HERE : GRACE_REMOTE
  if (grace >= GRACE_MIN) return grace
  throw new DvError(
    'DV_USAGE',
    'The grace is shorter than an hour: who is writing now could lose what he relies on',
    {
      data: { grace, least: GRACE_MIN },
      hint: "'--grace 1h', or '--now' if nobody else writes to this store at this moment",
    },
  )
}

interface Target {
  store: ObjectStore
  remote?: RemoteInfo
  reading: Pick<CollectOptions, 'near' | 'outside'>
  close: () => void
}

async function openTarget(context: Context, typed: string | undefined): Promise<Target> {
  const { surroundings, storage, store, workdir } = context
  if (typed === undefined)
    return {
      store: sparing(storage, { index: store.index }),
      reading: { outside: () => neededOutside(storage, context) },
      close() {},
    }
  const remote = remoteMeant(await effectiveConfig(context), typed, surroundings.cwd)
  const near = segmentsAtHand(storage)
  const server = serverMemory(surroundings, remote, workdir.store)
  const opened = await openRemote(remote, 'gc', surroundings.env, { near, server })
  const isFar = opened.storage.properties.localRoot === undefined
  const through = throughCache(surroundings, opened.storage, opened.format.id)
  const far = sparing(through, { ...(isFar && { near }) })
  const reading = { outside: () => neededOutside(opened.storage), ...(isFar && { near }) }
  return { store: far, remote, reading, close: () => through.close() }
}

/** Nodes are read once, in the order in which they lie: little of them is worth keeping. */
function sparing(storage: Storage, how: ConstructorParameters<typeof ObjectStore>[1]): ObjectStore {
  return new ObjectStore(storage, { ...how, cacheBytes: NODE_CACHE_BYTES })
}

/** What working directories of a store need: those of a store in a folder. */
export async function neededOutside(storage: Storage, context?: Context): Promise<OutsideRoots> {
  const folder = context?.workdir.store ?? storage.properties.localRoot
  if (folder === undefined) return { commits: [], manifests: [] }
  const problems: Problem[] = []
  const found = await workdirRoots(
    { storage, folder, ...(context && { workdir: context.workdir }) },
    problems,
  )
  const [first] = problems
  if (!first) return found
  throw new DvError('DV_CORRUPT', `What ${first.object} '${first.name}' needs is not known: ${first.what}`, {
    data: { object: first.object, name: first.name },
    hint: "'dv fsck' lists what is damaged; nothing was collected",
  })
}

async function tellPlan({ store, remote, reading }: Target, onPlan: (plan: GcPlan) => void): Promise<void> {
  const { near } = reading
  if (!remote || !near) return
  const { segments } = await new ObjectStore(store.storage).index.root()
  const plan = { remote, objects: 0, index: 0, read: 0 }
  for (const ref of segments) {
    plan.objects += ref.rows
    plan.index += ref.length
    if (!(await near.sourceOf(ref))) plan.read += ref.length
  }
  onPlan(plan)
}

const NO_OPERATIONS: OldOperations = { names: [], ended: [], left: 0 }

async function oldOperations(context: Context, typed: number | undefined): Promise<OldOperations> {
  const { operations: set } = (await effectiveConfig(context)).gc
  const kept = typed ?? (set === undefined ? undefined : parseDuration(set)) ?? OPERATIONS_KEPT
  return operationsBefore(context.storage, context.surroundings.clock() - kept)
}

function summed({ gone, moved, waiting, marked }: Collected, grace: number) {
  return {
    deleted: { ...sumOf(gone), moved },
    marked: sumOf(marked),
    waiting: waiting.map((one) => waitingGarbage(one, grace)),
  }
}

function waitingGarbage({ doomed, age }: WaitingCollection, grace: number): WaitingGarbage {
  return { ...sumOf(doomed), ...(age !== undefined && { age, left: Math.max(0, grace - age) }) }
}

function sumOf(doomed: Collected['gone']): { packs: number; bytes: number } {
  const packs = doomed.filter(({ key }) => key.startsWith('packs/'))
  return { packs: packs.length, bytes: doomed.reduce((sum, { garbage }) => sum + garbage, 0) }
}
