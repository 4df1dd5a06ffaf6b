import { fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { DropOptions, Repository } from '../../src/api/index.js'
import { noise } from '../helpers/noise.js'
import { PUSH, pushed, whole } from '../helpers/pushed.js'
import { collect, NO_COMMIT_OPTIONS } from '../helpers/repository.js'

const DROP: DropOptions = { paths: [], all: true, files: false, dryRun: false }
const STATUS = { all: true, paths: [], rehash: false }

const FILES = { 'a/one': noise(40_000, 1), 'b/two': noise(60_000, 2) }

async function cat(repository: Repository, address: string): Promise<Buffer> {
  return Buffer.concat(await collect((await repository.cat({ address })).content))
}

function bytesIn(folder: string): number {
  const all = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  return all
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0)
}

test('what the remote holds goes, the files stay, and what is read comes back', async (t) => {
  const { repository, root, read } = await pushed(t, FILES)
  const packs = path.join(repository.store, 'packs')
  const before = bytesIn(packs)
  t.like(await repository.drop({ ...DROP, dryRun: true }), { packs: 1, dryRun: true })
  t.is(bytesIn(packs), before)
  const { bytes } = await repository.drop(DROP)
  t.is(bytesIn(packs), before - bytes)
  t.true(bytes > 100_000)
  t.is(read('a/one').length > 0, true)
  t.true((await repository.status(STATUS)).clean)
  await whole(t, repository)
  t.deepEqual(await cat(repository, 'a/one'), FILES['a/one'])
  fs.rmSync(path.join(root, 'b/two'))
  await repository.restore({ paths: ['b/two'] })
  t.deepEqual(fs.readFileSync(path.join(root, 'b/two')), FILES['b/two'])
  await whole(t, repository)
})

test('nothing goes that was not pushed, or only saved for an undo', async (t) => {
  const { repository, write, commit, read, root } = await pushed(t, FILES)
  const own = noise(30_000, 9)
  write({ mine: own })
  await commit('Not pushed')
  write({ 'a/one': 'uncommitted work' })
  await repository.restore({ paths: ['a/one'] })
  const { kept } = await repository.drop(DROP)
  t.is(kept.packs, 2)
  await whole(t, repository)
  fs.rmSync(path.join(root, '../remote'), { recursive: true })
  t.deepEqual(await cat(repository, 'mine'), own)
  await repository.undo({})
  t.is(read('a/one'), 'uncommitted work')
})

test('where the packs of the remote are short or gone nothing goes', async (t) => {
  const { repository, remote } = await pushed(t, FILES)
  const packs = path.join(remote, 'packs')
  const sizes = fs.readdirSync(packs).map((name) => [name, fs.statSync(path.join(packs, name)).size] as const)
  const [largest = ''] = sizes.sort(([, a], [, b]) => b - a)[0]!
  fs.chmodSync(path.join(packs, largest), 0o600)
  fs.truncateSync(path.join(packs, largest), 100)
  await t.throwsAsync(repository.drop(DROP), { code: 'DV_CORRUPT' })
  fs.rmSync(path.join(packs, largest))
  await t.throwsAsync(repository.drop(DROP), { code: 'DV_NOT_FOUND' })
  t.deepEqual(await cat(repository, 'a/one'), FILES['a/one'])
})

test('paths go alone: what other files need stays, written anew', async (t) => {
  const { repository, remote } = await pushed(t, FILES)
  await repository.drop({ ...DROP, all: false, paths: ['b'] })
  await whole(t, repository)
  fs.renameSync(remote, `${remote}-away`)
  t.deepEqual(await cat(repository, 'a/one'), FILES['a/one'])
  await t.throwsAsync(cat(repository, 'b/two'), { code: 'DV_ABSENT' })
  t.true((await repository.status(STATUS)).clean)
})

test('with files they are not here, but in every commit; uncommitted ones stand in the way', async (t) => {
  const { repository, write, list, commit, root } = await pushed(t, FILES)
  write({ 'b/two': 'changed' })
  const files = { ...DROP, all: false, paths: ['b'], files: true }
  await t.throwsAsync(repository.drop(files), { code: 'DV_WOULD_OVERWRITE' })
  await repository.restore({ paths: ['b'] })
  t.is((await repository.drop(files)).files?.removed, 1)
  t.deepEqual(list(), ['a/one'])
  t.deepEqual((await repository.status(STATUS)).notHere, { files: 1, bytes: 60_000 })
  write({ 'a/one': 'new' })
  t.is((await commit('Without b')).total.files, 2)
  await repository.sparse({ patterns: ['b'], add: true, force: false })
  t.is(await repository.sparsePatterns(), undefined)
  t.deepEqual(fs.readFileSync(path.join(root, 'b/two')), FILES['b/two'])
  await whole(t, repository)
})

