import test from 'ava'
import { appendOperation } from '../../src/repo/index.js'
import { parseId } from '../../src/hash/index.js'
import { branchRef } from '../../src/refs/index.js'
import { collect, TEST_TIME, testRepository } from '../helpers/repository.js'

test('operations are listed newest first, each with a line that says what happened', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  made.write({ a: '2' })
  const { commit } = await made.commit('Two', { amend: true })
  await repository.createBranch({ name: 'x', force: false })
  await repository.renameBranch({ from: 'x', to: 'y', force: false })
  await repository.createTag({ name: 'v1', force: false })
  await repository.switch({ to: 'y', create: false, detach: 'never', force: false })
  await repository.deleteTags({ names: ['v1'] })
  await repository.undo({})
  const all = await collect(repository.operations({}))
  const first = all.at(-1)!
  t.deepEqual(all.map(({ summary }) => summary).reverse(), [
    `commit ${first.refs[0]!.after!.slice(0, 10)} on main: First`,
    `amended commit ${commit.short} on main: Two`,
    `branch x created at ${commit.short}`,
    'branch x renamed to y',
    `tag v1 created at ${commit.short}`,
    'switch from main to y',
    `tag v1 deleted (was ${commit.short})`,
    `undo tag --delete v1: v1 created at ${commit.short}`,
  ])
  t.is(all[0]!.undoes, all[1]!.id)
  t.like(first, { verb: 'commit', time: TEST_TIME + 60_000, saved: 0, unfinished: false })
  t.deepEqual(first.refs, [{ name: 'main', after: first.refs[0]!.after! }])
  t.is((await collect(repository.operations({ limit: 3 }))).length, 3)
  t.deepEqual(await collect(repository.operations({ limit: 0 })), [])
})

test('an operation is found by its id, the beginning of its short form, and its number', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  await repository.createBranch({ name: 'x', force: false })
  const [last, first] = await collect(repository.operations({}))
  t.deepEqual(await repository.operation(last!.id), last)
  t.deepEqual(await repository.operation(last!.short), last)
  t.deepEqual(await repository.operation('1'), first)
  await t.throwsAsync(repository.operation('nope'), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(repository.operation(''), { code: 'DV_UNKNOWN_REVISION' })
  const shared = last!.id.slice(0, 10)
  await t.throwsAsync(repository.operation(shared), { code: 'DV_AMBIGUOUS_ID' })
})

test('an operation whose refs never moved is shown as unfinished', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  const { commit } = await repository.createBranch({ name: 'x', force: false })
  const { storage, workdir } = await made.internals()
  const after = { target: parseId<'commit'>(commit) }
  await appendOperation(storage, workdir.id, {
    ...{ time: TEST_TIME, verb: 'branch', args: ['never'] },
    refs: [{ ref: branchRef('never'), after }],
  })
  const [last, before] = await collect(repository.operations({}))
  t.like(last, { unfinished: true, summary: `branch never created at ${commit.slice(0, 10)}` })
  t.false(before!.unfinished)
})

test('what a forced switch saved is counted', async (t) => {
  const made = await testRepository(t, { a: '1', b: '1' })
  const { repository } = made
  made.write({ a: '2', b: '2' })
  await made.commit('Two')
  made.write({ a: 'uncommitted' })
  await repository.switch({ to: 'HEAD~1', create: false, detach: 'always', force: true })
  const [last] = await collect(repository.operations({ limit: 1 }))
  t.like(last, { verb: 'switch', saved: 1 })
})
