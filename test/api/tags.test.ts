import fc from 'fast-check'
import test from 'ava'
import { nameMatcher } from '../../src/api/name-pattern.js'
import { TEST_TIME, testRepository } from '../helpers/repository.js'

test('a plain tag names a commit, an annotated one says who, when and why', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  made.write({ a: '2' })
  const { commit } = await made.commit('Two')
  const plain = await repository.createTag({ name: 'v1', revision: 'HEAD~1', force: false })
  t.deepEqual(plain, { name: 'v1', commit: commit.parents[0]!, short: commit.parents[0]!.slice(0, 10) })
  const noted = await repository.createTag({ name: 'paper', message: 'Used in it\n', force: false })
  t.deepEqual(noted, {
    ...{ name: 'paper', commit: commit.id, short: commit.short, message: 'Used in it' },
    tagger: { name: 'Ada', email: 'ada@example.org', time: TEST_TIME + 120_000, zone: 0 },
  })
  t.deepEqual(await repository.tags({ patterns: [] }), [noted, plain])
  t.deepEqual(await repository.tags({ patterns: ['v*', 'x'] }), [plain])
})

test('a tag is moved only with force, and undo takes that back', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  const first = await repository.createTag({ name: 'v1', message: 'first', force: false })
  made.write({ a: '2' })
  const { commit } = await made.commit('Two')
  await t.throwsAsync(repository.createTag({ name: 'v1', force: false }), { code: 'DV_ALREADY_EXISTS' })
  t.is((await repository.createTag({ name: 'v1', force: true })).commit, commit.id)
  await repository.undo({})
  t.deepEqual(await repository.tags({ patterns: [] }), [first])
})

test('deleted tags are told, come back by undo, and an unknown one stops all', async (t) => {
  const { repository } = await testRepository(t, { a: '1' })
  const { commit, short } = await repository.createTag({ name: 'v1', force: false })
  const noted = await repository.createTag({ name: 'v2', message: 'noted', force: false })
  const error = await t.throwsAsync(repository.deleteTags({ names: ['v1', 'v22'] }), {
    code: 'DV_UNKNOWN_REF',
  })
  t.like(error, { data: { nearest: ['v2'] } })
  t.deepEqual(await repository.deleteTags({ names: ['v1', 'v2', 'v1'] }), [
    { name: 'v1', commit, short },
    { name: 'v2', commit, short },
  ])
  t.deepEqual(await repository.tags({ patterns: [] }), [])
  await repository.undo({})
  t.deepEqual((await repository.tags({ patterns: ['v2'] }))[0], noted)
})

test('bad names, unknown commits, empty and endless messages are errors', async (t) => {
  const { repository } = await testRepository(t, { a: '1' })
  const tag = (name: string, message?: string) =>
    repository.createTag({ name, force: false, ...(message !== undefined && { message }) })
  await t.throwsAsync(tag('a b'), { code: 'DV_BAD_NAME' })
  await t.throwsAsync(tag('x', '\n'), { code: 'DV_USAGE' })
  await t.throwsAsync(tag('x', 'm'.repeat(70_000)), { code: 'DV_USAGE' })
  const unknown = { name: 'x', revision: 'nope', force: false }
  await t.throwsAsync(repository.createTag(unknown), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(repository.deleteTags({ names: ['a b'] }), { code: 'DV_BAD_NAME' })
  t.deepEqual(await repository.tags({ patterns: [] }), [])
})

test("patterns for names know '*', '?' and classes, and take all else by the letter", (t) => {
  const cases: [pattern: string, name: string, matches: boolean][] = [
    ['v*', 'v1.2', true],
    ['v*', 'w1', false],
    ['*', 'release/1', true],
    ['v?', 'v1', true],
    ['v?', 'v10', false],
    ['v[0-9]', 'v7', true],
    ['v[!0-9]', 'v7', false],
    ['v[!0-9]', 'vx', true],
    ['v1.2', 'v1x2', false],
    ['a+b', 'a+b', true],
    ['[z-a]', 'z', false],
    ['a(b', 'a(b', true],
  ]
  for (const [pattern, name, matches] of cases)
    t.is(nameMatcher([pattern])(name), matches, `${pattern} ${name}`)
  fc.assert(
    fc.property(fc.string(), (name) => {
      if (!/[*?[]/.test(name)) t.true(nameMatcher([name])(name))
      t.is(typeof nameMatcher([name])('v1'), 'boolean')
    }),
  )
})
