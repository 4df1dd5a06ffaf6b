// dv subset: made, changed, refreshed and merged back, on a real repository.
import test, { type ExecutionContext } from 'ava'
import type { Repository } from '../../src/api/index.js'
import { plates, type Plates } from '../helpers/plates.js'
import { collect } from '../helpers/repository.js'

const SWITCH = { create: false, detach: 'never', force: false } as const
const WHERE = "line = 'AICS-23' AND plate IS NOT NULL"

async function paths(repository: Repository, revision: string): Promise<string[]> {
  const entries = await collect(repository.ls({ operands: [`${revision}:`], recursive: true }))
  return entries.map((entry) => (entry.kind === 'directory' ? `${entry.path}/` : entry.path))
}

async function sound(t: ExecutionContext, { repository }: Plates): Promise<void> {
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
}

/** With the subset 'part' of 'data' checked out. */
async function part(t: ExecutionContext): Promise<Plates> {
  const made = await plates(t)
  await made.repository.createSubset({ name: 'part', where: WHERE, at: 'data' })
  await made.repository.switch({ ...SWITCH, to: 'part' })
  return made
}

const CUT = [
  'plates/',
  'plates/p35/',
  'plates/p35/A01.tif',
  'plates/p35/A02.tif',
  'plates/p36/',
  'plates/p36/notes.txt',
]

test('a subset is a branch of what an expression means, with the directories that hand down, and says where it is from', async (t) => {
  const made = await plates(t)
  const { repository } = made
  const data = (await repository.branches({ remotes: false, all: false })).find(
    ({ name }) => name === 'data',
  )!
  const info = await repository.createSubset({ name: 'part', where: WHERE, at: 'data' })
  t.like(info, {
    name: 'part',
    where: WHERE,
    from: 'data',
    behind: false,
    current: false,
    total: { files: 6, bytes: 624 },
  })
  t.is(info.source.id, data.commit!.id)
  t.deepEqual(await paths(repository, 'part'), CUT)
  const { metadata, parents } = (
    await collect(repository.log({ revisions: ['part'], paths: [], maxCount: 1 } as never))
  )[0] as never
  t.deepEqual(metadata, {
    'dv.subset.source': data.commit!.id,
    'dv.subset.where': WHERE,
    'dv.subset.from': 'data',
  })
  t.deepEqual(parents, [data.commit!.id])
  t.deepEqual(await repository.subsets(), [info])
  t.like(await repository.subset({ name: 'part' }), {
    name: 'part',
    changes: { added: 0, modified: 0, deleted: 0 },
  })
  await sound(t, made)
})

test('what is changed on a subset is merged back; what it left out stays, whatever became of it', async (t) => {
  const made = await part(t)
  const { repository } = made
  made.write({
    'plates/p35/A01.tif': 'retouched',
    'plates/p35/A02.tif': undefined,
    'plates/p35/new.txt': 'n',
  })
  await made.commit('On the subset')
  t.like(await repository.subset({}), { changes: { added: 1, modified: 1, deleted: 1 } })
  await repository.switch({ ...SWITCH, to: 'main' })
  await made.change([
    { op: 'put', path: 'labels.csv', data: 'id\n2\n' },
    { op: 'put', path: 'plates/p36/notes.txt', data: 'new' },
  ])
  await repository.switch({ ...SWITCH, to: 'data' })
  const result = await repository.merge({ revision: 'part', fastForward: 'allowed' })
  t.like(result, { outcome: 'merged', changes: { added: 1, modified: 1, deleted: 1 } })
  t.is(made.read('labels.csv'), 'id\n2\n')
  t.is(made.read('plates/p35/A01.tif'), 'retouched')
  t.is(made.read('plates/p36/A01.tif'), 'A01 of 36')
  t.deepEqual(made.list(), [
    'README.md',
    'labels.csv',
    'plates/p35/A01.tif',
    'plates/p35/new.txt',
    'plates/p36/A01.tif',
    'plates/p36/notes.txt',
  ])
  t.like(await repository.merge({ revision: 'part', fastForward: 'allowed' }), { outcome: 'up-to-date' })
  t.deepEqual(await repository.subsets().then((all) => all.map(({ name }) => name)), ['part'])
  await sound(t, made)
})

