import test, { type ExecutionContext } from 'ava'
import type { LogOptions } from '../../src/api/index.js'
import { parseId, toHex } from '../../src/hash/index.js'
import { readCommit } from '../../src/history/index.js'
import { encodeCommit } from '../../src/objects/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'
import { LOG } from '../helpers/logged.js'
import { collect, TEST_TIME, testRepository, type TestRepository } from '../helpers/repository.js'

const MINUTE = 60_000

async function messages({ repository }: TestRepository, options: Partial<LogOptions> = {}) {
  return (await collect(repository.log({ ...LOG, ...options }))).map(({ message }) => message).join(' ')
}

/** main: one, two, three; side leaves main after one: left. The commits are a minute apart. */
async function forked(t: ExecutionContext): Promise<TestRepository> {
  const made = await testRepository(t)
  const { repository, write, commit } = made
  write({ 'a.txt': '1\n', 'data/x.csv': 'x\n' })
  await commit('one')
  write({ 'a.txt': '2\n2\n' })
  await commit('two')
  write({ 'data/x.csv': undefined, 'data/y.csv': 'y\n' })
  await commit('three')
  await repository.switch({ to: 'side', create: true, start: 'main~2', detach: 'never', force: false })
  write({ 'side.txt': 's\n' })
  await commit('left')
  await repository.switch({ to: 'main', create: false, detach: 'never', force: false })
  return made
}

test('commits come newest first, from HEAD or what is named', async (t) => {
  const made = await forked(t)
  t.is(await messages(made), 'three two one')
  t.is(await messages(made, { revisions: ['side'] }), 'left one')
  t.is(await messages(made, { revisions: ['side', 'main'] }), 'left three two one')
  t.is(await messages(made, { all: true }), 'left three two one')
  t.is(await messages(made, { topological: true }), 'three two one')
})

test("ranges and '^' leave out what another revision has", async (t) => {
  const made = await forked(t)
  t.is(await messages(made, { revisions: ['side..main'] }), 'three two')
  t.is(await messages(made, { revisions: ['side..'] }), 'three two')
  t.is(await messages(made, { revisions: ['side...main'] }), 'left three two')
  t.is(await messages(made, { revisions: ['^side'] }), 'three two')
  t.is(await messages(made, { revisions: ['main', '^main~1'] }), 'three')
  t.is(await messages(made, { revisions: ['main..main'] }), '')
})

test('limit, since and until cut the list', async (t) => {
  const made = await forked(t)
  t.is(await messages(made, { limit: 2 }), 'three two')
  t.is(await messages(made, { limit: 0 }), '')
  t.is(await messages(made, { since: TEST_TIME + 2 * MINUTE }), 'three two')
  t.is(await messages(made, { until: TEST_TIME + 2 * MINUTE }), 'two one')
  t.is(await messages(made, { until: TEST_TIME + 2 * MINUTE, limit: 1 }), 'two')
})

test('with paths only commits that change something there are listed, also for what is gone', async (t) => {
  const made = await forked(t)
  t.is(await messages(made, { paths: ['a.txt'] }), 'two one')
  t.is(await messages(made, { paths: ['data'] }), 'three one')
  t.is(await messages(made, { paths: ['data/x.csv'] }), 'three one')
  t.is(await messages(made, { paths: ['**/*.csv'] }), 'three one')
  t.is(await messages(made, { paths: ['data/y.csv', 'a.txt'], limit: 2 }), 'three two')
  t.is(await messages(made, { paths: ['a.txt'], revisions: ['side..main'] }), 'two')
  t.is(await messages(made, { paths: ['a.txt'], revisions: ['main~1..main'] }), '')
})

