import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Repository } from '../../src/api/index.js'
import { LOG } from '../helpers/logged.js'
import { noise } from '../helpers/noise.js'
import { cat, CLONE, FETCH, holders, nameBob, PURGE, PUSH, SECRET, STATUS } from '../helpers/purging.js'
import { holdersBelow } from '../helpers/purged-bytes.js'
import {
  collect,
  NO_COMMIT_OPTIONS,
  type TestFiles,
  type TestRepository,
  testRepository,
} from '../helpers/repository.js'

const OPEN = noise(20_000, 5)

async function sound(t: ExecutionContext, repository: Repository, purged?: number) {
  const { problems, checked } = await repository.fsck({ deep: true })
  t.deepEqual(problems, [])
  if (purged !== undefined) t.is(checked.purged, purged)
}

/** dv fsck --deep of another store. */
function openFsck({ api }: TestRepository, remote: string) {
  return api.fsck({ deep: true, remote })
}

async function commitAt(one: TestRepository, directory: string, message: string): Promise<void> {
  const repository = await one.openAt(directory)
  await nameBob(one, directory)
  await repository.commit({ ...NO_COMMIT_OPTIONS, message })
}

const FILES = { 'people/7': SECRET, 'people/8': noise(6000, 8), 'data/open': OPEN }

async function made(
  t: ExecutionContext,
  files: TestFiles = FILES,
  chunkSize = 1024,
): Promise<TestRepository> {
  return testRepository(t, files, { chunkSize })
}

test('a purged file is gone from all packs, and all commits keep their ids and verify', async (t) => {
  const one = await made(t)
  const { repository, write, commit, root } = one
  write({ 'people/7': Buffer.concat([SECRET, Buffer.from('and more')]), 'data/open': noise(20_000, 6) })
  await commit('Changed')
  write({ 'people/7': undefined })
  await commit('Deleted')
  const before = await collect(repository.log(LOG))
  t.not(holders(repository.store).length, 0)

  const told = await repository.purge({ ...PURGE, paths: ['people/7'], dryRun: true })
  t.is(told.contents.length, 2)
  t.not(holders(repository.store).length, 0, 'a dry run removes nothing')
  const result = await repository.purge({ ...PURGE, paths: ['people/7'] })
  t.deepEqual(
    result.stores.map(({ gone, shared, packs }) => ({ gone, shared, packs })),
    told.stores.map(({ gone, shared, packs }) => ({ gone, shared, packs })),
  )
  t.deepEqual(holders(repository.store), [])

  const fresh = await one.openAt('.')
  await sound(t, fresh, 2)
  t.deepEqual(await collect(fresh.log(LOG)), before)
  await t.throwsAsync(cat(fresh, 'HEAD~2:people/7'), { code: 'DV_PURGED' })
  t.deepEqual(await cat(fresh, 'HEAD~2:data/open'), OPEN)
  t.deepEqual(await cat(fresh, 'HEAD~1:people/8'), FILES['people/8'])
  const { checkout } = await fresh.switch({ to: 'HEAD~2', create: false, detach: 'always', force: false })
  t.like(checkout, { purged: { count: 1 } })
  t.false(fs.existsSync(path.join(root, 'people/7')))
  t.true((await fresh.status(STATUS)).clean)
  t.deepEqual((await fresh.purge({ ...PURGE, paths: ['people/7'] })).contents, [], 'again is nothing new')
  await t.throwsAsync(fresh.purge({ ...PURGE, paths: ['nobody'] }), { code: 'DV_UNKNOWN_PATH' })
})

test('what other files need stays, also where it stood on what went', async (t) => {
  // One edited in the middle shares most chunks with the other, and the rest stands on its chunks as deltas.
  const edited = Buffer.concat([SECRET.subarray(0, 4000), Buffer.from('withdrawn'), SECRET.subarray(4020)])
  const one = await made(t, { table: SECRET, other: OPEN })
  const { repository, write, commit } = one
  write({ table: edited })
  await commit('Without one row')
  const { stores, contents } = await repository.purge({ ...PURGE, paths: ['table'], at: ['HEAD~1'] })
  t.is(contents.length, 1)
  t.true(stores[0]!.shared!.items > 2)
  t.true(stores[0]!.gone!.items > 0)
  const fresh = await one.openAt('.')
  await sound(t, fresh, 1)
  t.deepEqual(await cat(fresh, 'table'), edited)
  await t.throwsAsync(cat(fresh, 'HEAD~1:table'), { code: 'DV_PURGED' })
  const lost = SECRET.subarray(4000, 4020)
  t.deepEqual(holdersBelow(repository.store, [lost]), [])
  // The version with the row cannot come back, one without another row can.
  write({ table: SECRET })
  await t.throwsAsync(one.commit('Back'), { code: 'DV_PURGED' })
  write({ table: Buffer.concat([SECRET.subarray(0, 100), SECRET.subarray(160)]) })
  await commit('Another one')
  await sound(t, await one.openAt('.'), 1)
})

