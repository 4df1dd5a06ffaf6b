// The two steps of dv gc, and what is not here or not ours: marks that wait, are taken back, are needed again; packs of
// which a part is garbage; remotes, partial stores.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { CloneOptions, GcOptions, PushOptions } from '../../src/api/index.js'
import { manifestOf } from '../../src/api/context.js'
import { parseId, toHex } from '../../src/hash/index.js'
import { readRoot } from '../../src/index/index.js'
import { lookupMany } from '../../src/manifest/index.js'
import type { FileEntry } from '../../src/objects/index.js'
import { iterChunks } from '../../src/recipe/index.js'
import { noise } from '../helpers/noise.js'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'

const MARK: GcOptions = { now: false, operations: 0, dryRun: false }
const NOW: GcOptions = { now: true, operations: 0, dryRun: false }
const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const CLONE: Omit<CloneOptions, 'url'> = { sparse: [], checkout: true }
const NOTHING = { packs: 0, bytes: 0 }

function storeOf({ root }: TestRepository): string {
  return path.join(root, '.dv/store')
}

/** Everything a folder holds: names and sizes. */
function contents(folder: string): string[] {
  const names = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${file} ${fs.statSync(file).size}`)
    .sort()
}

function bytesOf(folder: string): number {
  return contents(path.join(folder, 'packs')).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** As if all that lies there had been put two hours earlier. */
function age(folder: string): void {
  const before = Date.now() / 1000 - 7200
  for (const line of contents(folder)) fs.utimesSync(line.slice(0, line.lastIndexOf(' ')), before, before)
}

async function requireSound(t: ExecutionContext, { repository }: TestRepository): Promise<void> {
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
}

/** A repository of which a commit with 3 MB was amended away. */
async function withMistake(t: ExecutionContext) {
  const repo = await testRepository(t, { 'a.txt': 'hello\n' })
  repo.write({ 'big.bin': noise(3_000_000, 1) })
  const { commit } = await repo.commit('A mistake')
  repo.write({ 'big.bin': undefined })
  await repo.commit('Right', { amend: true })
  return { repo, mistake: commit.id }
}

test('what is younger than the grace is not marked; what is marked waits for the grace, and goes then', async (t) => {
  const { repo } = await withMistake(t)
  const { repository } = repo
  t.deepEqual((await repository.gc(MARK)).marked, NOTHING)
  age(storeOf(repo))
  const { marked, deleted } = await repository.gc(MARK)
  t.true(marked.bytes > 3_000_000)
  t.deepEqual(deleted, { ...NOTHING, moved: 0 })
  const before = bytesOf(storeOf(repo))
  const again = await repository.gc(MARK)
  t.deepEqual([again.waiting.length, again.marked, again.deleted.packs], [1, NOTHING, 0])
  t.true(again.waiting[0]!.left! > 3_500_000)
  t.is(bytesOf(storeOf(repo)), before)
  age(storeOf(repo))
  t.true((await repository.gc(MARK)).deleted.bytes > 3_000_000)
  t.true(bytesOf(storeOf(repo)) < 100_000)
  await requireSound(t, repo)
})

test('what is needed again after it was marked stays, whole', async (t) => {
  const { repo, mistake } = await withMistake(t)
  const { repository } = repo
  age(storeOf(repo))
  t.true((await repository.gc(MARK)).marked.packs > 0)
  await repository.createBranch({ name: 'after-all', start: mistake, force: false })
  age(storeOf(repo))
  await repository.gc(MARK)
  await requireSound(t, repo)
  await repository.switch({ to: 'after-all', create: false, detach: 'never', force: false })
  t.deepEqual(fs.readFileSync(path.join(repo.root, 'big.bin')), noise(3_000_000, 1))
})

test('a mark is taken back: nothing is listed any more, nothing went', async (t) => {
  const { repo } = await withMistake(t)
  const { repository } = repo
  age(storeOf(repo))
  const { marked } = await repository.gc(MARK)
  const before = bytesOf(storeOf(repo))
  t.deepEqual((await repository.undoGc({})).taken, [marked])
  t.deepEqual((await repository.undoGc({})).taken, [])
  const { storage } = await repo.internals()
  t.deepEqual((await readRoot(storage)).root.collections, [])
  t.is(bytesOf(storeOf(repo)), before)
  t.deepEqual(fs.readdirSync(path.join(storeOf(repo), 'tombstones')), [])
})

test('a rehearsal says what is garbage and changes nothing', async (t) => {
  const { repo } = await withMistake(t)
  const before = contents(storeOf(repo))
  const { marked, operations } = await repo.repository.gc({ ...NOW, dryRun: true })
  t.true(marked.bytes > 3_000_000)
  t.is(operations, 3)
  t.deepEqual(contents(storeOf(repo)), before)
})

test('a pack of which little is garbage stays; from the threshold on what is needed of it is written anew', async (t) => {
  const repo = await testRepository(t, { 'a.txt': 'hello\n' })
  for (let i = 0; i < 10; i++) repo.write({ [`file${i}.bin`]: noise(100_000, i) })
  await repo.commit('Ten files in a pack')
  repo.write({ 'file3.bin': undefined })
  await repo.commit('Nine', { amend: true })
  const before = bytesOf(storeOf(repo))
  const little = await repo.repository.gc({ ...NOW, threshold: 0.5 })
  // Of the nodes more than half is garbage.
  t.true(little.deleted.moved < 10_000)
  t.true(before - bytesOf(storeOf(repo)) < 50_000)
  await requireSound(t, repo)
  // The index names it no more, and it is found all the same.
  const { deleted } = await repo.repository.gc({ ...NOW, threshold: 0.05 })
  t.true(deleted.moved > 800_000, JSON.stringify(deleted))
  t.true(before - bytesOf(storeOf(repo)) > 90_000)
  await requireSound(t, repo)
  for (let i = 0; i < 10; i++)
    if (i !== 3) t.deepEqual(fs.readFileSync(path.join(repo.root, `file${i}.bin`)), noise(100_000, i))
})

async function collectRemote(t: ExecutionContext, repo: TestRepository, clone: Partial<CloneOptions> = {}) {
  const { repository } = repo
  await repository.push(PUSH)
  await repository.switch({ to: 'gone', create: true, detach: 'never', force: false })
  repo.write({ 'big.bin': noise(3_000_000, 1) })
  await repo.commit('On a branch that goes')
  await repository.push(PUSH)
  await repository.push({ ...PUSH, refs: [':gone'] })
  const { deleted } = await repository.gc({ ...NOW, remote: 'origin' })
  t.true(deleted.bytes > 3_000_000, JSON.stringify(deleted))
  t.deepEqual((await repo.api.fsck({ deep: true, remote: 'origin' })).problems, [])
  await requireSound(t, repo)
  const [origin] = await repository.remotes()
  await repo.apiAt('..').clone({ ...CLONE, ...clone, url: origin!.url, directory: 'other' })
  const other = await repo.openAt('../other')
  t.deepEqual((await other.fsck({ deep: true })).problems, [])
  // What the remote let go of is sent again when it is pushed again.
  await repository.push(PUSH)
  t.deepEqual((await repo.api.fsck({ deep: true, remote: 'origin' })).problems, [])
}

test('a remote in a folder is rid of a branch that was deleted there', async (t) => {
  const repo = await testRepository(t, { 'a.txt': 'hello\n' })
  const url = path.join(repo.root, '../origin')
  await repo.repository.addRemote({ name: 'origin', url })
  await collectRemote(t, repo)
})

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test('a remote in a bucket is rid of a branch that was deleted there', async (t) => {
    const { settings, env } = server
    const repo = await testRepository(t, { 'a.txt': 'hello\n' }, { env })
    await repo.repository.addRemote({ name: 'origin', url: server.newAddress(), settings })
    await collectRemote(t, repo, { settings })
  })
})

test('a lazy clone and a store that dropped packs are collected, and what is not here stays promised', async (t) => {
  const repo = await testRepository(t, { 'a.txt': 'hello\n', 'b.bin': noise(500_000, 2) })
  const url = path.join(repo.root, '../origin')
  await repo.repository.addRemote({ name: 'origin', url })
  await repo.repository.push(PUSH)
  await repo.apiAt('..').clone({ ...CLONE, url, directory: 'lazy', lazy: true })
  const lazy = await repo.openAt('../lazy')
  await lazy.gc(NOW)
  t.deepEqual((await lazy.fsck({ deep: true })).problems, [])
  await repo.repository.drop({ paths: [], all: true, files: false, dryRun: false })
  await repo.repository.gc(NOW)
  await requireSound(t, repo)
  fs.rmSync(path.join(repo.root, 'b.bin'))
  await repo.repository.restore({ paths: ['b.bin'] })
  t.deepEqual(fs.readFileSync(path.join(repo.root, 'b.bin')), noise(500_000, 2))
})

test('what leads to a commit, a file or a chunk is shown, the branch before operations; or that nothing does', async (t) => {
  const { repo, mistake } = await withMistake(t)
  const { repository } = repo
  repo.write({ 'dir/long.bin': noise(2_500_000, 7) })
  const { commit } = await repo.commit('Long')
  repo.write({ 'b.txt': 'later\n' })
  await repo.commit('Later')
  t.like(await repository.whyKept('HEAD~1'), { kept: true, by: "ref 'refs/heads/main'", behind: 1 })
  const file = await repository.whyKept('HEAD:dir/long.bin')
  t.like(file, { kept: true, by: "ref 'refs/heads/main'", path: 'dir/long.bin' })
  const context = await repo.internals()
  const { store } = context
  const [entry] = await lookupMany(store, (await manifestOf(context, parseId(commit.id)))!, ['dir/long.bin'])
  const [chunks] = await collect(iterChunks(store, entry as FileEntry))
  const chunk = await repository.whyKept(toHex(chunks!.at(-1)!.id))
  t.like(chunk, { kept: true, by: "ref 'refs/heads/main'", path: 'dir/long.bin' })
  const old = await repository.whyKept(`${mistake}:big.bin`)
  t.true(old.by?.startsWith('operation '), old.by)
  t.is(old.path, 'big.bin')
  await repository.gc({ ...NOW, now: false })
  t.like(await repository.whyKept(mistake), { kept: false })
  t.like(await repository.whyKept('00000000'), { kept: false })
})

test('the log says where it begins, and an undo why it goes no further', async (t) => {
  const { repo } = await withMistake(t)
  const { repository } = repo
  repo.advance(31 * 86_400_000)
  repo.write({ 'b.txt': 'later\n' })
  await repo.commit('Later')
  await repository.gc({ now: false, dryRun: false })
  const all = await collect(repository.operations({}))
  t.deepEqual(
    all.map(({ verb, isFirstKept }) => [verb, isFirstKept]),
    [['commit', true]],
  )
  t.deepEqual((await collect(repository.operations({ limit: 1 }))).length, 1)
  await repository.undo({})
  await repository.undo({})
  repo.advance(31 * 86_400_000)
  await repository.gc({ now: false, dryRun: false })
  const error = await t.throwsAsync(repository.undo({}), { code: 'DV_NOTHING_TO_UNDO' })
  t.regex(String((error as { hint?: string }).hint), /forgotten by 'dv gc' on 2026-03-0/)
  t.deepEqual(
    (await collect(repository.operations({}))).map(({ summary }) => summary),
    ['older operations forgotten'],
  )
  await requireSound(t, repo)
})
