import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { CloneOptions, FetchOptions, PushOptions } from '../../src/api/index.js'
import { branchRef, readRef, updateRef } from '../../src/refs/index.js'
import { createStoreFormat } from '../../src/repo/index.js'
import { createDirectoryStorage, openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'
import { writeState } from '../../src/workspace/index.js'
import { checkStore, commitTree } from '../transfer/world.js'

const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: false, forceWithLease: false }
const FETCH: FetchOptions = { all: false, prune: false, tags: true }
const CLONE: Omit<CloneOptions, 'url'> = { sparse: [], checkout: true }

/** A repository with one commit, pushed to the folder '../remote'. */
async function pushed(
  t: ExecutionContext,
  files: Record<string, string> = { 'a.txt': 'a\n', 'd/b.txt': 'b\n' },
) {
  const made = await testRepository(t, files)
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.push({ ...PUSH, setUpstream: true })
  return { ...made, remote: path.join(made.root, '../remote') }
}

/** A clone of '../remote' beside the repository, as another person has it. */
async function cloned(made: TestRepository, name = 'other') {
  const api = made.apiAt('..')
  const result = await api.clone({ ...CLONE, url: 'remote', directory: name })
  const other = made.apiAt(`../${name}`)
  await other.config.set('user.name', 'Bob', 'repository')
  await other.config.set('user.email', 'bob@example.org', 'repository')
  const repository = await made.openAt(`../${name}`)
  const commit = (message: string) =>
    repository.commit({ message, amend: false, allowEmpty: true, metadata: {}, paths: [], rehash: false })
  return { result, root: result.directory, repository, commit }
}

function outcomes(updates: readonly { target: string; outcome: string; reason?: string }[]) {
  return updates.map(({ target, outcome, reason }) => [target, outcome, ...(reason ? [reason] : [])])
}

test('a first push makes the remote, a clone of it has the same files and history', async (t) => {
  const made = await pushed(t)
  const { root, repository, result } = await cloned(made)
  t.is(result.branch, 'main')
  t.is(fs.readFileSync(path.join(root, 'd/b.txt'), 'utf8'), 'b\n')
  const messages = async (from: typeof repository) =>
    (
      await collect(from.log({ revisions: [], paths: [], all: true, changes: false, topological: false }))
    ).map((entry) => entry.id)
  t.deepEqual(await messages(repository), await messages(made.repository))
  const status = await repository.status({ all: false, paths: [], rehash: false })
  t.true(status.clean)
  t.like(status.upstream, { name: 'origin/main', ahead: 0, behind: 0 })
  await checkStore(t, openDirectoryStorage(made.remote, { readOnly: true }))
})

test('a push of what is there sends nothing, and after an edit it sends the edit', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`d/${i}.txt`, `file ${i} ${i * i}\n`]),
  )
  const made = await pushed(t, files)
  const again = await made.repository.push(PUSH)
  t.deepEqual(outcomes(again.updates), [['main', 'unchanged']])
  t.deepEqual(again.sent, { objects: 0, bytes: 0 })
  made.write({ 'd/7.txt': 'edited\n' })
  await made.commit('Edit')
  const { sent, updates } = await made.repository.push(PUSH)
  t.deepEqual(outcomes(updates), [['main', 'fast-forward']])
  t.true(sent.objects <= 5 && sent.bytes < 5000, JSON.stringify(sent))
})

test('of two who push, the second is refused and loses nothing', async (t) => {
  const made = await pushed(t)
  const other = await cloned(made)
  await other.commit('Theirs')
  t.deepEqual(outcomes((await other.repository.push(PUSH)).updates), [['main', 'fast-forward']])
  const ours = await made.commit('Ours', { allowEmpty: true })
  const { updates, sent } = await made.repository.push(PUSH)
  t.deepEqual(outcomes(updates), [['main', 'rejected', 'not-fast-forward']])
  t.is(sent.objects, 0)
  t.deepEqual(
    outcomes((await made.repository.push({ ...PUSH, forceWithLease: true })).updates),
    [['main', 'rejected', 'stale']],
    'the lease is of what was last seen',
  )
  const [fetched] = await made.repository.fetch(FETCH)
  t.deepEqual(outcomes(fetched!.updates), [['origin/main', 'fast-forward']])
  const forced = await made.repository.push({ ...PUSH, forceWithLease: true })
  t.deepEqual(outcomes(forced.updates), [['main', 'forced']])
  t.is(forced.updates[0]!.after, ours.commit.id)
})

