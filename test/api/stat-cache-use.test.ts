// What a look at the working directory reads, and that it is never taken in by times that lie.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { closeContext, type Context, openContext, workTree } from '../../src/api/context.js'
import { currentHead, manifestOf } from '../../src/api/context.js'
import { workingChanges } from '../../src/workspace/index.js'
import { type TestRepository, testRepository } from '../helpers/repository.js'

/** The paths that differ from HEAD, with how many files were hashed and manifest nodes read to find out. */
async function look(t: ExecutionContext, { root }: TestRepository) {
  const context: Context = await openContext({ cwd: root, env: {}, clock: () => 0, zone: 0 })
  try {
    const base = await manifestOf(context, (await currentHead(context)).commit)
    const tree = workTree(context)
    const counts = { hashed: 0, nodes: 0 }
    const run = tree.pool.run.bind(tree.pool)
    tree.pool.run = (task, options) => {
      if (task.type === 'hash') counts.hashed += task.paths.length
      return run(task, options)
    }
    const reader = {
      readObject: (...args: Parameters<typeof context.store.readObject>) => {
        counts.nodes++
        return context.store.readObject(...args)
      },
      readChunk: () => t.fail('no chunk is read') as never,
      purged: () => context.store.purged(),
    }
    const paths: string[] = []
    const counted = { ...tree, reader: reader as unknown as typeof tree.reader }
    for await (const batch of workingChanges(counted, base, { remember: 'if-free' }))
      paths.push(...batch.map((change) => change.path))
    return { ...counts, paths, workers: tree.pool.started }
  } finally {
    await closeContext(context)
  }
}

/** Until files written by now are older than the file system's clock. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30))
}

const FILES = { a: 'one', 'd/b': 'two', 'd/c': { link: 'b' }, x: { executable: 'three' } }
const NOTHING = { hashed: 0, nodes: 0, paths: [], workers: 0 }

test('after a commit nothing is hashed, no manifest is read and no worker started', async (t) => {
  const repository = await testRepository(t)
  repository.write(FILES)
  await settle()
  await repository.commit('First')
  t.deepEqual(await look(t, repository), NOTHING)
})

test('after a commit of some paths only the others are looked up', async (t) => {
  const repository = await testRepository(t, FILES)
  repository.write({ a: 'six', 'd/b': 'ten' })
  await settle()
  await repository.commit('One', { paths: ['a'] })
  await look(t, repository)
  const { paths, hashed } = await look(t, repository)
  t.deepEqual({ paths, hashed }, { paths: ['d/b'], hashed: 0 })
})

test('after a switch, a restore and an undo nothing is hashed', async (t) => {
  const repository = await testRepository(t, FILES)
  const first = (await repository.repository.status({ all: true, paths: [], rehash: false })).commit!.id
  repository.write({ a: 'six', 'd/b': 'ten', 'e/f': 'new' })
  await repository.commit('Second')
  const go = (to: string) =>
    repository.repository.switch({ to, create: false, detach: 'always', force: false })
  await go(first)
  t.deepEqual(await look(t, repository), NOTHING)
  repository.write({ a: 'odd' })
  await repository.repository.restore({ paths: ['a'] })
  t.deepEqual(await look(t, repository), NOTHING)
  await repository.repository.undo({})
  await repository.repository.undo({})
  t.is((await look(t, repository)).hashed, 0)
})

test('a file written again with the same size is seen, however soon', async (t) => {
  const repository = await testRepository(t, { a: 'one' })
  for (const [i, text] of ['two', 'six', 'ten', 'one', 'two'].entries()) {
    repository.write({ a: text })
    await repository.commit(`Commit ${i}`)
    repository.write({ a: 'odd' })
    t.deepEqual((await look(t, repository)).paths, ['a'])
  }
})

test('a file changed with its old times put back is seen by its ctime', async (t) => {
  const repository = await testRepository(t, { a: 'one' })
  const file = path.join(repository.root, 'a')
  await settle()
  const { atime, mtime } = fs.statSync(file)
  fs.writeFileSync(file, 'two')
  fs.utimesSync(file, atime, mtime)
  t.deepEqual((await look(t, repository)).paths, ['a'])
})

test('an edit is seen after the commit of it is taken back, and taken back again', async (t) => {
  const repository = await testRepository(t, { a: 'one', b: 'one' })
  repository.write({ a: 'two', b: 'two', c: 'new' })
  await repository.commit('One', { paths: ['b'] })
  await look(t, repository)
  await repository.repository.undo({})
  for (let i = 0; i < 2; i++) t.deepEqual((await look(t, repository)).paths, ['a', 'b', 'c'])
  await repository.repository.undo({})
  for (let i = 0; i < 2; i++) t.deepEqual((await look(t, repository)).paths, ['a', 'c'])
})

test('a restore from another commit does not make the rest look like that commit', async (t) => {
  const repository = await testRepository(t, { a: 'one', b: 'one' })
  const first = (await repository.repository.status({ all: true, paths: [], rehash: false })).commit!.id
  repository.write({ a: 'two', b: 'two' })
  await repository.commit('Second')
  await repository.repository.restore({ source: first, paths: ['a'] })
  for (let i = 0; i < 2; i++) t.deepEqual((await look(t, repository)).paths, ['a'])
  await repository.repository.undo({})
  t.deepEqual((await look(t, repository)).paths, [])
})

test('a damaged, foreign or missing cache costs reading, never a wrong answer', async (t) => {
  const repository = await testRepository(t, FILES)
  const cache = path.join(repository.root, '.dv/stat')
  const whole = fs.readFileSync(cache)
  const flipped = Buffer.from(whole)
  flipped[60]! ^= 1
  for (const bytes of [flipped, whole.subarray(0, 50), Buffer.alloc(0), Buffer.from('not a cache')]) {
    fs.writeFileSync(cache, bytes)
    t.deepEqual((await look(t, repository)).paths, [])
    t.deepEqual((await look(t, repository)).hashed, 0)
  }
  repository.write({ a: 'two' })
  fs.rmSync(cache)
  t.deepEqual((await look(t, repository)).paths, ['a'])
})

test('a mode, a link and a kind that change are changes', async (t) => {
  const repository = await testRepository(t, FILES)
  repository.write({ a: { executable: 'one' }, 'd/c': { link: 'a' }, x: { link: 'a' } })
  t.deepEqual((await look(t, repository)).paths, ['a', 'd/c', 'x'])
  repository.write({ 'd/b': undefined, 'd/c': undefined, d: 'now a file' })
  t.deepEqual((await look(t, repository)).paths, ['a', 'd', 'd/b', 'd/c', 'x'])
})

test('a status does not keep another process from committing', async (t) => {
  const repository = await testRepository(t, FILES)
  repository.write({ a: 'two' })
  const context = await openContext({ cwd: repository.root, env: {}, clock: () => 0, zone: 0 })
  const base = await manifestOf(context, (await currentHead(context)).commit)
  const looking = workingChanges(workTree(context), base, { remember: 'if-free' })
  await looking.next()
  await repository.commit('Meanwhile')
  await looking.next()
  await closeContext(context)
  t.deepEqual((await look(t, repository)).paths, [])
})

/** A repository of so many files that one of them is little. */
async function manyFiles(t: ExecutionContext): Promise<TestRepository> {
  const repository = await testRepository(t)
  for (let i = 100; i < 200; i++) repository.write({ [`d/${i}`]: `${i}` })
  await settle()
  await repository.commit('First')
  return repository
}

