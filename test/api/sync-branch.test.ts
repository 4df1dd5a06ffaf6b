import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { OnProgress } from '../../src/base/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { install } from '../helpers/program.js'
import { NO_COMMIT_OPTIONS, type TestFiles, testRepository } from '../helpers/repository.js'
import { checkStore } from '../transfer/world.js'

const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }

/** Ada's repository and Bob's clone of what it pushed to '../remote'. */
async function twoPeople(t: ExecutionContext, files: TestFiles = { 'a.txt': 'a\n', 'b.txt': 'b\n' }) {
  const ada = await testRepository(t, files)
  await ada.repository.addRemote({ name: 'origin', url: '../remote' })
  await ada.repository.push(PUSH)
  await ada.apiAt('..').clone({ url: 'remote', directory: 'bob', sparse: [], checkout: true })
  await ada.apiAt('../bob').config.set('user.name', 'Bob', 'repository')
  await ada.apiAt('../bob').config.set('user.email', 'bob@example.org', 'repository')
  const repository = await ada.openAt('../bob')
  const root = path.join(ada.root, '../bob')
  const commit = (file: string, text: string) => {
    fs.writeFileSync(path.join(root, file), text)
    return repository.commit({ ...NO_COMMIT_OPTIONS, message: `Bob's ${file}` })
  }
  return { ada, bob: { repository, root, commit }, remote: path.join(ada.root, '../remote') }
}

function noise(bytes: number): Buffer {
  const out = Buffer.alloc(bytes)
  for (let i = 0, x = 7; i < bytes; i++) out[i] = (x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 16
  return out
}

/** Bytes of all packs of a store in a folder. */
function packBytes(store: string): number {
  const packs = path.join(store, 'packs')
  return fs.readdirSync(packs).reduce((sum, name) => sum + fs.statSync(path.join(packs, name)).size, 0)
}

test('sync of what is the same does nothing and says so', async (t) => {
  const { ada } = await twoPeople(t)
  const { outcome, attempts, branch } = await ada.repository.sync({})
  t.is(outcome, 'up-to-date')
  t.is(branch, 'main')
  t.is(attempts.length, 1)
  t.deepEqual(attempts[0]!.push!.sent, { objects: 0, bytes: 0 })
})

test('sync makes the remote, lets the branch follow it, and sends', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  const { outcome, attempts } = await made.repository.sync({})
  t.is(outcome, 'synced')
  t.is(attempts[0]!.fetch, undefined)
  t.is(attempts[0]!.push!.upstream, 'origin/main')
  const [main] = await made.repository.branches({ remotes: false, all: false })
  t.is(main!.upstream!.name, 'origin/main')
})

test('sync brings what others pushed, merges it and sends the merge', async (t) => {
  const { ada, bob } = await twoPeople(t)
  await bob.commit('bob.txt', 'bob')
  t.is((await bob.repository.sync({})).outcome, 'synced')
  ada.write({ 'ada.txt': 'ada' })
  await ada.commit('Ada')
  const { outcome, attempts } = await ada.repository.sync({})
  t.is(outcome, 'synced')
  t.is(attempts[0]!.merge!.outcome, 'merged')
  t.is((await bob.repository.sync({})).attempts[0]!.merge!.outcome, 'fast-forward')
  t.is(fs.readFileSync(path.join(bob.root, 'ada.txt'), 'utf8'), 'ada')
  t.is(ada.read('bob.txt'), 'bob')
})

test('a conflict stops sync before anything is sent; settled and continued, the next one sends it', async (t) => {
  const { ada, bob, remote } = await twoPeople(t)
  await bob.commit('a.txt', 'bob says\n')
  await bob.repository.sync({})
  ada.write({ 'a.txt': 'ada says\n' })
  await ada.commit('Ada')
  const before = packBytes(remote)
  const stopped = await ada.repository.sync({})
  t.is(stopped.outcome, 'conflicts')
  t.is(stopped.attempts[0]!.push, undefined)
  t.is(packBytes(remote), before)
  await t.throwsAsync(ada.repository.sync({}), { code: 'DV_MERGE_IN_PROGRESS' })
  await ada.repository.resolveMerge({ side: 'ours', paths: [] })
  await ada.repository.continueMerge({})
  t.is((await ada.repository.sync({})).outcome, 'synced')
  await bob.repository.sync({})
  t.is(fs.readFileSync(path.join(bob.root, 'a.txt'), 'utf8'), 'ada says\n')
})

