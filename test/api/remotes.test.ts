import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { DvError } from '../../src/base/index.js'
import { collect, testRepository } from '../helpers/repository.js'

const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FETCH = { all: false, prune: false, tags: true }
const SECRET = 'hunter2'

/** All bytes of files below a folder that are not packed away. */
function everything(folder: string): string {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => fs.statSync(file).isFile())
    .map((file) => fs.readFileSync(file, 'latin1'))
    .join('\n')
}

test('a password in an address is not kept at any door, and the user is told', async (t) => {
  const { root, repository, api } = await testRepository(t, { a: 'a' })
  const url = `https://ann:${SECRET}@data.example.org/x`
  const bare = 'https://data.example.org/x'
  const endpoint = `https://key:${SECRET}@s3.example.org`
  const added = await repository.addRemote({ name: 'web', url })
  t.is(added.url, bare)
  t.regex(added.notes![0]!, /not saved/)
  const bucket = await repository.addRemote({ name: 'b', url: 's3://bucket/x', settings: { endpoint } })
  t.deepEqual(bucket.settings, { endpoint: 'https://s3.example.org/' })
  t.is(bucket.notes!.length, 1)
  t.is((await repository.setRemoteUrl({ name: 'b', url: `s3://key:${SECRET}@bucket/y` })).notes!.length, 1)
  const set = await api.config.set('remote.c.url', url, 'repository')
  t.like(set, { value: bare, notes: added.notes })
  t.is((await api.config.set('remote.d.endpoint', endpoint, 'global')).notes!.length, 1)
  t.is((await repository.addRemote({ name: 'plain', url: bare })).notes, undefined)
  t.is((await repository.setRemoteUrl({ name: 'plain', url: '../y' })).notes, undefined)
  t.false(everything(path.join(root, '..')).includes(SECRET))
})

test('a password typed where a name or another address is wanted is in no failure', async (t) => {
  const { repository, apiAt } = await testRepository(t, { a: 'a' })
  const url = `https://ann:${SECRET}@data.example.org/x`
  for (const work of [
    () => repository.push({ ...PUSH, remote: url }),
    () => repository.fetch({ ...FETCH, remote: url }),
    () => repository.sync({ remote: url }),
    () => repository.addRemote({ name: url, url: '/x' }),
    () => repository.addRemote({ name: 'x', url: `ftp://ann:${SECRET}@host/x` }),
    () => apiAt('..').clone({ url: `ftp://ann:${SECRET}@host/x`, sparse: [], checkout: true }),
  ]) {
    const error = (await t.throwsAsync(work)) as DvError
    const { message, hint, data } = error
    t.false(JSON.stringify({ message, hint, data }).includes(SECRET), message)
  }
})

test('fetch --all goes on after a remote that fails, and says which failed and why', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  await made.repository.addRemote({ name: 'here', url: '../remote' })
  await made.repository.push({ ...PUSH, remote: 'here' })
  await made.repository.addRemote({ name: 'gone', url: '../gone' })
  await made.repository.addRemote({ name: 'zweit', url: '../remote' })
  const results = await made.repository.fetch({ ...FETCH, all: true })
  t.deepEqual(
    results.map(({ remote, failure }) => [remote.name, failure?.code]),
    [
      ['here', undefined],
      ['gone', 'DV_NO_STORE'],
      ['zweit', undefined],
    ],
  )
  t.deepEqual((await made.repository.refNames()).remoteBranches.sort(), ['here/main', 'zweit/main'])
  await t.throwsAsync(made.repository.fetch({ ...FETCH, remote: 'gone' }), { code: 'DV_NO_STORE' })
})

test('an interruption ends fetch --all', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  await made.repository.addRemote({ name: 'gone', url: '../gone' })
  const signal = AbortSignal.abort(new Error('stopped'))
  await t.throwsAsync(made.repository.fetch({ ...FETCH, all: true, signal }))
})

test('push sends all branches and all tags, and tells of each', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.createBranch({ name: 'dev', force: false })
  await made.repository.createTag({ name: 'v1', force: false })
  await made.repository.createTag({ name: 'v2', message: 'The second', force: false })
  const { updates } = await made.repository.push({ ...PUSH, all: true, tags: true })
  t.deepEqual(
    updates.map(({ kind, target, outcome }) => [kind, target, outcome]),
    [
      ['branch', 'dev', 'new'],
      ['branch', 'main', 'new'],
      ['tag', 'v1', 'new'],
      ['tag', 'v2', 'new'],
    ],
  )
  const clone = await made.apiAt('..').clone({ url: 'remote', directory: 'c', sparse: [], checkout: true })
  const other = await made.openAt(clone.directory)
  t.deepEqual((await other.refNames()).tags.sort(), ['v1', 'v2'])
})

test('a tag that moved is refused, the others are sent; deleted there first, it is taken', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.createTag({ name: 'v1', force: false })
  await made.repository.push({ ...PUSH, tags: true })
  await made.commit('Next', { allowEmpty: true })
  await made.repository.createTag({ name: 'v1', force: true })
  await made.repository.createTag({ name: 'v2', force: false })
  const { updates } = await made.repository.push({ ...PUSH, tags: true })
  t.deepEqual(
    updates.map(({ target, outcome, reason }) => [target, outcome, reason]),
    [
      ['main', 'fast-forward', undefined],
      ['v1', 'rejected', 'exists'],
      ['v2', 'new', undefined],
    ],
  )
  t.is((await made.repository.push({ ...PUSH, refs: [':v1'] })).updates[0]!.outcome, 'deleted')
  t.is((await made.repository.push({ ...PUSH, refs: ['v1'] })).updates[0]!.outcome, 'new')
  const verbs = (await collect(made.repository.operations({}))).map(({ verb }) => verb)
  t.true(verbs.includes('push'))
})
