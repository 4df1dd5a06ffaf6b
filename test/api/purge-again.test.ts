// A purge that is typed again, or found open, and what the log of operations says of purges.
import fs from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { assertGone, beside, holders, PURGE, PUSH, SECRET } from '../helpers/purging.js'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'

const FILES = { secret: SECRET, other: 'other', 'people/8': 'Eve' }

/** With two remotes; that of `b` is away. */
async function withOneAway(t: ExecutionContext): Promise<TestRepository> {
  const made = await testRepository(t, FILES, { chunkSize: 1024 })
  for (const name of ['a', 'b']) {
    await made.repository.addRemote({ name, url: `../${name}` })
    await made.repository.push({ ...PUSH, remote: name })
  }
  fs.renameSync(beside(made, 'b'), beside(made, 'away'))
  return made
}

test('the same purge typed again goes on where the first did not get to, under the same record', async (t) => {
  const made = await withOneAway(t)
  const { repository, openAt } = made
  await repository.purge({ ...PURGE, paths: ['secret'] })
  fs.renameSync(beside(made, 'away'), beside(made, 'b'))
  t.not(holders(beside(made, 'b')).length, 0)
  const { contents, stores, ended } = await repository.purge({ ...PURGE, paths: ['secret'], reason: 'again' })
  t.is(contents.length, 1)
  t.like(stores, [{ packs: 0 }, { packs: 0 }, { outcome: 'purged' }])
  t.like(ended, [{ reason: 'no consent', paths: ['secret'] }])
  t.deepEqual(
    (await repository.purges()).map(({ reason }) => reason),
    ['no consent'],
    'it was purged once',
  )
  await assertGone(t, { repository: await openAt('.'), remotes: [beside(made, 'a'), beside(made, 'b')] })
  const third = await repository.purge({ ...PURGE, paths: ['secret'] })
  t.deepEqual([third.contents, third.ended], [[], undefined])
})

test('another purge ends what is open, and says what that was', async (t) => {
  const made = await withOneAway(t)
  const { repository } = made
  await repository.purge({ ...PURGE, paths: ['secret'] })
  fs.renameSync(beside(made, 'away'), beside(made, 'b'))
  const order = { ...PURGE, paths: ['people'], reason: 'another' }
  t.like((await repository.purge({ ...order, dryRun: true })).ended, [{ reason: 'no consent' }])
  t.not(holders(beside(made, 'b')).length, 0)
  t.like((await repository.purge(order)).ended, [{ reason: 'no consent' }])
  t.is((await repository.purges()).length, 2)
  await assertGone(t, { repository, remotes: [beside(made, 'a'), beside(made, 'b')] })
})

test('nothing is purged when one of what was typed is nowhere', async (t) => {
  const { repository } = await testRepository(t, FILES)
  const error = await t.throwsAsync(repository.purge({ ...PURGE, paths: ['secret', 'othre', '!x'] }), {
    code: 'DV_UNKNOWN_PATH',
  })
  t.is(error?.message, "No version has a file 'othre'")
  t.deepEqual(await repository.purges(), [])
})

test('the log of operations tells of a purge, which no undo takes back', async (t) => {
  const { repository, write, commit } = await testRepository(t, FILES)
  write({ other: 'changed' })
  await commit('Second')
  await repository.purge({ ...PURGE, paths: ['people', 'secret'], dryRun: true })
  const [before] = await collect(repository.operations({ limit: 1 }))
  t.is(before?.verb, 'commit', 'a dry run did nothing')
  await repository.purge({ ...PURGE, paths: ['people', 'secret'] })
  await repository.purge({ ...PURGE, paths: ['people', 'secret'] })
  const [last, commitBefore] = await collect(repository.operations({ limit: 2 }))
  t.like(last, {
    ...{ verb: 'purge', unfinished: false },
    summary: 'purge people secret --reason no consent (cannot be undone)',
  })
  t.is(commitBefore?.verb, 'commit', 'where nothing was left to purge nothing is recorded')
  await t.throwsAsync(repository.undo({}), {
    code: 'DV_NOTHING_TO_UNDO',
    message: 'The purge of 2026-01-01 cannot be undone: what it removed is gone',
  })
  t.is((await repository.undo({ operation: commitBefore!.id })).commit?.subject, 'First')
})