test('a store is no remote of its own, and two that trust each other do not both let go', async (t) => {
  const made = await pushed(t, FILES)
  await made.repository.addRemote({ name: 'self', url: '.' })
  await t.throwsAsync(made.repository.drop({ ...DROP, remote: 'self' }), { code: 'DV_UNSUPPORTED' })
  await made.apiAt('..').clone({ url: 'remote', directory: 'other', sparse: [], checkout: true })
  const other = await made.openAt('../other')
  await other.addRemote({ name: 'ada', url: '../work' })
  await other.drop(DROP)
  await made.repository.addRemote({ name: 'bob', url: '../other' })
  t.is((await made.repository.drop({ ...DROP, remote: 'bob' })).packs, 0)
  await t.throwsAsync(made.apiAt('..').clone({ url: 'other', directory: 'x', sparse: [], checkout: true }), {
    code: 'DV_ABSENT',
  })
})

test('what was dropped cannot be sent on or removed, and a new commit does not store it again', async (t) => {
  const { repository, write, root } = await pushed(t, FILES)
  await repository.drop(DROP)
  write({ 'a/copy': FILES['a/one'] })
  const { storedBytes } = await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Copy' })
  t.true(storedBytes < 10_000, String(storedBytes))
  await repository.addRemote({ name: 'second', url: '../second' })
  await t.throwsAsync(repository.push({ ...PUSH, remote: 'second' }), { code: 'DV_ABSENT' })
  await t.throwsAsync(repository.removeRemote('origin'), { code: 'DV_ABSENT' })
  await repository.push(PUSH)
  await repository.renameRemote({ from: 'origin', to: 'lab' })
  fs.rmSync(path.join(root, 'a/one'))
  await repository.restore({ paths: ['a/one'] })
  t.deepEqual(fs.readFileSync(path.join(root, 'a/one')), FILES['a/one'])
  await whole(t, repository)
})

test('what was dropped is nothing to stand on, though it was read a moment ago', async (t) => {
  const text = (edit: string) => noise(2000, 3).toString('latin1') + edit
  const { repository, write, commit, remote, openAt } = await pushed(t, { table: text('1') })
  write({ table: text('2') })
  await commit('Second')
  await repository.push(PUSH)
  // By another process, as it were: this one has the packs open, and blocks of them in memory.
  t.true((await (await openAt('.')).drop(DROP)).packs > 0)
  write({ table: text('3') })
  await commit('Third')
  fs.renameSync(remote, `${remote}-out-of-reach`)
  t.is((await cat(repository, 'HEAD:table')).toString(), text('3'))
  await t.throwsAsync(cat(repository, 'HEAD~1:table'), { code: 'DV_ABSENT' })
})

test('the space of what was dropped is free at once, also where workers had read of it', async (t) => {
  const { repository, root, write, commit } = await pushed(t, FILES)
  write({ 'a/one': Buffer.concat([noise(40_000, 1), Buffer.from('more')]) })
  await commit('Second')
  await repository.push(PUSH)
  const open = () => openFiles().filter((file) => file.startsWith(root) && file.includes('/packs/'))
  if (process.platform === 'linux') t.not(open().length, 0)
  t.true((await repository.drop(DROP)).packs > 0)
  t.deepEqual(
    open().filter((file) => file.endsWith('(deleted)')),
    [],
  )
})

/** Of this process and its threads, where the system tells. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return []
    }
  })
}

test('killed at any moment, a drop leaves a store that is whole and can be dropped again', async (t) => {
  const child = fileURLToPath(new URL('drop-child.js', import.meta.url))
  for (const delay of [0, 4, 8, 12, 16, 24, 40]) {
    const { repository, root, write, commit } = await pushed(t, FILES)
    for (const n of [3, 4, 5]) {
      write({ [`c/${n}`]: noise(20_000, n) })
      await commit(`Number ${n}`)
    }
    await repository.push(PUSH)
    const running = fork(child, [root], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const ended = once(running, 'exit')
    await once(running, 'message')
    await new Promise((resolve) => setTimeout(resolve, delay))
    running.kill('SIGKILL')
    await ended
    await whole(t, repository)
    await repository.drop(DROP)
    await whole(t, repository)
    t.deepEqual(await cat(repository, 'b/two'), FILES['b/two'])
    t.deepEqual(await cat(repository, 'c/4'), noise(20_000, 4))
    t.true((await repository.status(STATUS)).clean)
  }
})
