import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { moveRemoteRef } from '../../src/api/move-remote-ref.js'
import { judgeStep } from '../../src/api/push-plan.js'
import { openRemote, type Remote } from '../../src/api/remote-store.js'
import { type CommitId, hashObject, parseId, toHex } from '../../src/hash/index.js'
import { branchRef, readRef, updateRef } from '../../src/refs/index.js'
import { appendOperation } from '../../src/repo/index.js'
import { forward, type Storage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import { testRepository } from '../helpers/repository.js'
import { commitTree } from '../transfer/world.js'

const MAIN = branchRef('main')

/** A repository with a commit that its remote has in its index, but not yet on its branch. */
async function aboutToPush(t: ExecutionContext) {
  const made = await testRepository(t, { a: 'a' })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.push({ refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false })
  const { commit } = await made.commit('Ours', { allowEmpty: true })
  const ours = parseId<'commit'>(commit.id)
  const context = await made.internals()
  const remote = await openRemote({ name: 'origin', url: path.join(made.root, '../remote') }, 'write', {})
  t.teardown(() => remote.storage.close())
  await transfer({ source: context.store, target: remote.store, commits: [ours], haves: [] })
  const step = { kind: 'branch' as const, from: MAIN, to: MAIN, next: { target: ours } }
  const judged = await judgeStep(context, remote, { step, withLease: false })
  const operation = await appendOperation(context.storage, context.workdir.id, {
    ...{ time: 1, verb: 'push', args: [], refs: [] },
  })
  const move = (storage: Storage) =>
    moveRemoteRef(context, { ...remote, storage }, { step: judged, operation, withLease: false })
  return { context, remote, ours, move, first: judged.before!.value.target }
}

/** A storage where somebody else is at work when the first swap arrives. */
function interfering(
  { storage }: Remote,
  swap: (swapOnce: () => Promise<string | undefined>) => Promise<string | undefined>,
): Storage {
  let isFirst = true
  return {
    ...forward(storage),
    async compareAndSwap(name, expected, bytes) {
      const swapOnce = () => storage.compareAndSwap(name, expected, bytes)
      if (!isFirst) return swapOnce()
      isFirst = false
      return swap(swapOnce)
    },
  }
}

/** Somebody else puts a commit on top of `parent` and moves the branch to it. */
async function goOn({ store, storage }: Remote, parent: CommitId): Promise<CommitId> {
  const theirs = await commitTree(new ObjectStore(storage), { theirs: 'theirs' }, { parents: [parent] })
  await store.index.refresh()
  const expected = await readRef(storage, MAIN)
  await updateRef(storage, MAIN, { expected, next: { target: theirs, operation: 'theirs-1', updated: 2 } })
  return theirs
}

async function tip({ storage }: Remote): Promise<string> {
  return toHex((await readRef(storage, MAIN))!.value.target)
}

for (const answer of ['the line dropped', 'lost']) {
  test(`a swap that landed, was answered by '${answer}', and from which others went on, has landed`, async (t) => {
    const { remote, ours, move } = await aboutToPush(t)
    let theirs: CommitId | undefined
    const storage = interfering(remote, async (swapOnce) => {
      await swapOnce()
      theirs = await goOn(remote, ours)
      if (answer === 'lost') return undefined
      throw new Error(answer)
    })
    t.is((await move(storage)).verdict.outcome, 'fast-forward')
    t.is(await tip(remote), toHex(theirs!), 'what others put on top stays')
  })
}

test('a swap whose answer was lost and that is there under its own operation has landed', async (t) => {
  const { remote, ours, move } = await aboutToPush(t)
  const storage = interfering(remote, async (swapOnce) => {
    await swapOnce()
    throw new Error('the line dropped')
  })
  t.is((await move(storage)).verdict.outcome, 'fast-forward')
  t.is(await tip(remote), toHex(ours))
})

test('a swap that others were faster than is rejected, and what they put there stays', async (t) => {
  const { remote, first, move } = await aboutToPush(t)
  let theirs: CommitId | undefined
  const storage = interfering(remote, async (swapOnce) => {
    theirs = await goOn(remote, first)
    return swapOnce()
  })
  const { verdict } = await move(storage)
  t.deepEqual(verdict, { outcome: 'rejected', reason: 'not-fast-forward' })
  t.is(await tip(remote), toHex(theirs!))
})

test('a swap that failed and left the branch as it was is told as the failure it is', async (t) => {
  const { remote, first, move } = await aboutToPush(t)
  const storage = interfering(remote, () => Promise.reject(new Error('the line dropped')))
  await t.throwsAsync(move(storage), { message: 'the line dropped' })
  t.is(await tip(remote), toHex(first))
})

test('a branch that others deleted meanwhile is made again', async (t) => {
  const { remote, ours, move } = await aboutToPush(t)
  const storage = interfering(remote, async (swapOnce) => {
    await updateRef(remote.storage, MAIN, { expected: await readRef(remote.storage, MAIN), next: undefined })
    return swapOnce()
  })
  t.is((await move(storage)).verdict.outcome, 'new')
  t.is(await tip(remote), toHex(ours))
})

test('others who were faster were faster also where what they moved it to has gone by then', async (t) => {
  const { remote, move, first } = await aboutToPush(t)
  const gone = hashObject('commit', Buffer.from('moved away from, and collected'))
  const storage = interfering(remote, async () => {
    const expected = await readRef(remote.storage, MAIN)
    const next = { target: gone, operation: 'theirs-1', updated: 2 }
    await updateRef(remote.storage, MAIN, { expected, next })
    return undefined
  })
  const { verdict, before } = await move(storage)
  t.deepEqual(verdict, { outcome: 'rejected', reason: 'not-fast-forward' })
  t.deepEqual([before!.value.target, before!.value.previous], [gone, first])
})