test('of two who push at the same moment one wins and the other is told', async (t) => {
  const made = await pushed(t)
  const other = await cloned(made)
  await other.commit('Theirs')
  await made.commit('Ours', { allowEmpty: true })
  const results = await Promise.all([made.repository.push(PUSH), other.repository.push(PUSH)])
  const all = results.flatMap(({ updates }) => updates.map(({ outcome }) => outcome)).sort()
  t.deepEqual(all, ['fast-forward', 'rejected'])
  const storage = openDirectoryStorage(made.remote, { readOnly: true })
  await checkStore(t, storage)
  const winner = results.flatMap(({ updates }) => updates).find(({ outcome }) => outcome === 'fast-forward')!
  const stored = (await readRef(storage, branchRef('main')))!.value
  t.is(winner.after, Buffer.from(stored.target).toString('hex'))
})

test('pull brings what others pushed and merges it', async (t) => {
  const made = await pushed(t)
  const other = await cloned(made)
  fs.writeFileSync(path.join(other.root, 'theirs.txt'), 'theirs')
  await other.commit('Theirs')
  await other.repository.push(PUSH)
  const forward = await made.repository.pull({ fastForward: 'allowed' })
  t.is(forward.merge!.outcome, 'fast-forward')
  t.is(made.read('theirs.txt'), 'theirs')
  made.write({ 'ours.txt': 'ours' })
  await made.commit('Ours')
  await made.repository.push(PUSH)
  fs.writeFileSync(path.join(other.root, 'more.txt'), 'more')
  await other.commit('More')
  t.is((await other.repository.pull({ fastForward: 'allowed' })).merge!.outcome, 'merged')
  t.deepEqual(outcomes((await other.repository.push(PUSH)).updates), [['main', 'fast-forward']])
  await t.throwsAsync(made.repository.pull({ branch: 'none', fastForward: 'allowed' }), {
    code: 'DV_UNKNOWN_REF',
  })
})

test('tags are sent once, follow the commits that are fetched, and never move', async (t) => {
  const made = await pushed(t)
  const other = await cloned(made)
  await made.repository.createTag({ name: 'v1', message: 'The first', force: false })
  await made.repository.createTag({ name: 'light', force: false })
  const sent = await made.repository.push({ ...PUSH, tags: true })
  t.deepEqual(outcomes(sent.updates), [
    ['main', 'unchanged'],
    ['light', 'new'],
    ['v1', 'new'],
  ])
  const [fetched] = await other.repository.fetch(FETCH)
  t.deepEqual(outcomes(fetched!.updates), [
    ['origin/main', 'unchanged'],
    ['light', 'new'],
    ['v1', 'new'],
  ])
  t.deepEqual((await other.repository.tags({ patterns: [] })).map(({ name }) => name).sort(), ['light', 'v1'])
  await made.commit('Next', { allowEmpty: true })
  await made.repository.createTag({ name: 'v1', message: 'Another', force: true })
  const moved = await made.repository.push({ ...PUSH, refs: ['v1'] })
  t.deepEqual(outcomes(moved.updates), [['v1', 'rejected', 'exists']])
})

test('branches are pushed by name, under another name, and deleted', async (t) => {
  const made = await pushed(t)
  await made.repository.createBranch({ name: 'dev', force: false })
  const { updates } = await made.repository.push({ ...PUSH, refs: ['dev', 'dev:feature/x'] })
  t.deepEqual(outcomes(updates), [
    ['dev', 'new'],
    ['feature/x', 'new'],
  ])
  const other = await cloned(made)
  t.deepEqual(outcomes((await made.repository.push({ ...PUSH, refs: [':dev'] })).updates), [
    ['dev', 'deleted'],
  ])
  const [fetched] = await other.repository.fetch({ ...FETCH, prune: true })
  t.deepEqual(outcomes(fetched!.updates.filter(({ outcome }) => outcome !== 'unchanged')), [
    ['origin/dev', 'deleted'],
  ])
  await t.throwsAsync(made.repository.push({ ...PUSH, refs: [':dev'] }), { code: 'DV_UNKNOWN_REF' })
  await t.throwsAsync(made.repository.push({ ...PUSH, refs: ['devv'] }), { code: 'DV_UNKNOWN_REF' })
})

test('a push that breaks off leaves what has arrived, and the next one ends it', async (t) => {
  const made = await pushed(t)
  made.write(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`more/${i}`, `${i}`])))
  const { commit } = await made.commit('More')
  const controller = new AbortController()
  const onProgress = ({ phase }: { phase: string }) =>
    phase === 'Sending' && controller.abort(new Error('stopped'))
  await t.throwsAsync(made.repository.push({ ...PUSH, signal: controller.signal, onProgress }), {
    message: 'stopped',
  })
  const storage = openDirectoryStorage(made.remote, { readOnly: true })
  await checkStore(t, storage)
  t.not(Buffer.from((await readRef(storage, branchRef('main')))!.value.target).toString('hex'), commit.id)
  const { updates } = await made.repository.push(PUSH)
  t.is(updates[0]!.after, commit.id)
  await checkStore(t, storage)
})

