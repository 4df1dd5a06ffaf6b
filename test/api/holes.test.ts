// What readers do with a file that was purged: here the data is still there, and only the record says so.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parseId } from '../../src/hash/index.js'
import { changeRoot } from '../../src/index/index.js'
import { encodePurgeRecord, purgeKey } from '../../src/store/index.js'
import { collect, type TestFiles, type TestRepository, testRepository } from '../helpers/repository.js'

const STATUS = { all: true, paths: [], rehash: false }
const NAME = '0'.repeat(32)
const TIME = Date.UTC(2026, 10, 22)

/** Has the content of a path counted as purged. */
async function record(made: TestRepository, file: string): Promise<void> {
  const [entry] = await collect(made.repository.ls({ operands: [file], recursive: false }))
  const { storage } = await made.internals()
  const contents = [{ id: parseId<'content'>(entry!.content!), size: entry!.bytes }]
  const bytes = encodePurgeRecord({ time: TIME, by: 'Ada', reason: 'no consent', contents, paths: [file] })
  await storage.put(purgeKey(NAME), bytes)
  await changeRoot(storage, (root) => ({ ...root, purged: [NAME] }))
}

async function withHole(t: ExecutionContext, files: TestFiles, file: string) {
  const made = await testRepository(t, files)
  await record(made, file)
  return { ...made, repository: await made.openAt('.') }
}

const FILES = { 'a/secret': 'a secret\n', 'a/open': 'open\n', other: 'other\n' }

test('reading a file that was purged says when and why', async (t) => {
  const { repository, apiAt } = await withHole(t, FILES, 'a/secret')
  await t.throwsAsync(repository.cat({ address: 'a/secret' }), {
    code: 'DV_PURGED',
    message: "'a/secret' was purged on 2026-11-22: no consent",
  })
  const get = { address: 'HEAD:a', destination: '../got', force: false }
  const got = await apiAt('.')
    .reader()
    .then((reader) => reader.get(get))
  t.deepEqual(got.written, { files: 1, bytes: 5 })
  t.deepEqual(got.purged, { count: 1, items: [{ path: 'secret', time: TIME, reason: 'no consent' }] })
  await t.throwsAsync(repository.get({ ...get, address: 'HEAD:a/secret' }), { code: 'DV_PURGED' })
})

test('a checkout leaves a hole, which is no deletion: commits keep what is recorded', async (t) => {
  const { repository, root, write, commit, list } = await withHole(t, FILES, 'a/secret')
  t.true((await repository.status(STATUS)).clean, 'the file that is still there is as it was')
  fs.rmSync(path.join(root, 'a/secret'))
  for (let i = 0; i < 2; i++) {
    const status = await repository.status(STATUS)
    t.true(status.clean)
    t.deepEqual(status.purged, { files: 1, bytes: 9 })
  }
  write({ other: 'changed' })
  const { changes, total } = await commit('Without touching the hole')
  t.like(changes, { added: 0, modified: 1, deleted: 0 })
  t.is(total.files, 3)
  t.like((await repository.status(STATUS)).purged, { files: 1 })
  const elsewhere = path.join(root, '../second')
  const { checkout } = await repository.addWorktree({ directory: elsewhere, branch: 'b2', force: false })
  t.like(checkout, { written: 2, purged: { count: 1 } })
  t.deepEqual(list(), ['a/open', 'other'])
})

test('nothing that was purged is stored again, and what is recorded already may stay', async (t) => {
  const { root, write, commit, repository } = await withHole(t, FILES, 'a/secret')
  fs.utimesSync(path.join(root, 'a/secret'), new Date(), new Date(1e12))
  write({ other: 'changed' })
  t.like((await commit('A touched file')).changes, { added: 0, modified: 1, deleted: 0 })
  const packs = fs.readdirSync(path.join(repository.store, 'packs'))
  write({ copy: FILES['a/secret'] })
  await t.throwsAsync(commit('A copy'), {
    code: 'DV_PURGED',
    message: "'copy' was purged on 2026-11-22: no consent",
  })
  t.deepEqual(fs.readdirSync(path.join(repository.store, 'packs')), packs)
  write({ copy: 'A secret\n', 'a/secret': 'without it' })
  t.like((await commit('Other files of that size and name')).changes, { added: 1, modified: 1 })
})

test('a comparison with it says so, and a merge takes a side', async (t) => {
  const made = await testRepository(t, { ...FILES, 'a/secret': 'one\ntwo\nthree\n' })
  const { repository, write, commit, openAt } = made
  await repository.switch({ to: 'side', create: true, force: false, detach: 'never' })
  write({ 'a/secret': 'one\ntwo\n3\n' })
  await commit('Theirs')
  await repository.switch({ to: 'main', create: false, force: false, detach: 'never' })
  write({ 'a/secret': '1\ntwo\nthree\n' })
  await commit('Ours')
  await record(made, 'side:a/secret')
  const fresh = await openAt('.')
  const sides = { from: 'main', to: 'side', mergeBase: false, paths: [], content: true, context: 3 }
  const change = (await collect(fresh.diff(sides))).find((one) => one.type === 'change')
  t.deepEqual(change?.content, { type: 'purged', time: TIME, reason: 'no consent' })
  const merged = await fresh.merge({ revision: 'side', fastForward: 'allowed' })
  t.is(merged.conflicts.length, 1)
  await fresh.resolveMerge({ paths: ['a/secret'], side: 'theirs' })
  t.is((await fresh.continueMerge({})).outcome, 'merged')
  t.is((await fresh.status(STATUS)).purged?.files, 1)
})

test('a restore says what it cannot bring back, and refuses when there is nothing else', async (t) => {
  const { repository, root, write, read } = await withHole(t, FILES, 'a/secret')
  t.is((await repository.restore({ paths: ['a'] })).purged, undefined, 'the file is still there')
  fs.rmSync(path.join(root, 'a/secret'))
  const refused = { code: 'DV_PURGED', message: "'a/secret' was purged on 2026-11-22: no consent" }
  await t.throwsAsync(repository.restore({ paths: ['a/secret'] }), refused)
  const purged = { count: 1, items: [{ path: 'a/secret', time: TIME, reason: 'no consent' }] }
  t.like(await repository.restore({ paths: ['.'] }), { written: 0, purged })
  write({ 'a/open': 'changed' })
  t.like(await repository.restore({ paths: ['a'] }), { written: 1, purged })
  t.is(read('a/open'), 'open\n')
  write({ 'a/secret': 'in its place' })
  await t.throwsAsync(repository.restore({ paths: ['a/secret'] }), refused)
  t.is(read('a/secret'), 'in its place')
})

test('a file stays, changed or not, where the version that was to take its place is purged', async (t) => {
  const { repository, write, read, commit } = await withHole(t, FILES, 'a/secret')
  write({ 'a/secret': 'another version' })
  await commit('Another version')
  const before = { paths: ['a/secret'], source: 'HEAD~1' }
  await t.throwsAsync(repository.restore(before), { code: 'DV_PURGED' })
  t.is(read('a/secret'), 'another version')
  write({ 'a/secret': 'work', 'a/open': 'work' })
  t.like(await repository.restore({ ...before, paths: ['a'] }), { written: 1, purged: { count: 1 } })
  t.deepEqual([read('a/secret'), read('a/open')], ['work', 'open\n'])
})
