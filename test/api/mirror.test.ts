import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createApi } from '../../src/api/index.js'
import { createStoreFormat } from '../../src/repo/index.js'
import { createDirectoryStorage, openDirectoryStorage } from '../../src/storage/index.js'
import { temporaryFolder, testRepository } from '../helpers/repository.js'
import { checkStore } from '../transfer/world.js'

const PUSH = { refs: [], all: true, tags: true, setUpstream: true, forceWithLease: false }
const MIRROR = { prune: false, force: false }

/** A remote with two branches and two tags, and the api as seen from a folder where no repository is. */
async function shared(t: ExecutionContext) {
  const made = await testRepository(t, { 'a.txt': 'a\n', 'd/b.txt': 'b\n' })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.createBranch({ name: 'dev', force: false })
  await made.repository.createTag({ name: 'v1', message: 'The first', force: false })
  await made.repository.createTag({ name: 'light', force: false })
  await made.repository.push(PUSH)
  const folder = temporaryFolder(t)
  const api = createApi({ cwd: folder, env: { HOME: folder }, clock: () => 1, zone: 0 })
  const from = path.join(made.root, '../remote')
  const to = path.join(folder, 'copy')
  return { made, api, folder, from, to }
}

function outcomes(updates: readonly { target: string; outcome: string; reason?: string }[]) {
  return updates.map(({ target, outcome, reason }) => [target, outcome, ...(reason ? [reason] : [])])
}

test('mirror copies all branches and tags where no repository is, and what is there is not sent again', async (t) => {
  const { made, api, folder, from, to } = await shared(t)
  const { updates, sent } = await api.mirror({ ...MIRROR, from, to })
  t.deepEqual(outcomes(updates), [
    ['dev', 'new'],
    ['main', 'new'],
    ['light', 'new'],
    ['v1', 'new'],
  ])
  t.true(sent.objects > 0)
  await checkStore(t, openDirectoryStorage(to, { readOnly: true }))
  const clone = await api.clone({ url: to, directory: 'c', sparse: [], checkout: true })
  t.is(fs.readFileSync(path.join(folder, 'c/d/b.txt'), 'utf8'), 'b\n')
  t.is(clone.branch, 'main')
  const again = await api.mirror({ ...MIRROR, from, to })
  t.true(again.updates.every(({ outcome }) => outcome === 'unchanged'))
  t.deepEqual(again.sent, { objects: 0, bytes: 0 })
  made.write({ 'a.txt': 'changed\n' })
  await made.commit('Next')
  await made.repository.push(PUSH)
  const next = await api.mirror({ ...MIRROR, from, to })
  t.deepEqual(outcomes(next.updates)[1], ['main', 'fast-forward'])
  t.true(next.sent.objects <= 4, JSON.stringify(next.sent))
})

test('what differs in the target stays, and is told; --force replaces it, --prune deletes what only is there', async (t) => {
  const { made, api, folder, from, to } = await shared(t)
  await api.mirror({ ...MIRROR, from, to })
  await api.clone({ url: to, directory: 'c', sparse: [], checkout: true })
  const at = createApi({ cwd: path.join(folder, 'c'), env: { HOME: folder }, clock: () => 2, zone: 0 })
  await at.config.set('user.name', 'Bob', 'repository')
  await at.config.set('user.email', 'bob@example.org', 'repository')
  const bob = await at.open()
  t.teardown(() => bob.close())
  const draft = { amend: false, allowEmpty: true, metadata: {}, paths: [], rehash: false }
  await bob.commit({ ...draft, message: 'Only there' })
  await bob.createBranch({ name: 'extra', force: false })
  await bob.push(PUSH)
  await made.commit('Only here', { allowEmpty: true })
  await made.repository.push(PUSH)
  const told = await api.mirror({ ...MIRROR, from, to })
  t.deepEqual(outcomes(told.updates).slice(0, 2), [
    ['dev', 'unchanged'],
    ['main', 'rejected', 'not-fast-forward'],
  ])
  t.is(told.updates.length, 4, 'a branch that only is there is left alone')
  const exact = await api.mirror({ from, to, prune: true, force: true })
  t.deepEqual(
    outcomes(exact.updates).filter(([, outcome]) => outcome !== 'unchanged'),
    [
      ['main', 'forced'],
      ['extra', 'deleted'],
    ],
  )
  t.true(
    (await api.mirror({ from, to, prune: true, force: true })).updates.every(
      (one) => one.outcome === 'unchanged',
    ),
  )
})

test('a mirror that breaks off goes on, and names of remotes may stand for addresses', async (t) => {
  const { made, from } = await shared(t)
  await made.repository.addRemote({ name: 'backup', url: '../backup' })
  const controller = new AbortController()
  const onProgress = ({ phase }: { phase: string }) =>
    phase === 'Sending' && controller.abort(new Error('stopped'))
  const how = { ...MIRROR, from: 'origin', to: 'backup' }
  await t.throwsAsync(made.api.mirror({ ...how, signal: controller.signal, onProgress }), {
    message: 'stopped',
  })
  await checkStore(t, openDirectoryStorage(path.join(made.root, '../backup'), { readOnly: true }))
  const { updates, to } = await made.api.mirror(how)
  t.is(to.name, 'backup')
  t.true(updates.every(({ outcome }) => outcome === 'new'))
  t.true(
    (await made.api.mirror({ ...how, from, to: '../backup' })).updates.every(
      (one) => one.outcome === 'unchanged',
    ),
  )
})

test('a mirror that cannot be made changes nothing', async (t) => {
  const { api, from, to } = await shared(t)
  await t.throwsAsync(api.mirror({ ...MIRROR, from: 'origin', to }), { code: 'DV_UNKNOWN_REMOTE' })
  await t.throwsAsync(api.mirror({ ...MIRROR, from: `${from}-gone`, to }), { code: 'DV_NO_STORE' })
  t.false(fs.existsSync(to))
  await createStoreFormat(createDirectoryStorage(to), { avg: 65536, now: 0 })
  await t.throwsAsync(api.mirror({ ...MIRROR, from, to }), { code: 'DV_FORMAT_MISMATCH' })
})

test('a branch that a working directory has checked out is not moved under its files', async (t) => {
  const { made, api, folder, from } = await shared(t)
  await api.clone({ url: from, directory: 'c', sparse: [], checkout: true })
  await made.commit('Next', { allowEmpty: true })
  await made.repository.push(PUSH)
  await t.throwsAsync(api.mirror({ ...MIRROR, from, to: path.join(folder, 'c') }), {
    code: 'DV_BRANCH_IN_USE',
  })
})
