import test from 'ava'
import { type CommitId, hashObject, type ManifestId } from '../../src/hash/index.js'
import { branchRef, readRef, updateRef } from '../../src/refs/index.js'
import {
  appendOperation,
  findOperation,
  isEffective,
  iterHeadHistory,
  iterOperations,
  iterOperationsWithEffect,
  iterRefHistory,
  listOperationWorkdirs,
  newWorkdirId,
  type NewOperation,
  parseOperationId,
  readOperation,
} from '../../src/repo/index.js'
import { seal } from '../../src/codec/index.js'
import { createDirectoryStorage, memoryStorage, type Storage } from '../../src/storage/index.js'
import { temporaryFolder } from '../storage/temporary.js'

const main = branchRef('main')
const commit = (text: string): CommitId => hashObject('commit', Buffer.from(text))
const manifest = (text: string): ManifestId => hashObject('manifest', Buffer.from(text))
const plain: NewOperation = { time: 1, verb: 'restore', args: [], refs: [] }

/** Moves `ref` as a command does: record, then the ref. `crash` stops in between. */
async function move(
  storage: Storage,
  workdir: string,
  to: string | undefined,
  { ref = main, crash = false } = {},
) {
  const now = await readRef(storage, ref)
  const before = now && { target: now.value.target, operation: now.value.operation }
  const after = to === undefined ? undefined : { target: commit(to) }
  const operation = await appendOperation(storage, workdir, {
    ...plain,
    verb: 'commit',
    refs: [{ ref, ...(before && { before }), ...(after && { after }) }],
  })
  if (crash) return operation
  const next = after && { ...after, operation: operation.id, updated: 1 }
  await updateRef(storage, ref, { expected: now, next })
  return operation
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const effects = async (storage: Storage, workdir: string) =>
  (await all(iterOperationsWithEffect(storage, workdir))).map(({ effective }) => effective)
const past = async (storage: Storage, ref = main) =>
  (await all(iterRefHistory(storage, ref))).map(({ target }) => Buffer.from(target))

test('an operation is recorded with all of its fields, and read back', async (t) => {
  const storage = memoryStorage()
  const full: NewOperation = {
    time: 1790000000000,
    verb: 'checkout',
    args: ['checkout', 'https://a:b@host/x'],
    refs: [
      {
        ref: main,
        before: { target: commit('a'), operation: 'x' },
        after: { target: commit('b'), tag: hashObject('tag', Buffer.from('t')) },
      },
      { ref: branchRef('gone') },
    ],
    head: { before: { branch: 'main' }, after: { commit: commit('b') } },
    saved: manifest('s'),
    worktree: { before: manifest('b'), after: manifest('a') },
    undoes: 'w-1-00000000',
  }
  const written = await appendOperation(storage, 'w1', full)
  t.deepEqual(written, { ...full, args: ['checkout', 'https://host/x'], n: 1, id: written.id })
  t.deepEqual(parseOperationId(written.id), { workdir: 'w1', n: 1 })
  t.deepEqual(await readOperation(storage, 'w1', 1), written)
  t.deepEqual(await findOperation(storage, written.id), written)
  t.is(await findOperation(storage, 'w1-1-00000000'), undefined)
  t.is(await findOperation(storage, 'nonsense'), undefined)
})

test('operations of each working directory are numbered without gaps, newest first', async (t) => {
  const storage = memoryStorage()
  for (let i = 0; i < 12; i++) await appendOperation(storage, 'w1', plain)
  await appendOperation(storage, 'w10', plain)
  t.deepEqual(
    (await all(iterOperations(storage, 'w1'))).map(({ n }) => n),
    [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
  )
  t.deepEqual(await listOperationWorkdirs(storage), ['w1', 'w10'])
  t.deepEqual(await all(iterOperations(storage, newWorkdirId())), [])
})

for (const kind of ['memory', 'directory']) {
  test(`racing writers of one working directory lose no operation (${kind})`, async (t) => {
    const storage = kind === 'memory' ? memoryStorage() : createDirectoryStorage(temporaryFolder(t))
    const written = await Promise.all(
      Array.from({ length: 8 }, (_, i) => appendOperation(storage, 'w', { ...plain, verb: `v${i}` })),
    )
    const read = await all(iterOperations(storage, 'w'))
    t.deepEqual(
      read.map(({ n }) => n),
      [8, 7, 6, 5, 4, 3, 2, 1],
    )
    t.deepEqual(read.map(({ id }) => id).sort(), written.map(({ id }) => id).sort())
  })
}

test('only as much is read as is asked for', async (t) => {
  const storage = memoryStorage()
  for (let i = 0; i < 5; i++) await appendOperation(storage, 'w', plain)
  let reads = 0
  const counted: Storage = { ...storage, get: (name, range) => (reads++, storage.get(name, range)) }
  for await (const { n } of iterOperations(counted, 'w')) if (n === 4) break
  t.is(reads, 2)
})

test('a missing operation is DV_CORRUPT and named; old ones may have been taken away', async (t) => {
  const storage = memoryStorage()
  for (let i = 0; i < 5; i++) await appendOperation(storage, 'w', plain)
  await storage.delete('operations/w/1')
  t.is((await all(iterOperations(storage, 'w'))).length, 4)
  await storage.delete('operations/w/3')
  await t.throwsAsync(all(iterOperations(storage, 'w')), { code: 'DV_CORRUPT', message: /Operation 3/ })
})

const bad: [string, object][] = [
  ['an unknown version', { version: 9 }],
  ["another's number", { n: 2, id: 'w-2-00000000' }],
  ["another's working directory", { id: 'x-1-00000000' }],
  ['no id', { id: undefined }],
  ['no time', { time: '1' }],
  ['refs that are no list', { refs: {} }],
  ['a ref without a name', { refs: [{}] }],
  ['a target that is no id', { refs: [{ ref: 'refs/heads/main', after: { target: 'x' } }] }],
  [
    'a before without its operation',
    { refs: [{ ref: 'refs/heads/main', before: { target: '0'.repeat(64) } }] },
  ],
  ['a head that is text', { head: 'main' }],
  ['an argument that is no text', { args: ['a', { toString: 1, valueOf: 1 }] }],
  ['half a worktree', { worktree: { before: '0'.repeat(64) } }],
]
for (const [name, fields] of bad) {
  test(`a record with ${name} is DV_CORRUPT`, async (t) => {
    const storage = memoryStorage()
    const good = { version: 1, n: 1, id: 'w-1-00000000', time: 1, verb: 'x', args: [], refs: [] }
    await storage.put('operations/w/1', seal({ ...good, ...fields }))
    await t.throwsAsync(readOperation(storage, 'w', 1), { code: 'DV_CORRUPT', message: /operations\/w\/1/ })
  })
}

test('an operation counts when its refs show it, not when it crashed before', async (t) => {
  const storage = memoryStorage()
  await move(storage, 'w', 'a')
  const crashed = await move(storage, 'w', 'b', { crash: true })
  await move(storage, 'w', 'c')
  const last = await move(storage, 'w', 'd', { crash: true })
  t.deepEqual(await effects(storage, 'w'), [false, true, false, true])
  t.false(await isEffective(storage, crashed))
  t.false(await isEffective(storage, last))
  t.deepEqual(await past(storage), [commit('c'), commit('a')])
})

test('deletion, a deletion that crashed, and making the branch anew are told apart', async (t) => {
  const storage = memoryStorage()
  await move(storage, 'w', 'a')
  await move(storage, 'w', undefined, { crash: true })
  t.deepEqual(await effects(storage, 'w'), [false, true])
  await move(storage, 'w', undefined)
  t.deepEqual(await effects(storage, 'w'), [true, false, true])
  await move(storage, 'w', 'b')
  t.deepEqual(await effects(storage, 'w'), [true, true, false, true])
  t.deepEqual(await past(storage), [commit('b')])
})

test("a ref's past goes through all working directories of the store", async (t) => {
  const storage = memoryStorage()
  await move(storage, 'w1', 'a')
  await move(storage, 'w2', 'b')
  await move(storage, 'w1', 'c')
  await move(storage, 'w1', 'x', { ref: branchRef('other') })
  t.deepEqual(await past(storage), [commit('c'), commit('b'), commit('a')])
  t.deepEqual(await effects(storage, 'w1'), [true, true, true])
  t.deepEqual(await effects(storage, 'w2'), [true])
  t.deepEqual(await past(storage, branchRef('none')), [])
})

test("a ref's past ends where another machine set it", async (t) => {
  const storage = memoryStorage()
  await updateRef(storage, main, {
    expected: undefined,
    next: { target: commit('a'), operation: 'ffff-3-00000000', updated: 1 },
  })
  await move(storage, 'w', 'b')
  t.deepEqual(await past(storage), [commit('b'), commit('a')])
})

test('an operation that moves no ref counts, and what was checked out is told', async (t) => {
  const storage = memoryStorage()
  const heads = [{}, { branch: 'main', commit: commit('a') }, { branch: 'dev', commit: commit('b') }]
  await appendOperation(storage, 'w', { ...plain, head: { before: heads[0]!, after: heads[1]! } })
  await appendOperation(storage, 'w', plain)
  await appendOperation(storage, 'w', { ...plain, head: { before: heads[1]!, after: heads[2]! } })
  t.deepEqual(await effects(storage, 'w'), [true, true, true])
  t.deepEqual(await all(iterHeadHistory(storage, 'w')), heads.toReversed())
})

test('names of working directories cannot leave their folder', async (t) => {
  for (const name of ['', '..', 'a/b', 'A', 'a-b']) {
    await t.throwsAsync(appendOperation(memoryStorage(), name, plain), { code: 'DV_BAD_NAME' })
  }
})
