import test from 'ava'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'

async function head(one: TestRepository) {
  const options = { revisions: ['HEAD'], paths: [], limit: 1, all: false, changes: false, topological: false }
  return (await collect(one.repository.log(options)))[0]!
}

function files(one: TestRepository): Record<string, string> {
  return Object.fromEntries(one.list().map((file) => [file, one.read(file)]))
}

test('what a commit changed is taken back, what came later stays', async (t) => {
  const one = await testRepository(t, { a: '1\n2\n3\n', b: '1' })
  one.write({ a: 'X\n2\n3\n', b: undefined, c: 'new' })
  await one.commit('Change things\n\nwith a body')
  one.write({ a: 'X\n2\nlater\n', d: 'later' })
  await one.commit('Later')
  const result = await one.repository.revert({ revision: 'HEAD~1' })
  t.like(result, { outcome: 'merged', theirs: 'HEAD~1', commit: { subject: 'Revert "Change things"' } })
  t.deepEqual(files(one), { a: '1\n2\nlater\n', b: '1', d: 'later' })
  t.is((await head(one)).parents.length, 1)
  await one.repository.undo({})
  t.deepEqual(files(one), { a: 'X\n2\nlater\n', c: 'new', d: 'later' })
})

test('the first commit can be reverted, too', async (t) => {
  const one = await testRepository(t, { a: '1', 'd/b': '2' })
  one.write({ c: '3' })
  await one.commit('More')
  await one.repository.revert({ revision: 'HEAD~1', message: 'Begin again' })
  t.deepEqual(files(one), { c: '3' })
  t.is((await head(one)).message, 'Begin again')
})

test('of a merge commit, what it brought in is taken back', async (t) => {
  const one = await testRepository(t, { a: '1' })
  const to = { create: false, detach: 'never', force: false } as const
  await one.repository.switch({ ...to, to: 'topic', create: true })
  one.write({ b: '2' })
  await one.commit('Theirs')
  await one.repository.switch({ ...to, to: 'main' })
  one.write({ c: '3' })
  await one.commit('Ours')
  await one.repository.merge({ revision: 'topic', fastForward: 'allowed' })
  await one.repository.revert({ revision: 'HEAD' })
  t.deepEqual(files(one), { a: '1', c: '3' })
})

test('where nothing of a commit is left there is nothing to take back', async (t) => {
  const one = await testRepository(t, { a: '1' })
  one.write({ a: '2' })
  await one.commit('Two')
  one.write({ a: '1' })
  await one.commit('One again')
  const result = await one.repository.revert({ revision: 'HEAD~1' })
  t.is(result.outcome, 'up-to-date')
  t.is((await head(one)).message, 'One again')
})

test('a revert with conflicts waits, and ends with one parent', async (t) => {
  const one = await testRepository(t, { a: '1\n' })
  one.write({ a: '2\n' })
  await one.commit('Two')
  one.write({ a: '3\n' })
  await one.commit('Three')
  const result = await one.repository.revert({ revision: 'HEAD~1' })
  t.is(result.outcome, 'conflicts')
  t.regex(one.read('a'), /^<<<<<<< main\n3\n=======\n1\n>>>>>>> before-[0-9a-f]{10}\n$/)
  const { unfinished } = await one.repository.status({ all: true, paths: [], rehash: false })
  t.like(unfinished, { kind: 'revert', theirs: 'HEAD~1' })
  await one.repository.resolveMerge({ side: 'theirs', paths: [] })
  const ended = await one.repository.continueMerge({})
  t.is(ended.commit!.subject, 'Revert "Two"')
  t.deepEqual(files(one), { a: '1\n' })
  t.is((await head(one)).parents.length, 1)
})

test('a revert that comes to nothing is not committed', async (t) => {
  const one = await testRepository(t, { a: '1\n' })
  one.write({ a: '2\n' })
  await one.commit('Two')
  one.write({ a: '3\n' })
  await one.commit('Three')
  await one.repository.revert({ revision: 'HEAD~1' })
  await one.repository.resolveMerge({ side: 'ours', paths: ['a'] })
  await t.throwsAsync(one.repository.continueMerge({}), { code: 'DV_NOTHING_TO_COMMIT' })
  await one.repository.abortMerge({})
  t.deepEqual(files(one), { a: '3\n' })
})