test('uncommitted changes stay, and refuse only where they are in the way', async (t) => {
  const { ada, bob } = await twoPeople(t)
  await bob.commit('b.txt', 'bob\n')
  await bob.repository.sync({})
  ada.write({ 'a.txt': 'not committed\n' })
  t.is((await ada.repository.sync({})).outcome, 'synced')
  t.is(ada.read('a.txt'), 'not committed\n')
  t.is(ada.read('b.txt'), 'bob\n')
  await bob.commit('a.txt', 'in the way\n')
  await bob.repository.sync({})
  await t.throwsAsync(ada.repository.sync({}), { code: 'DV_WOULD_OVERWRITE' })
  t.is(ada.read('a.txt'), 'not committed\n')
})

test('sync on no branch is refused with the way on', async (t) => {
  const { ada } = await twoPeople(t)
  await ada.repository.switch({ to: 'main', create: false, detach: 'always', force: false })
  await t.throwsAsync(ada.repository.sync({}), { code: 'DV_USAGE', message: /what to sync/ })
})

/** Calls back once in the middle of sending, when the remote's branch was judged and has not moved yet. */
function whileSending(work: () => void): OnProgress {
  let done = false
  return ({ phase }) => {
    if (phase !== 'Sending' || done) return
    done = true
    work()
  }
}

test('who loses the race while sending merges and sends only the merge: nothing travels twice', async (t) => {
  const { ada, bob, remote } = await twoPeople(t)
  const bulk = 3_000_000
  ada.write({
    'bulk.bin': noise(bulk),
    ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d/${i}`, `${i}`])),
  })
  await ada.commit('Much')
  await bob.commit('bob.txt', 'bob')
  const program = install()
  let beforeSecond = 0
  const onProgress = whileSending(() => {
    const bobs = spawnSync(program, ['push'], { cwd: bob.root, encoding: 'utf8' })
    t.is(bobs.status, 0, bobs.stderr)
  })
  const { outcome, attempts } = await ada.repository.sync({
    onProgress(event) {
      if (event.phase === 'Waiting for others') beforeSecond = packBytes(remote)
      onProgress(event)
    },
  })
  t.is(outcome, 'synced')
  t.deepEqual(
    attempts.map((attempt) => attempt.outcome),
    ['lost', 'synced'],
  )
  const [lost, landed] = attempts
  t.true(lost!.push!.sent.bytes > bulk, 'all of it was sent by the attempt that lost')
  t.is(packBytes(remote) - beforeSecond, landed!.push!.sent.bytes, 'what is told is what the remote grew by')
  t.true(landed!.push!.sent.bytes < 5000, JSON.stringify(landed!.push!.sent))
  await checkStore(t, openDirectoryStorage(remote, { readOnly: true }))
  await bob.repository.sync({})
  t.deepEqual(fs.readFileSync(path.join(bob.root, 'bulk.bin')), noise(bulk))
})

test('sync can be interrupted while it waits for its turn, and nothing is lost', async (t) => {
  const { ada, bob } = await twoPeople(t)
  ada.write({ 'ada.txt': 'ada' })
  await ada.commit('Ada')
  await bob.commit('bob.txt', 'bob')
  const program = install()
  const controller = new AbortController()
  const sending = whileSending(() => spawnSync(program, ['push'], { cwd: bob.root }))
  const onProgress: OnProgress = (event) => {
    sending(event)
    if (event.phase === 'Waiting for others') controller.abort(new Error('stopped'))
  }
  await t.throwsAsync(ada.repository.sync({ signal: controller.signal, onProgress }), { message: 'stopped' })
  t.is((await ada.repository.sync({})).outcome, 'synced')
})
