// What goes on beside each other on one shared store: people who push, delete, bring back and commit there, people who
// read, and collectors. All of it is the program's own code, down to the storage.
import { type DvErrorCode, isDvError } from '../../src/base/index.js'
import { moveAnchored, moveBack, namedBy, unlessCollected } from '../../src/api/anchored.js'
import { type CommitId, sameId } from '../../src/hash/index.js'
import { collect, takeBack } from '../../src/maintenance/index.js'
import { branchRef, listAllRefs, readRef, type StoredRef, updateRef } from '../../src/refs/index.js'
import type { Storage } from '../../src/storage/index.js'
import { collected, ObjectStore } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import { CHUNK_BYTES, commitTree, readTree, type Tree } from '../transfer/world.js'
import type { Schedule } from './schedule.js'
import { storageIn } from './shared-storage.js'
import type { Witness } from './witness.js'

const HOUR = 3_600_000
const BRANCHES = ['main', 'work', 'old'].map((name) => branchRef(name))

export interface World {
  schedule: Schedule
  witness: Witness
  shared: Storage
  /** For temporary files. */
  folder: string
  /** The collectors' grace, milliseconds. */
  grace: number
  /** What a writer leaves out, to see whether that is noticed. */
  careless?: (store: ObjectStore) => void
  withoutAnchor?: boolean
}

/** Few contents, so that everybody has something that somebody else stored. */
function someTree({ schedule }: World): Tree {
  const tree: Tree = {}
  for (let i = 0; i < 3; i++) tree[`file-${schedule.below(4)}`] = content(schedule.below(6))
  return tree
}

function content(n: number): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES + 1500)
  // Halves that others share, and halves that differ in little, so that there are deltas.
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * ((n >> 1) + 3) + (i >> 4)) & 255
  bytes[100] = n
  bytes[CHUNK_BYTES + 50] = n % 3
  return bytes
}

function openShared(world: World): ObjectStore {
  const store = new ObjectStore(world.shared)
  world.careless?.(store)
  return store
}

/** Failures that an honest program may end with: others were faster, or the line broke. */
const MISHAPS: readonly DvErrorCode[] = ['DV_REF_MOVED', 'DV_IO', 'DV_COLLECTED', 'DV_UNCERTAIN']
/** And a collector where a ref names what nobody was told is there: whoever set it is about to look, or dead. */
const NOT_KNOWN: readonly DvErrorCode[] = ['DV_MISSING_OBJECT', 'DV_CORRUPT']

const isOne = (error: unknown, codes: readonly DvErrorCode[]) => codes.some((code) => isDvError(error, code))

async function unlessMishap(
  { witness }: World,
  work: () => Promise<void>,
  mishaps: readonly DvErrorCode[] = MISHAPS,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isOne(error, mishaps)) throw error
    witness.counts.lost++
  }
}

export async function writer(world: World, rounds: number): Promise<void> {
  const { schedule, grace } = world
  const home = new ObjectStore(storageIn(world.folder))
  let remote = openShared(world)
  const mine: CommitId[] = []
  for (let round = 0; round < rounds; round++) {
    await schedule.sleep(schedule.below(grace === 0 ? HOUR / 2 : 2 * HOUR))
    // Most commands are processes of their own; some programs stay open.
    if (schedule.random() < 0.7) remote = openShared(world)
    const what = schedule.random()
    await unlessMishap(world, async () => {
      if (what < 0.2) await deleteBranch(world, remote)
      else if (what < 0.45 && mine.length > 0) await push(world, { home, remote, commit: schedule.one(mine) })
      else if (what < 0.55) await commitThere(world, remote)
      else await commitAndPush(world, { home, remote, mine })
    })
  }
}

interface Ends {
  home: ObjectStore
  remote: ObjectStore
}

async function commitAndPush(
  world: World,
  { home, remote, mine }: Ends & { mine: CommitId[] },
): Promise<void> {
  const { schedule, witness } = world
  const ref = schedule.one(BRANCHES)
  const tip = schedule.random() < 0.5 ? await fetchBranch(world, { home, remote }, ref) : undefined
  const parents = tip ? [tip] : []
  const commit = await commitTree(home, someTree(world), {
    parents,
    at: world.schedule.now,
    ...withBase(world),
  })
  witness.made(commit, parents)
  mine.push(commit)
  await push(world, { home, remote, commit }, ref)
}

/** What chunks may stand on. */
function withBase(world: World): { base?: Tree } {
  return world.schedule.random() < 0.5 ? { base: someTree(world) } : {}
}

