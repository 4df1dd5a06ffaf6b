import path from 'node:path'
import test from 'ava'
import { testRepository } from '../helpers/repository.js'

const LOCAL = { remotes: false, all: false }
const here = { create: false, detach: 'never', force: false } as const

test('branches are listed by name, the current one also before its first commit', async (t) => {
  const made = await testRepository(t)
  const { repository } = made
  t.deepEqual(await repository.branches(LOCAL), [{ name: 'main', remote: false, current: true }])
  made.write({ a: '1' })
  const { commit } = await made.commit('One')
  await repository.createBranch({ name: 'feature/x', force: false })
  await made.setRemoteBranch('origin/main', commit.id)
  const tip = { id: commit.id, short: commit.short, subject: 'One', time: commit.committer.time }
  const local = [
    { name: 'feature/x', remote: false, current: false, commit: tip },
    { name: 'main', remote: false, current: true, commit: tip },
  ]
  const remote = [{ name: 'origin/main', remote: true, current: false, commit: tip }]
  t.deepEqual(await repository.branches(LOCAL), local)
  t.deepEqual(await repository.branches({ remotes: true, all: false }), remote)
  t.deepEqual(await repository.branches({ remotes: false, all: true }), [...local, ...remote])
})

test('a branch begins at HEAD or where it is told to, and is not replaced without force', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  made.write({ a: '2' })
  const { commit } = await made.commit('Two')
  t.deepEqual(await repository.createBranch({ name: 'x', force: false }), {
    name: 'x',
    commit: commit.id,
    short: commit.short,
  })
  await t.throwsAsync(repository.createBranch({ name: 'x', start: 'HEAD~1', force: false }), {
    code: 'DV_ALREADY_EXISTS',
  })
  const moved = await repository.createBranch({ name: 'x', start: 'HEAD~1', force: true })
  t.is(moved.commit, commit.parents[0]!)
})

test('bad names, unknown starts and the missing first commit are errors', async (t) => {
  const { repository, write, commit } = await testRepository(t)
  const create = (name: string, start?: string) =>
    repository.createBranch({ name, force: false, ...(start !== undefined && { start }) })
  await t.throwsAsync(create('x'), { code: 'DV_UNKNOWN_REVISION' })
  write({ a: '1' })
  await commit('One')
  for (const name of ['', 'a b', '-x', 'a..b', 'x.lock', 'HEAD', 'a'.repeat(300)])
    await t.throwsAsync(create(name), { code: 'DV_BAD_NAME' }, name)
  await t.throwsAsync(create('x', 'nope'), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(repository.deleteBranches({ names: ['a b'], force: true }), { code: 'DV_BAD_NAME' })
  await t.throwsAsync(repository.renameBranch({ to: 'a b', force: false }), { code: 'DV_BAD_NAME' })
})

test('a branch that begins at a remote one follows it; ahead, behind and gone are told', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  const first = await repository.createBranch({ name: 'first', force: false })
  made.write({ a: '2' })
  await made.commit('Two')
  await made.setRemoteBranch('origin/main', first.commit)
  await repository.createBranch({ name: 'follower', start: 'origin/main', force: false })
  t.is(await made.api.config.get('branch.follower.remote', 'repository'), 'origin')
  t.is(await made.api.config.get('branch.follower.merge', 'repository'), 'main')
  t.is(await made.api.config.get('branch.first.remote', 'repository'), undefined)
  await made.api.config.set('branch.main.remote', 'origin', 'repository')
  await made.api.config.set('branch.main.merge', 'main', 'repository')
  const upstreams = async () =>
    Object.fromEntries((await repository.branches(LOCAL)).map(({ name, upstream }) => [name, upstream]))
  t.deepEqual(await upstreams(), {
    first: undefined,
    follower: { name: 'origin/main', ahead: 0, behind: 0, gone: false },
    main: { name: 'origin/main', ahead: 1, behind: 0, gone: false },
  })
  await made.api.config.set('branch.main.merge', 'gone', 'repository')
  t.like((await upstreams())['main'], { name: 'origin/gone', gone: true })
})

test('deleting is refused for commits that no other branch has, and forced', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  await repository.createBranch({ name: 'merged', force: false })
  await repository.switch({ ...here, to: 'side', create: true })
  made.write({ a: '2' })
  const { commit } = await made.commit('Side')
  await repository.switch({ ...here, to: 'main' })
  const both = { names: ['merged', 'side'], force: false }
  const error = await t.throwsAsync(repository.deleteBranches(both), { code: 'DV_WOULD_OVERWRITE' })
  t.like(error, { data: { branch: 'side', commit: commit.id } })
  t.is((await repository.branches(LOCAL)).length, 3)
  await made.setRemoteBranch('origin/kept', commit.id)
  t.is((await repository.deleteBranches(both)).length, 2)
  await repository.undo({})
  t.deepEqual(
    (await repository.branches(LOCAL)).map(({ name }) => name),
    ['main', 'merged', 'side'],
  )
  t.deepEqual(await repository.deleteBranches({ names: ['side', 'side'], force: true }), [
    { name: 'side', commit: commit.id, short: commit.short },
  ])
})

