// dv commit --to: a tree larger than the disk has room for, killed and gone on with, and a race that is lost.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createApi } from '../../src/api/index.js'
import { isDvError } from '../../src/base/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore, readPromises } from '../../src/store/index.js'
import { collect, NO_COMMIT_OPTIONS, testRepository, temporaryFolder } from '../helpers/repository.js'

const DV = path.resolve('bin/dv')
const MB = 1_000_000
const NO_PUSH = { all: false, tags: false, setUpstream: false, forceWithLease: false }

function dv(cwd: string, args: readonly string[]): string {
  return execFileSync(process.execPath, [DV, ...args], { cwd, env: environment(cwd), encoding: 'utf8' })
}

function environment(cwd: string) {
  return {
    ...process.env,
    DV_CONFIG: path.join(cwd, '../config.json'),
    XDG_CACHE_HOME: path.join(cwd, '../cache'),
  }
}

/** A repository whose store is at `store`, with `files` of noise of so many bytes each. */
function largeTree(
  folder: string,
  { store, files, bytes }: { store: string; files: number; bytes: number },
): string {
  const root = path.join(folder, 'tree')
  fs.mkdirSync(root)
  fs.writeFileSync(
    path.join(folder, 'config.json'),
    JSON.stringify({ version: 1, user: { name: 'Ada', email: 'ada@example.org' } }),
  )
  dv(root, ['init', '-q', '--store', store])
  dv(root, ['remote', 'add', 'origin', path.join(folder, 'remote'), '-q'])
  for (let i = 0; i < files; i++) fs.writeFileSync(path.join(root, `f${i}`), randomBytes(bytes))
  return root
}

function sizeOfAll(folder: string): number {
  if (!fs.existsSync(folder)) return 0
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0)
}

/** A file system of so many bytes, or why there can be none. */
function smallDisk(t: ExecutionContext, folder: string, bytes: number): string | undefined {
  fs.mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    return String(error)
  }
  t.teardown(() => execFileSync('umount', ['-l', folder]))
  return undefined
}

test('a tree three times the free disk commits, and checks out elsewhere', async (t) => {
  const folder = temporaryFolder(t)
  const disk = path.join(folder, 'disk')
  const refused = smallDisk(t, disk, 40 * MB)
  if (refused !== undefined) {
    t.log(`skipped: only who may mount can make a small disk: ${refused}`)
    return t.pass()
  }
  const root = largeTree(folder, { store: path.join(disk, 'store'), files: 10, bytes: 12 * MB })
  const result = JSON.parse(dv(root, ['commit', '--to', 'origin', '-m', 'All', '--json'])) as {
    storedBytes: number
    pushed: { updates: { outcome: string }[]; sent: { bytes: number } }
  }
  t.true(result.storedBytes >= 120 * MB)
  t.is(result.pushed.updates[0]!.outcome, 'new')
  t.true(result.pushed.sent.bytes < MB, 'only nodes were left to send')
  t.true(sizeOfAll(path.join(disk, 'store')) < MB, 'manifests and index are what is kept here')
  t.is(dv(root, ['status', '--json']).includes('"clean":true'), true)
  dv(root, ['fsck'])
  dv(folder, ['clone', '-q', 'remote', 'clone'])
  dv(path.join(folder, 'clone'), ['fsck'])
  for (let i = 0; i < 10; i++) {
    const name = `f${i}`
    t.true(
      fs.readFileSync(path.join(folder, 'clone', name)).equals(fs.readFileSync(path.join(root, name))),
      name,
    )
  }
})