test('every remote is purged in the same run, and a clone that has it all cannot bring it back', async (t) => {
  const one = await made(t)
  const { repository, commit, write, root, apiAt, openAt } = one
  await repository.addRemote({ name: 'origin', url: '../remote' })
  await repository.addRemote({ name: 'gone', url: '../nowhere' })
  await repository.push({ ...PUSH, remote: 'origin', setUpstream: true })
  await apiAt('..').clone({ ...CLONE, url: 'remote', directory: 'bob' })
  const bob = await openAt('../bob')
  const remote = path.join(root, '../remote')
  t.not(holders(remote).length, 0)

  const { stores } = await repository.purge({ ...PURGE, paths: ['people/7'] })
  t.like(stores, [
    { outcome: 'purged' },
    { outcome: 'purged' },
    { outcome: 'unreached', failure: { code: 'DV_NO_STORE' } },
  ])
  t.deepEqual(holders(remote), [])
  t.deepEqual(holders(repository.store), [])
  t.deepEqual((await openFsck(one, '../remote')).problems, [])

  // Bob knows nothing of it, still has the data, and pushes it under another name and on a branch of its own.
  const bobs = path.join(root, '../bob')
  fs.writeFileSync(path.join(bobs, 'copy'), SECRET)
  await commitAt(one, '../bob', 'A copy')
  await bob.push({ ...PUSH, remote: 'origin' })
  t.deepEqual(holders(remote), [])
  t.deepEqual((await openFsck(one, '../remote')).problems, [])

  // With the next fetch he has the record, and not the data any more.
  t.not(holders(bob.store).length, 0)
  await bob.fetch({ ...FETCH, remote: 'origin' })
  t.deepEqual(holders(bob.store), [])
  const again = await openAt('../bob')
  await sound(t, again, 1)
  t.true((await again.status(STATUS)).clean, 'his files stay')
  await t.throwsAsync(cat(again, 'copy'), { code: 'DV_PURGED' })

  await repository.fetch({ ...FETCH, remote: 'origin' })
  write({ more: 'more' })
  await commit('More')
  t.deepEqual(holders(repository.store), [])
})

test('a clone begins with the records, and has no byte of what was purged', async (t) => {
  const one = await made(t)
  const { repository, root, apiAt, openAt } = one
  await repository.addRemote({ name: 'origin', url: '../remote' })
  await repository.push({ ...PUSH, setUpstream: true })
  await repository.purge({ ...PURGE, paths: ['people/7'] })
  for (const [directory, lazy] of [
    ['whole', false],
    ['lazy', true],
  ] as const) {
    await apiAt('..').clone({ ...CLONE, url: 'remote', directory, lazy })
    const clone = await openAt(`../${directory}`)
    t.deepEqual(holders(path.join(root, '..', directory)), [])
    await sound(t, clone)
    const status = await clone.status(STATUS)
    t.true(status.clean)
    if (!lazy) t.deepEqual(status.purged, { files: 1, bytes: SECRET.length })
    t.is((await clone.purges()).length, 1)
    await t.throwsAsync(cat(clone, 'people/7'), { code: 'DV_PURGED' })
    t.deepEqual(await cat(clone, 'data/open'), OPEN)
  }
})