test('stores that cut files differently do not exchange data', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  const storage = createDirectoryStorage(path.join(made.root, '../remote'))
  await createStoreFormat(storage, { avg: 65536, now: 0 })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await t.throwsAsync(made.repository.push(PUSH), { code: 'DV_FORMAT_MISMATCH' })
  await t.throwsAsync(made.repository.fetch(FETCH), { code: 'DV_FORMAT_MISMATCH' })
  const clone = await made.apiAt('..').clone({ ...CLONE, url: 'remote', directory: 'c' })
  t.is(clone.commit, undefined)
  await made.apiAt('../c').open()
})

test('a folder with other things in it does not become a remote', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  fs.mkdirSync(path.join(made.root, '../photos'))
  fs.writeFileSync(path.join(made.root, '../photos/cat.jpg'), 'meow')
  await made.repository.addRemote({ name: 'origin', url: '../photos' })
  await t.throwsAsync(made.repository.push(PUSH), { code: 'DV_NOT_A_STORE' })
  t.deepEqual(fs.readdirSync(path.join(made.root, '../photos')), ['cat.jpg'])
  await t.throwsAsync(made.apiAt('..').clone({ ...CLONE, url: 'photos', directory: 'c' }), {
    code: 'DV_NO_STORE',
  })
  t.false(fs.existsSync(path.join(made.root, '../c')))
})

test('a push to a branch that a working directory has checked out is refused', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  const clone = await made.apiAt('..').clone({ ...CLONE, url: 'work', directory: 'c' })
  t.is(clone.branch, 'main')
  const other = await made.openAt('../c')
  await made.apiAt('../c').config.set('user.name', 'Bob', 'repository')
  await made.apiAt('../c').config.set('user.email', 'bob@example.org', 'repository')
  await other.commit({ message: 'm', amend: false, allowEmpty: true, metadata: {}, paths: [], rehash: false })
  await t.throwsAsync(other.push(PUSH), { code: 'DV_BRANCH_IN_USE' })
  t.deepEqual(outcomes((await other.push({ ...PUSH, refs: ['main:review'] })).updates), [['review', 'new']])
})

test('remotes are kept by absolute path, without passwords, and renamed with what is known of them', async (t) => {
  const made = await pushed(t)
  const { repository } = made
  t.deepEqual(await repository.remotes(), [{ name: 'origin', url: made.remote }])
  await t.throwsAsync(repository.addRemote({ name: 'origin', url: '/x' }), { code: 'DV_ALREADY_EXISTS' })
  await t.throwsAsync(repository.addRemote({ name: 'x', url: 'gs://bucket/x' }), { code: 'DV_UNSUPPORTED' })
  await repository.renameRemote({ from: 'origin', to: 'team' })
  t.deepEqual((await repository.refNames()).remoteBranches, ['team/main'])
  t.deepEqual(
    outcomes((await repository.push(PUSH)).updates),
    [['main', 'unchanged']],
    'the branch follows team/main',
  )
  await repository.setRemoteUrl({ name: 'team', url: `file://${made.remote}` })
  t.deepEqual(outcomes((await repository.fetch(FETCH))[0]!.updates), [['team/main', 'unchanged']])
  await repository.removeRemote('team')
  t.deepEqual(await repository.refNames().then(({ remoteBranches, remotes }) => [remoteBranches, remotes]), [
    [],
    [],
  ])
  await t.throwsAsync(repository.push(PUSH), { code: 'DV_UNKNOWN_REMOTE' })
})