test('a branch that has not moved is not fast-forwarded to a subset', async (t) => {
  const made = await part(t)
  const { repository } = made
  await repository.switch({ ...SWITCH, to: 'data' })
  await t.throwsAsync(repository.merge({ revision: 'part', fastForward: 'only' }), {
    code: 'DV_NOT_FAST_FORWARD',
  } as object)
  t.like(await repository.merge({ revision: 'part', fastForward: 'allowed' }), { outcome: 'merged' })
  t.is(made.list().length, 6)
})

test('a refresh takes what the expression means now and keeps what was changed', async (t) => {
  const made = await part(t)
  const { repository } = made
  made.write({ 'plates/p35/A01.tif': 'retouched', 'plates/p35/new.txt': 'n' })
  await made.commit('On the subset')
  await made.change([
    { op: 'put', path: 'plates/p35/A03.tif', data: 'A03', meta: { tags: ['late'] } },
    { op: 'put', path: 'README.md', data: 'Left out\n' },
    { op: 'meta', path: 'plates/p36', set: { line: 'AICS-54' } },
  ])
  t.like(await repository.subset({}), { behind: true })
  t.like(await repository.refreshSubset({}), { outcome: 'merged' })
  t.deepEqual(await paths(repository, 'part'), [
    'plates/',
    'plates/p35/',
    'plates/p35/A01.tif',
    'plates/p35/A02.tif',
    'plates/p35/A03.tif',
    'plates/p35/new.txt',
  ])
  t.is(made.read('plates/p35/A01.tif'), 'retouched')
  t.like(await repository.subset({}), { behind: false, changes: { added: 1, modified: 1, deleted: 0 } })
  t.like(await repository.refreshSubset({}), { outcome: 'up-to-date' })
  await sound(t, made)
})

test('added, merged back, refreshed, changed and merged again: no conflict, and still in the subset', async (t) => {
  const made = await part(t)
  const { repository } = made
  made.write({ 'extra.txt': 'one\n' })
  await made.commit('Added')
  const back = async () => {
    await repository.switch({ ...SWITCH, to: 'data' })
    const result = await repository.merge({ revision: 'part', fastForward: 'allowed' })
    await repository.switch({ ...SWITCH, to: 'part' })
    return result.outcome
  }
  t.is(await back(), 'merged')
  made.write({ 'extra.txt': 'two\n' })
  await made.commit('Changed')
  t.is(await back(), 'merged')
  t.is((await repository.refreshSubset({})).outcome, 'fast-forward')
  made.write({ 'extra.txt': 'three\n' })
  await made.commit('Changed again')
  t.is(await back(), 'merged')
  t.deepEqual(await paths(repository, 'part'), ['extra.txt', ...CUT])
  await sound(t, made)
})

test('a file added where one was left out is a conflict, and so is a change of both', async (t) => {
  const made = await part(t)
  const { repository } = made
  made.write({ 'labels.csv': 'mine\n', 'plates/p35/A01.tif': 'mine' })
  await made.commit('On the subset')
  await made.change([{ op: 'put', path: 'plates/p35/A01.tif', data: 'theirs' }])
  const both = ['labels.csv', 'plates/p35/A01.tif']
  const refused = await repository.refreshSubset({})
  t.deepEqual(
    refused.conflicts.map(({ path }) => path),
    both,
  )
  await repository.abortMerge({})
  await repository.switch({ ...SWITCH, to: 'data' })
  await t.throwsAsync(repository.refreshSubset({ name: 'part' }), { code: 'DV_MERGE_CONFLICT' } as object)
  const result = await repository.merge({ revision: 'part', fastForward: 'allowed' })
  t.deepEqual(
    result.conflicts.map(({ path }) => path),
    both,
  )
  await repository.resolveMerge({ side: 'theirs', paths: [] })
  t.like(await repository.continueMerge({}), { outcome: 'merged' })
  t.is(made.read('labels.csv'), 'mine\n')
  t.is(made.read('README.md'), 'Plates\n')
})

