import fs from 'node:fs'
import path from 'node:path'
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

test('a deletion that is not committed is not forgotten by leaving its file out', async (t) => {
  const { repository, root, list } = await testRepository(t, FILES)
  const deleted = async () => (await repository.status(STATUS)).groups.deleted.items.map((item) => item.path)
  fs.rmSync(path.join(root, 'b'), { recursive: true })
  fs.rmSync(path.join(root, 'a/one'))
  const leave = (force: boolean) => repository.sparse({ patterns: ['a', 'top'], force })
  await t.throwsAsync(leave(false), { code: 'DV_WOULD_OVERWRITE', message: /'b\/one'/ })
  t.deepEqual(await deleted(), ['a/one', 'b/one'])
  await leave(true)
  t.deepEqual(await deleted(), ['a/one'])
  await repository.undo({})
  t.deepEqual(list(), ['a/two', 'top'])
  t.deepEqual(await deleted(), ['a/one', 'b/one'])
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

test('what was written where a path was left out stays there when the patterns change', async (t) => {
  const { repository, write, read } = await testRepository(t, { 'd/a': 'a', 'd/b': 'b' })
  await repository.sparse({ patterns: ['nothing/**'], force: false })
  write({ 'd/b': 'mine' })
  for (const patterns of [['d/a'], ['nothing/**'], ['d/a']]) {
    await repository.sparse({ patterns, force: false })
    t.is(read('d/b'), 'mine')
  }
  await t.throwsAsync(repository.sparse({ patterns: undefined, force: false }), {
    code: 'DV_WOULD_OVERWRITE',
  })
  t.is(read('d/b'), 'mine')
})

test('a path that was left out is not restored in silence, and a path in the place of a revision is told what to type', async (t) => {
  const { repository } = await testRepository(t, FILES)
  await repository.sparse({ patterns: ['a'], force: false })
  const restore = (paths: string[]) => repository.restore({ source: 'HEAD', paths })
  const error = await t.throwsAsync(restore(['b']), { code: 'DV_UNKNOWN_PATH' })
  t.regex((error as { hint?: string }).hint!, /dv checkout --add b\/one/)
  t.is((await restore(['a'])).written, 0)
  const goTo = (to: string) => repository.switch({ to, create: false, detach: 'auto', force: false })
  for (const [typed, hint] of [
    ['b/one', 'dv checkout --add b/one'],
    ['a', 'dv restore a'],
  ] as const) {
    const refused = await t.throwsAsync(goTo(typed), { code: 'DV_UNKNOWN_REVISION' })
    t.true((refused as { hint?: string }).hint!.includes(hint))
  }
  await t.throwsAsync(goTo('none'), { code: 'DV_UNKNOWN_REVISION', message: /no (branch|commit)|none/ })
})

test('a change of what is checked out that ends in the middle deletes nothing, and goes on when typed again', async (t) => {
  const { repository, root, list, write, commit } = await testRepository(t, FILES)
  await repository.sparse({ patterns: ['a'], force: false })
  const change = { patterns: ['b', 'top'], force: false }
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'Checking out') throw new Error('stopped')
  }
  await t.throwsAsync(repository.sparse({ ...change, onProgress }), { message: 'stopped' })
  fs.rmSync(path.join(root, 'top'))
  t.deepEqual(list(), ['b/one'])
  const status = await repository.status(STATUS)
  t.true(status.clean)
  t.is(status.notHere?.files, 4)
  write({ new: 'new' })
  t.like((await commit('In the middle')).changes, { added: 1, modified: 0, deleted: 0 })
  await repository.sparse(change)
  t.deepEqual(list(), ['b/one', 'top'])
  await repository.sparse({ patterns: undefined, force: false })
  t.deepEqual(list(), ['a/one', 'a/two', 'b/one', 'new', 'top'])
  t.true((await repository.status(STATUS)).clean)
})