test('two branches that only have each other are not deleted together', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  await repository.switch({ ...here, to: 'one', create: true })
  made.write({ a: '2' })
  await made.commit('Side')
  await repository.createBranch({ name: 'two', force: false })
  await repository.switch({ ...here, to: 'main' })
  const both = { names: ['one', 'two'], force: false }
  await t.throwsAsync(repository.deleteBranches(both), { code: 'DV_WOULD_OVERWRITE' })
  t.is((await repository.deleteBranches({ names: ['one'], force: false })).length, 1)
})

test('a branch that someone is on is neither deleted, moved nor replaced', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  const directory = path.join(made.root, '..', 'other')
  await repository.addWorktree({ directory, branch: 'elsewhere', force: false })
  const code = 'DV_BRANCH_IN_USE'
  for (const name of ['main', 'elsewhere']) {
    await t.throwsAsync(repository.deleteBranches({ names: [name], force: true }), { code }, name)
    await t.throwsAsync(repository.createBranch({ name, force: true }), { code }, name)
  }
  await repository.createBranch({ name: 'free', force: false })
  await t.throwsAsync(repository.renameBranch({ from: 'elsewhere', to: 'x', force: false }), { code })
  await t.throwsAsync(repository.renameBranch({ from: 'free', to: 'elsewhere', force: true }), { code })
  await t.throwsAsync(repository.renameBranch({ from: 'free', to: 'main', force: true }), { code })
  const listed = await repository.branches(LOCAL)
  t.is(listed.find(({ name }) => name === 'elsewhere')?.worktree, directory)
})

test('deleting what is not there names the nearest, and deletes nothing', async (t) => {
  const { repository } = await testRepository(t, { a: '1' })
  await repository.createBranch({ name: 'cleanup', force: false })
  const names = ['cleanup', 'claenup']
  const error = await t.throwsAsync(repository.deleteBranches({ names, force: false }), {
    code: 'DV_UNKNOWN_REF',
  })
  t.like(error, { data: { nearest: ['cleanup'] } })
  t.is((await repository.branches(LOCAL)).length, 2)
})

test('renaming takes the head and the upstream along, and can be undone', async (t) => {
  const made = await testRepository(t, { a: '1' })
  const { repository } = made
  await made.api.config.set('branch.main.remote', 'origin', 'repository')
  t.deepEqual(await repository.renameBranch({ to: 'trunk', force: false }), { from: 'main', to: 'trunk' })
  const status = { all: false, paths: [], rehash: false }
  t.like(await repository.status(status), { branch: 'trunk', clean: true })
  t.is(await made.api.config.get('branch.trunk.remote', 'repository'), 'origin')
  t.is(await made.api.config.get('branch.main.remote', 'repository'), undefined)
  t.deepEqual(
    (await repository.branches(LOCAL)).map(({ name }) => name),
    ['trunk'],
  )
  await repository.undo({})
  t.like(await repository.status(status), { branch: 'main', clean: true })
})

test('a name is taken over only with force, and a branch without commits can be renamed', async (t) => {
  const made = await testRepository(t)
  const { repository } = made
  await repository.renameBranch({ to: 'trunk', force: false })
  t.deepEqual(await repository.branches(LOCAL), [{ name: 'trunk', remote: false, current: true }])
  made.write({ a: '1' })
  await made.commit('One')
  await repository.createBranch({ name: 'x', force: false })
  await repository.createBranch({ name: 'y', force: false })
  const rename = { from: 'x', to: 'y' }
  await t.throwsAsync(repository.renameBranch({ ...rename, force: false }), { code: 'DV_ALREADY_EXISTS' })
  await repository.renameBranch({ ...rename, force: true })
  await repository.renameBranch({ from: 'y', to: 'y', force: false })
  t.deepEqual(
    (await repository.branches(LOCAL)).map(({ name }) => name),
    ['trunk', 'y'],
  )
  await t.throwsAsync(repository.renameBranch({ from: 'z', to: 'q', force: false }), {
    code: 'DV_UNKNOWN_REF',
  })
  await repository.switch({ ...here, to: 'HEAD', detach: 'always' })
  await t.throwsAsync(repository.renameBranch({ to: 'q', force: false }), { code: 'DV_USAGE' })
})