test('merging the source into a subset refreshes it, also when nothing is checked out of it', async (t) => {
  const made = await part(t)
  const { repository } = made
  await made.change([{ op: 'put', path: 'plates/p35/A03.tif', data: 'A03' }])
  t.like(await repository.merge({ revision: 'data', fastForward: 'allowed' }), { outcome: 'fast-forward' })
  t.true(made.list().includes('plates/p35/A03.tif'))
  t.false(made.list().includes('README.md'))
  await repository.switch({ ...SWITCH, to: 'main' })
  await made.change([{ op: 'put', path: 'plates/p35/A04.tif', data: 'A04' }])
  t.like(await repository.refreshSubset({ name: 'part' }), { outcome: 'fast-forward' })
  await made.change([{ op: 'put', path: 'plates/p35/mine', data: 'm' }], 'part')
  await made.change([{ op: 'put', path: 'plates/p35/A05.tif', data: 'A05' }])
  t.like(await repository.refreshSubset({ name: 'part' }), { outcome: 'merged', changes: { added: 1 } })
  t.is((await paths(repository, 'part')).filter((path) => /A0[345]|mine/.test(path)).length, 4)
  await repository.undo({} as never)
  t.is((await paths(repository, 'part')).filter((path) => /A0[345]|mine/.test(path)).length, 3)
  await sound(t, made)
})

test('what cannot be meant is refused, and changes nothing', async (t) => {
  const made = await part(t)
  const { repository } = made
  const refuse = (work: Promise<unknown>, code: string) => t.throwsAsync(work, { code } as object)
  await refuse(repository.createSubset({ name: 'part', where: WHERE }), 'DV_ALREADY_EXISTS')
  await refuse(repository.createSubset({ name: 'no', where: 'plate = 99', at: 'data' }), 'DV_NO_MATCH')
  await refuse(repository.createSubset({ name: 'no', where: 'plte = 35', at: 'data' }), 'DV_UNKNOWN_COLUMN')
  await refuse(repository.createSubset({ name: 'no', where: 'plate =', at: 'data' }), 'DV_BAD_EXPRESSION')
  await refuse(repository.refreshSubset({ name: 'data' }), 'DV_USAGE')
  await refuse(repository.refreshSubset({ name: 'prt' }), 'DV_UNKNOWN_REF')
  await refuse(repository.refreshSubset({ from: 'main' }), 'DV_SUBSET_SOURCE')
  await refuse(made.commit('Other', { amend: true }), 'DV_USAGE')
  await repository.createSubset({ name: 'other', where: 'plate = 35', at: 'data' })
  await refuse(repository.merge({ revision: 'other', fastForward: 'allowed' }), 'DV_UNSUPPORTED')
  await repository.switch({ ...SWITCH, to: 'main' })
  await refuse(repository.merge({ revision: 'part', fastForward: 'allowed' }), 'DV_SUBSET_SOURCE')
  t.deepEqual(
    (await repository.subsets()).map(({ name }) => name),
    ['other', 'part'],
  )
})

test('the ignore file at the top is in every subset, and stays in it', async (t) => {
  const made = await plates(t)
  const { repository } = made
  await made.change([{ op: 'put', path: '.dvignore', data: '*.tmp\n' }])
  await repository.createSubset({ name: 'part', where: WHERE, at: 'data' })
  t.deepEqual(await paths(repository, 'part'), ['.dvignore', ...CUT])
  await made.change([{ op: 'put', path: '.dvignore', data: '*.log\n' }])
  await repository.switch({ ...SWITCH, to: 'part' })
  made.write({ 'plates/p35/x.log': 'noise' })
  await repository.refreshSubset({})
  t.is(made.read('.dvignore'), '*.log\n')
  t.true((await repository.status({ all: true, paths: [], rehash: false })).clean)
})

/** 'part' of 'data', which has a change of its own, and 'inner' of 'part', which is checked out. */
async function nested(t: ExecutionContext): Promise<Plates> {
  const made = await part(t)
  made.write({ 'plates/p35/mine.txt': 'on part' })
  await made.commit('On the part')
  const { repository } = made
  t.like(await repository.createSubset({ name: 'inner', where: 'plate = 35', at: 'part' }), { from: 'part' })
  await repository.switch({ ...SWITCH, to: 'inner' })
  return made
}

const INNER = ['plates/', 'plates/p35/', 'plates/p35/A01.tif', 'plates/p35/A02.tif', 'plates/p35/mine.txt']