async function fetchBranch(world: World, { home, remote }: Ends, ref: StoredRef['ref']) {
  const stored = await readRef(remote.storage, ref)
  if (!stored) return undefined
  const { target } = stored.value
  await mayFail(world, stored, async () => {
    await transfer({ source: remote, target: home, commits: [target], haves: [] })
  })
  return (await home.has(target)) ? target : undefined
}

/** For what reads: whatever acknowledged refs have led to all the time can be read. */
async function mayFail({ witness }: World, stored: StoredRef, work: () => Promise<void>): Promise<void> {
  const since = witness.moment
  const wasSure = witness.isAcknowledged(stored)
  try {
    await work()
    witness.counts.read++
  } catch (error) {
    if (isOne(error, MISHAPS)) throw error
    if (wasSure && witness.stayed(stored.value.target, since))
      throw new Error(`'${stored.ref}' could not be read`, { cause: error })
  }
}

async function push(
  world: World,
  { home, remote, commit }: Ends & { commit: CommitId },
  ref = world.schedule.one(BRANCHES),
): Promise<void> {
  const { storage } = remote
  const operation = world.witness.newOperation()
  await again(world, remote, async () => {
    const expected = await readRef(storage, ref)
    const haves = (await listAllRefs(storage, ['heads'])).map(({ value }) => value.target)
    const send = () => transfer({ source: home, target: remote, commits: [commit], haves })
    await send()
    const next = { target: commit, operation, updated: world.schedule.now }
    if (expected && sameId(expected.value.target, commit)) return
    await moved(world, remote, { commit, send, move: () => updateRef(storage, ref, { expected, next }) })
  })
  world.witness.acknowledge(operation)
}

interface Move {
  commit: CommitId
  send: () => Promise<unknown>
  move: () => Promise<unknown>
}

async function moved(world: World, remote: ObjectStore, { commit, send, move }: Move): Promise<void> {
  if (world.withoutAnchor) await move()
  else await moveAnchored(remote, namedBy({ target: commit }), { move, send })
}

function again<T>(world: World, store: ObjectStore, work: () => Promise<T>): Promise<T> {
  const begin = async () => {
    world.witness.counts.again++
    await store.index.begin()
  }
  return unlessCollected(work, { begin, store })
}

/** A commit made in the shared store itself, on top of what a branch is at. */
async function commitThere(world: World, remote: ObjectStore): Promise<void> {
  const { schedule, witness } = world
  const { storage } = remote
  const ref = schedule.one(BRANCHES)
  const [tree, how] = [someTree(world), withBase(world)]
  const operation = witness.newOperation()
  const isDone = await again(world, remote, async () => {
    const expected = await readRef(storage, ref)
    if (!expected) return false
    const parents = [expected.value.target]
    let commit: CommitId | undefined
    await mayFail(world, expected, async () => {
      commit = await commitTree(remote, tree, { parents, at: schedule.now, ...how })
    })
    if (!commit) return false
    witness.made(commit, parents)
    const next = { target: commit, operation, updated: schedule.now }
    await moved(world, remote, {
      commit,
      move: () => updateRef(storage, ref, { expected, next }),
      async send() {
        await moveBack(storage, { ref, before: expected.value, operation })
        throw collected(storage)
      },
    })
    return true
  })
  if (isDone) witness.acknowledge(operation)
}

async function deleteBranch({ schedule }: World, { storage }: ObjectStore): Promise<void> {
  const ref = schedule.one(BRANCHES)
  const expected = await readRef(storage, ref)
  await updateRef(storage, ref, { expected, next: undefined })
}

/** Reads slowly, and keeps what it knows of the store for long. */
export async function reader(world: World, rounds: number): Promise<void> {
  const { schedule, grace } = world
  const store = openShared(world)
  for (let round = 0; round < rounds; round++) {
    await schedule.sleep(schedule.below(grace === 0 ? HOUR / 2 : 2 * HOUR))
    await unlessMishap(world, async () => {
      const stored = await readRef(world.shared, schedule.one(BRANCHES))
      if (stored) await mayFail(world, stored, async () => void (await readTree(store, stored.value.target)))
    })
  }
}

export async function collector(world: World, rounds: number): Promise<void> {
  const { schedule, shared, witness, grace } = world
  for (let round = 0; round < rounds; round++) {
    await schedule.sleep(schedule.below(grace === 0 ? HOUR / 2 : 2 * HOUR))
    const once = async () => {
      if (schedule.random() < 0.05) return void (await takeBack(new ObjectStore(shared)))
      const threshold = schedule.one([0, 0.3, 1])
      const outside = async () => ({ commits: [], manifests: [] })
      const { gone } = await collect(new ObjectStore(shared), { grace, threshold, outside })
      witness.counts.swept += gone.length
    }
    await unlessMishap(world, once, [...MISHAPS, ...NOT_KNOWN])
    await witness.audit()
  }
}
