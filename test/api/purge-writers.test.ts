// Whoever writes to a store heeds what was purged there, whether or not that is known where it is written from.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { hashChunk } from '../../src/hash/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore, StoreWriter } from '../../src/store/index.js'
import { assertGone, beside, cloneOfBob, holders, PURGE, PUSH, SECRET } from '../helpers/purging.js'
import { NO_COMMIT_OPTIONS, testRepository } from '../helpers/repository.js'

/** A remote that has purged the secret, and a clone that has it still. */
async function twoPlaces(t: ExecutionContext) {
  const made = await testRepository(t, { secret: SECRET, other: 'other' }, { chunkSize: 1024 })
  const { repository } = made
  await repository.addRemote({ name: 'origin', url: '../remote' })
  await repository.push({ ...PUSH, setUpstream: true })
  const bob = await cloneOfBob(made)
  await repository.purge({ ...PURGE, paths: ['secret'] })
  t.deepEqual(holders(beside(made, 'remote')), [])
  return { made, bob, bobs: beside(made, 'bob'), remote: beside(made, 'remote') }
}

test('commit --to stores nothing that the remote has purged', async (t) => {
  const { bob, bobs, remote } = await twoPlaces(t)
  fs.writeFileSync(path.join(bobs, 'copy'), SECRET)
  const commit = () => bob.commit({ ...NO_COMMIT_OPTIONS, message: 'A copy', to: 'origin' })
  await t.throwsAsync(commit(), {
    code: 'DV_PURGED',
    message: "'copy' was purged on 2026-01-01: no consent",
  })
  await assertGone(t, { repository: bob, remotes: [remote] })
  t.is((await bob.purges()).length, 1, 'it is known there from now on')
  fs.writeFileSync(path.join(bobs, 'copy'), 'something else')
  t.is((await commit()).pushed?.updates[0]?.outcome, 'fast-forward')
  await assertGone(t, { repository: bob, remotes: [remote] })
})

test('who was writing when it was purged begins anew, also where nothing had to go', async (t) => {
  const made = await testRepository(t, { other: 'other' }, { chunkSize: 1024 })
  const { repository, write, commit } = made
  await repository.addRemote({ name: 'origin', url: '../remote' })
  await repository.push({ ...PUSH, setUpstream: true })
  const storage = openDirectoryStorage(beside(made, 'remote'))
  const writing = new ObjectStore(storage)
  t.is((await writing.purged()).count, 0)
  write({ secret: SECRET })
  await commit('Not pushed')
  t.like((await repository.purge({ ...PURGE, paths: ['secret'] })).stores[1], { packs: 0 })
  const data = new StoreWriter(writing, { kind: 'data' })
  await data.writeChunk(hashChunk(SECRET.subarray(0, 1000)), SECRET.subarray(0, 1000))
  const packs = await data.finish()
  await t.throwsAsync(writing.index.add(packs.map((ref) => ({ ref }))), { code: 'DV_COLLECTED' })
})

test('apply to a remote stores nothing that the remote has purged', async (t) => {
  const { made, bob, bobs, remote } = await twoPlaces(t)
  fs.writeFileSync(path.join(bobs, 'copy'), SECRET)
  const apply = (line: object) =>
    made.apiAt('../bob').apply({
      ...{ target: 'origin@main', message: 'Applied', create: false, dryRun: false },
      input: (async function* () {
        yield Buffer.from(`${JSON.stringify(line)}\n`)
      })(),
    })
  await t.throwsAsync(apply({ op: 'put', path: 'new', from: 'copy' }), { code: 'DV_PURGED' })
  await t.throwsAsync(apply({ op: 'put', path: 'new', base64: SECRET.toString('base64') }), {
    code: 'DV_PURGED',
  })
  t.deepEqual(holders(remote), [])
  t.is((await apply({ op: 'put', path: 'new', data: 'clean' })).outcome, 'moved')
  t.deepEqual((await bob.fsck({ deep: true, remote })).problems, [])
})