test('clone takes a branch or a tag, a part of the files, or none', async (t) => {
  const made = await pushed(t, { 'a.txt': 'a', 'd/b.txt': 'b' })
  await made.repository.createTag({ name: 'v1', force: false })
  await made.repository.push({ ...PUSH, tags: true })
  const api = made.apiAt('..')
  const sparse = await api.clone({ ...CLONE, url: 'remote', directory: 'sparse', sparse: ['d/**'] })
  t.deepEqual(fs.readdirSync(sparse.directory).sort(), ['.dv', 'd'])
  const bare = await api.clone({ ...CLONE, url: 'remote', directory: 'bare', checkout: false })
  t.deepEqual(fs.readdirSync(bare.directory), ['.dv'])
  const tag = await api.clone({ ...CLONE, url: 'remote', directory: 'tag', branch: 'v1' })
  t.is(tag.branch, undefined)
  t.is(tag.commit, bare.commit)
  await t.throwsAsync(api.clone({ ...CLONE, url: 'remote', directory: 'none', branch: 'v2' }), {
    code: 'DV_UNKNOWN_REF',
  })
  t.false(fs.existsSync(path.join(made.root, '../none')), 'what failed for good leaves nothing')
  await t.throwsAsync(api.clone({ ...CLONE, url: 'remote', directory: 'sparse' }), {
    code: 'DV_ALREADY_EXISTS',
  })
})

test('an interrupted clone goes on when it is started again', async (t) => {
  const made = await pushed(
    t,
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, `text ${i}`])),
  )
  const api = made.apiAt('..')
  for (const phase of ['Comparing', 'Receiving']) {
    const controller = new AbortController()
    const onProgress = (event: { phase: string }) =>
      event.phase === phase && controller.abort(new Error('stopped'))
    const directory = `c-${phase}`
    const options = { ...CLONE, url: 'remote', directory }
    await t.throwsAsync(api.clone({ ...options, signal: controller.signal, onProgress }), undefined, phase)
    const { commit } = await api.clone(options)
    t.truthy(commit)
    t.is(fs.readdirSync(path.join(made.root, '..', directory)).length, 41)
    t.true(
      (await (await made.openAt(`../${directory}`)).status({ all: false, paths: [], rehash: true })).clean,
    )
  }
})

test('a clone that was killed while it wrote files goes on when it is started again', async (t) => {
  const made = await pushed(t, { 'a.txt': 'a', 'd/b.txt': 'b' })
  const api = made.apiAt('..')
  const { directory, url } = await api.clone({ ...CLONE, url: 'remote', directory: 'c' })
  writeState(path.join(directory, '.dv'), 'clone', { url })
  fs.rmSync(path.join(directory, 'd'), { recursive: true })
  const again = await api.clone({ ...CLONE, url: 'remote', directory: 'c' })
  t.is(again.received.objects, 0)
  t.is(fs.readFileSync(path.join(directory, 'd/b.txt'), 'utf8'), 'b')
})

test('a damaged remote is refused by clone and leaves nothing', async (t) => {
  const made = await pushed(t)
  for (const name of fs.readdirSync(path.join(made.remote, 'packs'))) {
    const file = path.join(made.remote, 'packs', name)
    const bytes = fs.readFileSync(file)
    bytes[40]! ^= 1
    fs.chmodSync(file, 0o644)
    fs.writeFileSync(file, bytes)
  }
  await t.throwsAsync(made.apiAt('..').clone({ ...CLONE, url: 'remote', directory: 'c' }), {
    code: 'DV_CORRUPT',
  })
  t.false(fs.existsSync(path.join(made.root, '../c')))
})

test('a remote with a tree that reaches into .dv is refused, and nothing of it is named here', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  const storage = createDirectoryStorage(path.join(made.root, '../evil'))
  await createStoreFormat(storage, { avg: 131072, now: 0 })
  const target = await commitTree(new ObjectStore(storage), { '.dv/workdir.json': '{}', harmless: 'text' })
  const next = { target, operation: 'by-hand', updated: 0 }
  await updateRef(storage, branchRef('main'), { expected: undefined, next })
  await made.repository.addRemote({ name: 'origin', url: '../evil' })
  await t.throwsAsync(made.repository.fetch(FETCH), { code: 'DV_UNSAFE_PATH' })
  t.deepEqual((await made.repository.refNames()).remoteBranches, [])
  await t.throwsAsync(made.apiAt('..').clone({ ...CLONE, url: 'evil', directory: 'c' }), {
    code: 'DV_UNSAFE_PATH',
  })
  t.false(fs.existsSync(path.join(made.root, '../c')))
})

test('what was fetched and pushed can be read in the operation log', async (t) => {
  const made = await pushed(t)
  const other = await cloned(made)
  await other.commit('Theirs')
  await other.repository.push(PUSH)
  await made.repository.fetch(FETCH)
  const verbs = (await collect(made.repository.operations({}))).map(({ verb }) => verb)
  t.deepEqual(verbs, ['fetch', 'push', 'commit'])
  const store = new ObjectStore(openDirectoryStorage(made.remote, { readOnly: true }))
  const [push] = await collect(other.repository.operations({ limit: 1 }))
  t.is((await readRef(store.storage, branchRef('main')))!.value.operation, push!.id)
})
