// Purges as people need them: a key among small files, what only a remote has, places that have a part, mirrors.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { noise } from '../helpers/noise.js'
import { holdersBelow } from '../helpers/purged-bytes.js'
import {
  assertGone,
  beside,
  cat,
  cloneOfBob,
  commitIn,
  FETCH,
  holders,
  PURGE,
  PUSH,
  SECRET,
  STATUS,
} from '../helpers/purging.js'
import { type TestFiles, testRepository, type TestRepository } from '../helpers/repository.js'
import type { ExecutionContext } from 'ava'

const OPEN = noise(20_000, 5)
const FILES = { key: SECRET, 'data/open': OPEN, other: 'other' }

async function pushed(t: ExecutionContext, files: TestFiles = FILES): Promise<TestRepository> {
  const made = await testRepository(t, files, { chunkSize: 1024 })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.push({ ...PUSH, setUpstream: true })
  return made
}

test('a leaked key goes from the block that it shares with other small files, and from what was stored against it', async (t) => {
  const settings = Array.from({ length: 200 }, (_, i) => `setting ${i} = ${i % 7}`).join('\n')
  const withKey = `key = AKIA4711SECRET0815\n${settings}`
  const other = `${settings} 7`
  const small = { 'etc/1': `${settings} 1`, 'etc/7': other, 'etc/8': `${settings} 8` }
  const made = await pushed(t, { ...small, 'app.conf': withKey })
  const { repository, write, commit, openAt } = made
  write({ 'app.conf': settings })
  await commit('Without the key')
  await repository.push(PUSH)
  const stores = [repository.store, beside(made, 'remote')]
  const key = [Buffer.from('AKIA4711SECRET0815')]
  for (const store of stores) t.not(holdersBelow(store, key).length, 0)
  await repository.purge({ ...PURGE, paths: ['app.conf'], at: ['HEAD~1'], reason: 'a leaked key' })
  for (const store of stores) t.deepEqual(holdersBelow(store, key), [])
  await assertGone(t, { repository, remotes: [beside(made, 'remote')] })
  const fresh = await openAt('.')
  t.is((await cat(fresh, 'app.conf')).toString(), settings)
  t.is((await cat(fresh, 'HEAD~1:etc/7')).toString(), other)
})

test('what was dropped here is purged at the remote, and what else was in those packs can be read', async (t) => {
  const made = await pushed(t)
  const { repository, openAt } = made
  await repository.drop({ paths: [], all: true, files: false, dryRun: false })
  t.deepEqual(holders(repository.store), [], 'it is dropped')
  const { stores } = await repository.purge({ ...PURGE, paths: ['key'] })
  t.like(stores, [{ outcome: 'purged' }, { outcome: 'purged' }])
  t.true(stores[1]!.gone!.bytes >= SECRET.length)
  const remotes = [beside(made, 'remote')]
  await assertGone(t, { repository: await openAt('.'), remotes })
  const fresh = await openAt('.')
  await t.throwsAsync(cat(fresh, 'key'), { code: 'DV_PURGED' })
  t.deepEqual(await cat(fresh, 'data/open'), OPEN)
  t.like(await fresh.drop({ paths: [], all: true, files: false, dryRun: false }), { dryRun: false })
  await assertGone(t, { repository: fresh, remotes })
})

test('what a clone dropped before it hears of the purge is purged there, too', async (t) => {
  const made = await pushed(t)
  const { repository, openAt } = made
  const bob = await cloneOfBob(made)
  await bob.drop({ paths: [], all: true, files: false, dryRun: false })
  await repository.purge({ ...PURGE, paths: ['key'] })
  await bob.fetch(FETCH)
  await assertGone(t, { repository: bob })
  const fresh = await openAt('../bob')
  await t.throwsAsync(cat(fresh, 'key'), { code: 'DV_PURGED' })
  t.deepEqual(await cat(fresh, 'data/open'), OPEN)
})

for (const [kind, options] of [
  ['lazy', { lazy: true }],
  ['sparse', { sparse: ['other'] }],
] as [string, { lazy?: boolean; sparse?: string[] }][])
  test(`a ${kind} clone purges what it does not have`, async (t) => {
    const made = await pushed(t)
    const bob = await cloneOfBob(made, options)
    const { stores } = await bob.purge({ ...PURGE, paths: ['key'] })
    t.like(stores, [{ outcome: 'purged' }, { outcome: 'purged' }])
    const remotes = [beside(made, 'remote')]
    await assertGone(t, { repository: bob, remotes })
    const fresh = await made.openAt('../bob')
    t.true((await fresh.status(STATUS)).clean)
    await t.throwsAsync(cat(fresh, 'key'), { code: 'DV_PURGED' })
    t.deepEqual(await cat(fresh, 'data/open'), OPEN)
    fs.writeFileSync(path.join(beside(made, 'bob'), 'new'), 'new')
    await commitIn(fresh, 'More')
    await fresh.push(PUSH)
    await assertGone(t, { repository: fresh, remotes })
    await made.repository.fetch(FETCH)
    await assertGone(t, { repository: made.repository, remotes })
  })

test('a mirror is purged with what it mirrors, and never gets what was purged', async (t) => {
  const made = await pushed(t)
  const { repository, api } = made
  const [from, to, later] = ['remote', 'copy', 'later'].map((name) => beside(made, name)) as [
    string,
    string,
    string,
  ]
  await api.mirror({ from, to, prune: false, force: false })
  t.not(holders(to).length, 0)
  await repository.purge({ ...PURGE, paths: ['key'] })
  for (const target of [to, later]) {
    await api.mirror({ from, to: target, prune: false, force: false })
    await assertGone(t, { repository, remotes: [from, target] })
  }
})