const cacheFiles = ({ root }: TestRepository) =>
  ['stat', 'stat-changes'].map((name) => {
    const file = path.join(root, '.dv', name)
    return fs.existsSync(file) ? fs.readFileSync(file) : undefined
  })

test('little that changed is kept beside the cache, much is merged into it', async (t) => {
  const repository = await manyFiles(t)
  const [whole, none] = cacheFiles(repository)
  t.is(none, undefined)
  repository.write({ 'd/110': 'new', 'd/111': undefined, 'a/b': 'added', 'd/112': { link: '113' } })
  await settle()
  await repository.commit('Second')
  t.deepEqual(cacheFiles(repository)[0], whole)
  t.deepEqual(await look(t, repository), NOTHING)
  repository.write({ 'd/111': 'again', 'd/149': undefined })
  t.deepEqual((await look(t, repository)).paths, ['d/111', 'd/149'])
  repository.write({ 'd/111': undefined, 'd/149': '149' })
  await settle()
  t.deepEqual((await look(t, repository)).paths, [])
  t.deepEqual(cacheFiles(repository)[0], whole)
  for (let i = 160; i < 180; i++) repository.write({ [`d/${i}`]: 'new' })
  await settle()
  await repository.commit('Third')
  t.notDeepEqual(cacheFiles(repository)[0], whole)
  t.is(cacheFiles(repository)[1], undefined)
  t.deepEqual(await look(t, repository), NOTHING)
})

test('a cache of another version is replaced by the first look', async (t) => {
  const repository = await manyFiles(t)
  const cache = path.join(repository.root, '.dv/stat')
  const older = fs.readFileSync(cache)
  older[7] = 1
  fs.writeFileSync(cache, older)
  t.deepEqual((await look(t, repository)).paths, [])
  t.deepEqual(await look(t, repository), NOTHING)
})

test('a commit of what is recorded already writes no cache', async (t) => {
  const repository = await manyFiles(t)
  const before = cacheFiles(repository)
  await repository.commit('Second', { allowEmpty: true })
  t.deepEqual(cacheFiles(repository), before)
})

test('changes that are damaged, or belong to another cache, cost reading, never a wrong answer', async (t) => {
  const repository = await manyFiles(t)
  const [first] = cacheFiles(repository)
  repository.write({ 'd/110': 'new', 'd/111': undefined })
  await settle()
  await repository.commit('Second')
  const [, changes] = cacheFiles(repository)
  const flipped = Buffer.from(changes!)
  flipped[20]! ^= 1
  for (const bytes of [flipped, changes!.subarray(0, 50), Buffer.alloc(0)]) {
    fs.writeFileSync(path.join(repository.root, '.dv/stat-changes'), bytes)
    t.deepEqual((await look(t, repository)).paths, [])
  }
  for (let i = 160; i < 180; i++) repository.write({ [`d/${i}`]: 'new' })
  await settle()
  await repository.commit('Third')
  // What a loss of power may leave of two commits.
  fs.writeFileSync(path.join(repository.root, '.dv/stat-changes'), changes!)
  t.deepEqual(await look(t, repository), NOTHING)
  fs.writeFileSync(path.join(repository.root, '.dv/stat'), first!)
  t.deepEqual((await look(t, repository)).paths, [])
})