test('a path that never was is an error that names the nearest', async (t) => {
  const made = await forked(t)
  const error = await t.throwsAsync(messages(made, { paths: ['data/z.csv'] }), { code: 'DV_UNKNOWN_PATH' })
  t.like(error, { data: { path: 'data/z.csv', nearest: ['data/y.csv'] } })
  await t.throwsAsync(messages(made, { paths: ['../a'] }), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(messages(made, { paths: ['*.nope'] }), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(messages(made, { revisions: ['nope'] }), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(messages(made, { revisions: ['a....b'] }), { code: 'DV_BAD_REVISION' })
})

test('in a folder, paths are seen from there', async (t) => {
  const made = await forked(t)
  const repository = await made.openAt('data')
  t.is(await messages({ ...made, repository }, { paths: ['y.csv'] }), 'three')
  t.is(await messages({ ...made, repository }, { paths: ['../a.txt'] }), 'two one')
})

test('a merge that took all of a path from one parent is left out with the other lines', async (t) => {
  const made = await forked(t)
  await mergeByHand(made, 'merged', { tree: 'main', parents: ['main', 'side'] })
  t.is(await messages(made, { revisions: ['merged'], paths: ['a.txt'] }), 'two one')
  t.is(await messages(made, { revisions: ['merged'] }), 'merged left three two one')
  const graph = { revisions: ['merged'], paths: ['a.txt'], topological: true }
  const [two, one] = await collect(made.repository.log({ ...LOG, ...graph }))
  t.deepEqual(two!.parents, [one!.id])
})

test('for a graph, parents are the nearest commits shown', async (t) => {
  const made = await forked(t)
  const entries = await collect(made.repository.log({ ...LOG, paths: ['data'], topological: true }))
  t.deepEqual(
    entries.map(({ message }) => message),
    ['three', 'one'],
  )
  t.deepEqual(entries[0]!.parents, [entries[1]!.id])
  t.deepEqual(entries[1]!.parents, [])
})

/** A merge commit with the tree of one side, on a branch of its own. */
async function mergeByHand(made: TestRepository, name: string, of: { tree: string; parents: string[] }) {
  const { store, storage } = await made.internals()
  const idOf = async (revision: string) => {
    const [entry] = await collect(made.repository.log({ ...LOG, revisions: [revision], limit: 1 }))
    return parseId<'commit'>(entry!.id)
  }
  const model = await readCommit(store, await idOf(of.tree))
  const committer = { ...model.committer, time: TEST_TIME + 10 * MINUTE }
  const parents = await Promise.all(of.parents.map(idOf))
  const writer = new StoreWriter(store, { kind: 'node' })
  const id = await writer.writeObject('commit', encodeCommit({ ...model, committer, parents, message: name }))
  await publishPacks(storage, await writer.finish())
  await made.repository.createBranch({ name, start: toHex(id), force: false })
}

test('changes are summed against the first parent, within the paths asked for', async (t) => {
  const made = await forked(t)
  const sums = async (options: Partial<LogOptions>) =>
    (await collect(made.repository.log({ ...LOG, changes: true, ...options }))).map(({ changes }) => changes)
  const none = { added: 0, modified: 0, deleted: 0, renamed: 0, bytesAdded: 0, bytesRemoved: 0 }
  t.deepEqual(await sums({}), [
    { ...none, added: 1, deleted: 1, bytesAdded: 2, bytesRemoved: 2 },
    { ...none, modified: 1, bytesAdded: 2 },
    { ...none, added: 2, bytesAdded: 4 },
  ])
  t.deepEqual(await sums({ paths: ['a.txt'] }), [
    { ...none, modified: 1, bytesAdded: 2 },
    { ...none, added: 1, bytesAdded: 2 },
  ])
})

test('what points at a commit is listed with it', async (t) => {
  const made = await forked(t)
  const { repository } = made
  await repository.createTag({ name: 'v1', force: false })
  const [head, , first] = await collect(repository.log({ ...LOG }))
  await made.setRemoteBranch('origin/main', first!.id)
  t.deepEqual(head!.refs, [
    { kind: 'head', name: 'main' },
    { kind: 'branch', name: 'main' },
    { kind: 'tag', name: 'v1' },
  ])
  const entries = await collect(repository.log({ ...LOG }))
  t.deepEqual(entries.at(-1)!.refs, [{ kind: 'remote', name: 'origin/main' }])
  await repository.switch({ to: 'main~1', create: false, detach: 'always', force: false })
  const [detached] = await collect(repository.log({ ...LOG, limit: 1 }))
  t.deepEqual(detached!.refs, [{ kind: 'head', name: 'HEAD' }])
})

test('nothing is listed before the first commit but with --all', async (t) => {
  const made = await testRepository(t)
  await t.throwsAsync(messages(made), { code: 'DV_UNKNOWN_REVISION' })
  t.is(await messages(made, { all: true }), '')
})

test('an abort ends the walk', async (t) => {
  const made = await forked(t)
  const abort = new AbortController()
  const walk = made.repository.log({ ...LOG, signal: abort.signal })[Symbol.asyncIterator]()
  await walk.next()
  abort.abort(new Error('enough'))
  await t.throwsAsync(async () => walk.next(), { message: 'enough' })
})
