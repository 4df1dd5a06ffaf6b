// People who push, delete, bring back, and commit in the shared store itself.
import { moveAnchored, moveBack, namedBy, onceMore, unlessCollected } from '../../src/api/anchored.js'
import type { Context } from '../../src/api/context.js'
import type { CommitId } from '../../src/hash/index.js'
import { readRef, type RefName, shortRefName, updateRef } from '../../src/refs/index.js'
import { collected, type ObjectStore } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import { commitTree, readTree, type Tree } from '../transfer/world.js'
import { newHome, pushOnce, remember, setHere } from './home.js'
import { BRANCHES, mayFail, MISHAPS, openShared, pause, someTree, unlessMishap, type World } from './world.js'

interface Person {
  home: Context
  /** The shared store as it was opened, which may have been long ago. */
  remote: ObjectStore
  mine: CommitId[]
}

export async function writer(world: World, name: string, rounds: number): Promise<void> {
  const { schedule } = world
  const person: Person = { home: newHome(world, name), remote: openShared(world), mine: [] }
  for (let round = 0; round < rounds; round++) {
    await pause(world)
    // Most commands are processes of their own; some programs stay open.
    if (schedule.random() < 0.7) person.remote = openShared(world)
    const what = schedule.random()
    await unlessMishap(
      world,
      async () => {
        if (what < 0.2) await deleteBranch(world, person)
        else if (what < 0.45 && person.mine.length > 0) await bringBack(world, person)
        else if (what < 0.55) await commitThere(world, person)
        else await commitAndPush(world, person)
      },
      // Of a branch that is to go and went already.
      [...MISHAPS, ...(what < 0.2 ? (['DV_UNKNOWN_REF'] as const) : [])],
    )
  }
}

async function commitAndPush(world: World, { home, remote, mine }: Person): Promise<void> {
  const { schedule, witness } = world
  const ref = schedule.one(BRANCHES)
  const tip = schedule.random() < 0.5 ? await fetchBranch(world, { home, remote }, ref) : undefined
  const parents = tip ? [tip] : []
  const commit = await commitTree(home.store, someTree(world), {
    parents,
    at: world.schedule.now,
    ...withBase(world),
  })
  witness.made(commit, parents)
  mine.push(commit)
  await push(world, home, { commit, ref, isForced: !tip })
}

/** Something that may have been thrown away meanwhile. */
async function bringBack(world: World, { home, mine }: Person): Promise<void> {
  const { schedule } = world
  await push(world, home, { commit: schedule.one(mine), ref: schedule.one(BRANCHES), isForced: true })
}

/** What chunks may stand on. */
function withBase(world: World): { base?: Tree } {
  return world.schedule.random() < 0.5 ? { base: someTree(world) } : {}
}

async function fetchBranch(
  world: World,
  { home, remote }: Pick<Person, 'home' | 'remote'>,
  ref: RefName,
): Promise<CommitId | undefined> {
  const stored = await readRef(remote.storage, ref)
  if (!stored) return undefined
  const { target } = stored.value
  await mayFail(world, stored, async () => {
    await transfer({ source: remote, target: home.store, commits: [target], haves: [] })
  })
  if (!(await home.store.has(target))) return undefined
  await remember(home, ref, target)
  return target
}

interface Push {
  commit: CommitId
  ref: RefName
  /** Over whatever is there, which was looked at before. */
  isForced: boolean
}

async function push(world: World, home: Context, { commit, ref, isForced }: Push): Promise<void> {
  const { witness } = world
  await setHere(home, ref, commit)
  const seen = isForced ? await readRef(world.shared, ref) : undefined
  if (seen) await remember(home, ref, seen.value.target)
  const { update, operation } = await pushAgain(world, home, shortRefName(ref), isForced)
  if (update.outcome === 'rejected') witness.counts.lost++
  else if (operation !== undefined) witness.acknowledge(operation)
}

async function deleteBranch(world: World, { home }: Person): Promise<void> {
  await pushAgain(world, home, `:${shortRefName(world.schedule.one(BRANCHES))}`, false)
}

function pushAgain(world: World, home: Context, spec: string, forceWithLease: boolean) {
  let attempts = 0
  return onceMore(home, () => {
    if (attempts++ > 0) world.witness.counts.again++
    return pushOnce(world, home, { spec, forceWithLease })
  })
}

/** A commit made in the shared store itself, on top of what a branch is at. */
async function commitThere(world: World, { remote }: Person): Promise<void> {
  const { schedule, witness } = world
  const { storage } = remote
  const ref = schedule.one(BRANCHES)
  const [tree, how] = [someTree(world), withBase(world)]
  const operation = witness.newOperation()
  const begin = async () => {
    witness.counts.again++
    await remote.index.begin()
  }
  const once = async (): Promise<boolean> => {
    const expected = await readRef(storage, ref)
    if (!expected) return false
    const { target } = expected.value
    const isRead = await mayFail(world, expected, async () => void (await readTree(remote, target)))
    if (!isRead) return false
    const parents = [target]
    const commit = await commitTree(remote, tree, { parents, at: schedule.now, ...how })
    witness.made(commit, parents)
    const next = { target: commit, operation, updated: schedule.now }
    await moveAnchored(remote, namedBy(next), {
      move: () => updateRef(storage, ref, { expected, next }),
      async send() {
        await moveBack(storage, { ref, before: expected.value, operation })
        throw collected(storage)
      },
    })
    return true
  }
  if (await unlessCollected(once, { begin, store: remote })) witness.acknowledge(operation)
}
