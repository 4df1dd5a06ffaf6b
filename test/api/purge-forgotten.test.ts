// What nothing leads to any more, and lies there still: a purge of all history means that too.
import test from 'ava'
import { noise } from '../helpers/noise.js'
import { assertGone, beside, cloneOfBob, FETCH, holders, PURGE, PUSH, SECRET } from '../helpers/purging.js'
import { collect, testRepository } from '../helpers/repository.js'

const FILES = { key: SECRET, other: noise(20_000, 1) }

test('a commit that was amended and pushed over is purged at the remote, where no operation keeps it', async (t) => {
  const made = await testRepository(t, FILES, { chunkSize: 1024 })
  const { repository, write, commit } = made
  const remote = beside(made, 'remote')
  await repository.addRemote({ name: 'origin', url: '../remote' })
  await repository.push({ ...PUSH, setUpstream: true })
  const bob = await cloneOfBob(made)
  write({ key: undefined })
  await commit('Without the key', { amend: true })
  await repository.push({ ...PUSH, forceWithLease: true })
  t.not(holders(remote).length, 0)
  const { contents } = await repository.purge({ ...PURGE, paths: ['key'] })
  t.deepEqual(contents[0]?.paths, ['key'])
  await assertGone(t, { repository, remotes: [remote] })

  // A clone from before leads to it by its own branch.
  t.not(holders(bob.store).length, 0)
  await bob.fetch(FETCH)
  await assertGone(t, { repository: bob })
})

test('what no operation leads to any more is found by its path all the same', async (t) => {
  const made = await testRepository(t, FILES, { chunkSize: 1024 })
  const { repository, write, commit, advance } = made
  write({ key: undefined })
  await commit('Without the key', { amend: true })
  advance(100 * 24 * 3600_000)
  // The operations are forgotten; what they led to waits to be deleted.
  await repository.gc({ dryRun: false, now: false, operations: 0 })
  t.is((await collect(repository.operations({}))).at(-1)?.verb, 'gc')
  t.not(holders(repository.store).length, 0)
  t.is((await repository.purge({ ...PURGE, paths: ['key'] })).contents.length, 1)
  await assertGone(t, { repository })
  await t.throwsAsync(repository.purge({ ...PURGE, paths: ['kez'] }), { code: 'DV_UNKNOWN_PATH' })
})
