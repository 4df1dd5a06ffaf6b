import test from 'ava'
import { testRepository } from '../helpers/repository.js'

const FILES = { 'a/one': '1', 'a/two': '2', 'b/one': '3', top: '4' }
const STATUS = { all: true, paths: [], rehash: false }

test('only what the patterns mean is on disk; commits keep the rest; everything comes back', async (t) => {
  const { repository, list, write, commit } = await testRepository(t, FILES)
  const { removed, total } = await repository.sparse({ patterns: ['a'], force: false })
  t.is(removed, 2)
  t.is(total.files, 2)
  t.deepEqual(list(), ['a/one', 'a/two'])
  t.true((await repository.status(STATUS)).clean)
  write({ 'a/two': 'changed', 'c/new': 'outside the patterns' })
  const made = await commit('Sparse')
  t.like(made.changes, { added: 1, modified: 1, deleted: 0 })
  t.is(made.total.files, 5)
  await repository.sparse({ patterns: undefined, force: false })
  t.deepEqual(list(), ['a/one', 'a/two', 'b/one', 'c/new', 'top'])
  t.true((await repository.status(STATUS)).clean)
})

test('a changed file that is to leave stops it, is saved by force, and comes back by undo', async (t) => {
  const { repository, list, write, read } = await testRepository(t, FILES)
  write({ 'b/one': 'mine' })
  await t.throwsAsync(repository.sparse({ patterns: ['a'], force: false }), { code: 'DV_WOULD_OVERWRITE' })
  t.is(await repository.sparsePatterns(), undefined)
  await repository.sparse({ patterns: ['a'], force: true })
  t.deepEqual(list(), ['a/one', 'a/two'])
  await repository.undo({})
  t.is(await repository.sparsePatterns(), undefined)
  t.is(read('b/one'), 'mine')
  t.deepEqual(
    (await repository.status(STATUS)).groups.modified.items.map((item) => item.path),
    ['b/one'],
  )
})

test('an undo brings back the patterns before, and again the later ones', async (t) => {
  const { repository, list } = await testRepository(t, FILES)
  await repository.sparse({ patterns: ['a'], force: false })
  await repository.sparse({ patterns: ['b', 'top'], force: false })
  await repository.undo({})
  t.deepEqual(list(), ['a/one', 'a/two'])
  t.deepEqual(await repository.sparsePatterns(), ['a'])
  await repository.undo({})
  t.deepEqual(list(), ['b/one', 'top'])
})

test('a switch changes what is checked out, and what stands there although it is left out', async (t) => {
  const { repository, write, commit, read, list } = await testRepository(t, FILES)
  const first = (await repository.status(STATUS)).commit!.id
  write({ 'a/one': 'new', 'b/one': 'new', top: 'new' })
  await commit('Second')
  await repository.sparse({ patterns: ['a'], force: false })
  write({ top: 'new' })
  t.true((await repository.status(STATUS)).clean)
  await repository.switch({ to: first, create: false, detach: 'always', force: false })
  t.deepEqual(list(), ['a/one', 'a/two', 'top'])
  t.is(read('a/one'), '1')
  t.is(read('top'), '4')
  t.true((await repository.status(STATUS)).clean)
})