test('a remote that was out of reach is purged by the next push, or when it is resumed', async (t) => {
  const one = await made(t)
  const { repository, root } = one
  for (const name of ['a', 'b']) {
    await repository.addRemote({ name, url: `../${name}` })
    await repository.push({ ...PUSH, remote: name })
    fs.renameSync(path.join(root, '..', name), path.join(root, '..', `${name}-away`))
  }
  const { stores } = await repository.purge({ ...PURGE, paths: ['people/7'] })
  t.deepEqual(
    stores.map(({ outcome }) => outcome),
    ['purged', 'unreached', 'unreached'],
  )
  for (const name of ['a', 'b'])
    fs.renameSync(path.join(root, '..', `${name}-away`), path.join(root, '..', name))
  t.is((await repository.push({ ...PUSH, remote: 'a' })).updates[0]?.outcome, 'unchanged')
  t.deepEqual(holders(path.join(root, '../a')), [])
  t.not(holders(path.join(root, '../b')).length, 0)
  t.like(await repository.resumePurge({}), [
    { outcome: 'purged' },
    { outcome: 'purged' },
    { outcome: 'purged' },
  ])
  t.deepEqual(holders(path.join(root, '../b')), [])
  for (const name of ['a', 'b']) t.deepEqual((await openFsck(one, `../${name}`)).problems, [])
})

test('purges made at several places are a union', async (t) => {
  const one = await made(t)
  const { repository, apiAt, openAt, root } = one
  await repository.addRemote({ name: 'origin', url: '../remote' })
  await repository.push({ ...PUSH, setUpstream: true })
  await apiAt('..').clone({ ...CLONE, url: 'remote', directory: 'bob' })
  const bob = await openAt('../bob')
  await nameBob(one, '../bob')
  const away = path.join(root, '../away')
  fs.renameSync(path.join(root, '../remote'), away)
  await bob.purge({ ...PURGE, paths: ['people/8'], reason: "Bob's" })
  await repository.purge({ ...PURGE, paths: ['people/7'], reason: "Ada's" })
  fs.renameSync(away, path.join(root, '../remote'))
  await bob.resumePurge({})
  await repository.resumePurge({})
  await bob.fetch({ ...FETCH, remote: 'origin' })
  for (const store of [repository.store, bob.store, path.join(root, '../remote')])
    t.deepEqual([...holders(store), ...holdersBelow(store, [FILES['people/8'].subarray(100, 164)])], [])
  for (const each of [repository, bob]) {
    t.deepEqual((await each.purges()).map(({ reason }) => reason).sort(), ["Ada's", "Bob's"])
    await sound(t, each, 2)
  }
  t.deepEqual((await openFsck(one, '../remote')).problems, [])
})

test('with the files, nothing beyond a link goes, be it the same', async (t) => {
  const { root, repository } = await made(t, FILES)
  fs.renameSync(path.join(root, 'people'), path.join(root, '../elsewhere'))
  fs.symlinkSync('../elsewhere', path.join(root, 'people'))
  const result = await repository.purge({ ...PURGE, paths: ['people/7'], files: true })
  t.is(result.removed, 0)
  t.true(fs.existsSync(path.join(root, '../elsewhere/7')))
})

test('by content, wherever it is; with the files, if they are to go too', async (t) => {
  const one = await made(t, { ...FILES, 'copy of it': SECRET })
  const { repository, list } = one
  const [entry] = await collect(repository.ls({ operands: ['people/7'], recursive: false }))
  const result = await repository.purge({ ...PURGE, contents: [entry!.content!], files: true })
  t.deepEqual(result.contents[0]!.paths, ['copy of it', 'people/7'])
  t.is(result.removed, 2)
  t.deepEqual(list(), ['data/open', 'people/8'])
  t.deepEqual(holders(one.root), [])
  const fresh = await one.openAt('.')
  t.true((await fresh.status(STATUS)).clean)
  await t.throwsAsync(fresh.purge({ ...PURGE, contents: ['abc'] }), { code: 'DV_USAGE' })
  await t.throwsAsync(fresh.purge({ ...PURGE, contents: ['0'.repeat(64)] }), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(fresh.purge({ ...PURGE, paths: ['x'], reason: ' ' }), { code: 'DV_USAGE' })
})

test('what only an operation keeps goes too, and undo goes on working around it', async (t) => {
  const one = await made(t)
  const { repository, write } = one
  write({ 'people/7': noise(9000, 78), 'people/9': SECRET })
  await one.commit('To be undone')
  await repository.undo({})
  await repository.purge({ ...PURGE, paths: ['people'] })
  t.deepEqual(holders(repository.store), [])
  const fresh = await one.openAt('.')
  await sound(t, fresh)
  t.deepEqual(await cat(fresh, 'data/open'), OPEN)
})