test('a subset of a subset holds what was changed on that too, and is merged back through both', async (t) => {
  const made = await nested(t)
  const { repository } = made
  t.deepEqual(await paths(repository, 'inner'), INNER)
  made.write({ 'plates/p35/A01.tif': 'retouched', 'plates/p35/A02.tif': undefined, new: 'n' })
  await made.commit('On the inner')
  await repository.switch({ ...SWITCH, to: 'data' })
  await t.throwsAsync(repository.merge({ revision: 'inner', fastForward: 'allowed' }), {
    code: 'DV_SUBSET_SOURCE',
  } as object)
  await repository.switch({ ...SWITCH, to: 'part' })
  const up = { added: 1, modified: 1, deleted: 1 }
  t.like(await repository.merge({ revision: 'inner', fastForward: 'allowed' }), {
    outcome: 'merged',
    changes: up,
  })
  t.true(made.list().includes('plates/p36/notes.txt'), 'what the inner left out')
  t.like(await repository.subset({}), { name: 'part', where: WHERE, changes: { added: 2 } })
  await repository.switch({ ...SWITCH, to: 'data' })
  t.like(await repository.merge({ revision: 'part', fastForward: 'allowed' }), { outcome: 'merged' })
  t.is(made.read('plates/p35/A01.tif'), 'retouched')
  t.deepEqual(made.list(), [
    ...['README.md', 'labels.csv', 'new', 'plates/p35/A01.tif', 'plates/p35/mine.txt'],
    ...['plates/p36/A01.tif', 'plates/p36/notes.txt'],
  ])
  t.like(await repository.merge({ revision: 'inner', fastForward: 'allowed' }), { outcome: 'up-to-date' })
  await sound(t, made)
})

test('a subset of a subset is refreshed through both, and what was changed on each stays', async (t) => {
  const made = await nested(t)
  const { repository } = made
  made.write({ 'plates/p35/A01.tif': 'retouched' })
  await made.commit('On the inner')
  await made.change([
    { op: 'put', path: 'plates/p35/A03.tif', data: 'A03' },
    { op: 'put', path: 'plates/p36/A02.tif', data: 'A02', meta: { line: 'AICS-23' } },
    { op: 'put', path: 'README.md', data: 'Left out' },
  ])
  t.like(await repository.refreshSubset({}), { outcome: 'up-to-date' })
  await t.throwsAsync(repository.refreshSubset({ from: 'data' }), { code: 'DV_SUBSET_SOURCE' } as object)
  await t.throwsAsync(repository.merge({ revision: 'data', fastForward: 'allowed' }), {
    code: 'DV_SUBSET_SOURCE',
  } as object)
  t.like(await repository.refreshSubset({ name: 'part' }), { outcome: 'merged' })
  t.like(await repository.subset({}), { name: 'inner', behind: true })
  t.like(await repository.refreshSubset({}), {
    outcome: 'merged',
    changes: { added: 1, modified: 0, deleted: 0 },
  })
  t.deepEqual(await paths(repository, 'inner'), [
    ...INNER.slice(0, 4),
    'plates/p35/A03.tif',
    'plates/p35/mine.txt',
  ])
  t.is(made.read('plates/p35/A01.tif'), 'retouched')
  t.like(await repository.subset({}), { behind: false, changes: { added: 0, modified: 1, deleted: 0 } })
  await repository.switch({ ...SWITCH, to: 'part' })
  t.like(await repository.merge({ revision: 'inner', fastForward: 'allowed' }), {
    changes: { added: 0, modified: 1, deleted: 0 },
  })
  t.true(made.list().includes('plates/p36/A02.tif'))
  await repository.switch({ ...SWITCH, to: 'inner' })
  t.like(await repository.merge({ revision: 'part', fastForward: 'allowed' }), { outcome: 'fast-forward' })
  t.like(await repository.subset({}), { name: 'inner', where: 'plate = 35', behind: false })
  await sound(t, made)
})

test('of two subsets of one, neither is merged into the other, nor into a subset of that', async (t) => {
  const made = await nested(t)
  const { repository } = made
  await repository.createSubset({ name: 'other', where: 'plate = 36', at: 'part' })
  await repository.createSubset({ name: 'elsewhere', where: 'plate = 36', at: 'data' })
  for (const revision of ['other', 'elsewhere'])
    await t.throwsAsync(repository.merge({ revision, fastForward: 'allowed' }), {
      code: 'DV_UNSUPPORTED',
    } as object)
  await sound(t, made)
})