test('killed and run again, what counted at the remote is not sent again', async (t) => {
  const folder = temporaryFolder(t)
  const store = path.join(folder, 'store')
  const [files, bytes] = [16, 20 * MB]
  const root = largeTree(folder, { store, files, bytes })
  const packs = path.join(folder, 'remote', 'packs')
  const killed = spawn(process.execPath, [DV, 'commit', '--to', 'origin', '-m', 'All'], {
    cwd: root,
    env: environment(root),
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => killed.once('exit', (_, signal) => resolve(signal)))
  const storage = openDirectoryStorage(store)
  t.teardown(() => storage.close())
  const away = async () => [...((await readPromises(storage)).get('origin')?.away ?? [])]
  while ((await away()).length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  killed.kill('SIGKILL')
  t.is(await ended, 'SIGKILL')
  // What the index here names counts; after a merge of segments more does than is seen here.
  const { segments } = await new ObjectStore(storage).index.root()
  const arrived = segments
    .map(({ key }) => path.join(packs, path.basename(key)))
    .filter((file) => fs.existsSync(file))
    .reduce((sum, file) => sum + fs.statSync(file).size, 0)
  const before = sizeOfAll(packs)
  dv(root, ['fsck'])
  dv(root, ['commit', '--to', 'origin', '-m', 'All', '-q'])
  const sent = sizeOfAll(packs) - before
  t.log(
    `${arrived} bytes had arrived and were known; ${sent} of ${files * bytes} were sent by the second try`,
  )
  t.true(sent <= files * bytes - arrived + MB, `${sent}`)
  t.true(sent < files * bytes, 'something of the first try counted')
  dv(root, ['fsck'])
  dv(folder, ['clone', '-q', 'remote', 'clone'])
  dv(path.join(folder, 'clone'), ['fsck'])
})

test('a branch that moves meanwhile leaves a commit here that a sync brings on', async (t) => {
  const folder = temporaryFolder(t)
  const root = path.join(folder, 'work')
  fs.mkdirSync(root)
  let onClock: (() => void) | undefined
  const surroundings = {
    cwd: root,
    env: { HOME: folder },
    clock() {
      const run = onClock
      onClock = undefined
      run?.()
      return Date.now()
    },
    zone: 0,
  }
  const api = createApi(surroundings)
  await api.init({})
  await api.config.set('user.name', 'Ada', 'global')
  await api.config.set('user.email', 'ada@example.org', 'global')
  const repository = await api.open()
  t.teardown(() => repository.close())
  await repository.addRemote({ name: 'origin', url: path.join(folder, 'remote') })
  const commit = (message: string) => repository.commit({ ...NO_COMMIT_OPTIONS, message, to: 'origin' })
  fs.writeFileSync(path.join(root, 'a'), 'a')
  t.is((await commit('One')).pushed!.updates[0]!.outcome, 'new')
  fs.writeFileSync(path.join(root, 'b'), 'b')
  const lines = path.join(folder, 'lines')
  fs.writeFileSync(lines, '{"op":"put","path":"c","data":"c"}\n')
  const env = { ...process.env, DV_CONFIG: path.join(folder, '.config/dv/config.json') }
  const args = [DV, 'apply', './remote@main', '--file', lines, '-m', 'Theirs', '-q']
  let calls = 0
  const race = () => {
    // The clock is read for the remote, for the author, and last for the operation of the commit.
    if (++calls < 3) onClock = race
    else
      execFileSync(process.execPath, [args[0]!, 'apply', './remote@main', ...args.slice(3)], {
        cwd: folder,
        env,
      })
  }
  onClock = race
  const lost = await commit('Two')
  t.is(lost.pushed!.updates[0]!.outcome, 'rejected')
  const [last] = await collect(
    repository.log({ revisions: [], paths: [], all: false, changes: false, topological: false, limit: 1 }),
  )
  t.is(last!.id, lost.commit.id)
  fs.writeFileSync(path.join(root, 'd'), 'd')
  t.true(isDvError(await t.throwsAsync(commit('Three')), 'DV_NOT_FAST_FORWARD'), 'nothing is sent in vain')
  await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Three' })
  const synced = await repository.sync({ remote: 'origin' })
  t.is(synced.outcome, 'synced')
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
})

test('where it cannot be pushed to, nothing is sent', async (t) => {
  const repo = await testRepository(t, { a: '1' })
  const commit = (options: object) =>
    repo.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'x', to: 'origin', ...options })
  t.true(isDvError(await t.throwsAsync(commit({})), 'DV_UNKNOWN_REMOTE'))
  await repo.repository.addRemote({ name: 'origin', url: path.join(repo.root, '../remote') })
  t.true(isDvError(await t.throwsAsync(commit({ amend: true })), 'DV_USAGE'))
  t.false(fs.existsSync(path.join(repo.root, '../remote')))
  repo.write({ b: '2' })
  t.is((await commit({})).pushed!.updates[0]!.outcome, 'new')
  t.true(isDvError(await t.throwsAsync(commit({})), 'DV_NOTHING_TO_COMMIT'))
})

test('a commit that was made already, but not pushed, is said to wait', async (t) => {
  const repo = await testRepository(t, { a: '1' })
  await repo.repository.addRemote({ name: 'origin', url: path.join(repo.root, '../remote') })
  const commit = () => repo.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'x', to: 'origin' })
  const hintOf = async () => {
    const error = await t.throwsAsync(commit())
    t.true(isDvError(error, 'DV_NOTHING_TO_COMMIT'))
    return isDvError(error) ? error.hint : undefined
  }
  t.is(await hintOf(), "'dv push origin main' sends it")
  await repo.repository.push({ ...NO_PUSH, remote: 'origin', refs: [] })
  t.regex((await hintOf())!, /dv status/)
})
