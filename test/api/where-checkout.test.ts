// Expressions as what is checked out: clone --where, checkout --where, and what follows them.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Repository } from '../../src/api/index.js'
import { noise } from '../helpers/noise.js'
import { plates, type Plates } from '../helpers/plates.js'
import { CLONE } from '../helpers/pushed.js'
import { NO_COMMIT_OPTIONS } from '../helpers/repository.js'

const STATUS = { all: true, paths: [], rehash: false }
const SWITCH = { create: false, detach: 'never', force: false } as const
const P35 = ['plates/p35/A01.tif', 'plates/p35/A02.tif']

/** With 'data' checked out. */
async function onData(t: ExecutionContext): Promise<Plates> {
  const made = await plates(t)
  await made.repository.switch({ ...SWITCH, to: 'data' })
  return made
}

/** Changes 'data' while something else is checked out, then goes back. */
async function meanwhile({ repository, change }: Plates, lines: readonly object[]): Promise<void> {
  await repository.switch({ ...SWITCH, to: 'main' })
  await change(lines)
  await repository.switch({ ...SWITCH, to: 'data' })
}

async function isClean(t: ExecutionContext, repository: Repository): Promise<void> {
  const { clean, groups } = await repository.status(STATUS)
  t.true(clean, JSON.stringify(groups))
}

test('checkout --where keeps what an expression means; commits hold the rest; undo and --full bring it back', async (t) => {
  const made = await onData(t)
  const { repository } = made
  t.like(await repository.sparse({ patterns: [], where: 'plate = 35', force: false }), {
    total: { files: 2, bytes: 24 },
  })
  t.deepEqual(made.list(), P35)
  const { sparse, notHere } = await repository.status(STATUS)
  t.deepEqual(sparse, ['where: plate = 35'])
  t.is(notHere!.files, 7)
  await isClean(t, repository)
  await t.throwsAsync(repository.sparse({ patterns: [], where: 'plate = 99', force: false }), {
    code: 'DV_NO_MATCH',
  } as object)
  t.deepEqual(made.list(), P35)
  made.write({ 'plates/p35/A01.tif': 'changed', 'plates/p35/A02.tif': undefined, 'notes.md': 'new' })
  t.like((await made.commit('On a part')).changes, { added: 1, modified: 1, deleted: 1 })
  await isClean(t, repository)
  await repository.sparse({ patterns: undefined, force: false })
  t.deepEqual(made.list().length, 6)
  t.is(made.read('plates/p36/A01.tif'), 'A01 of 36')
  await repository.undo({})
  t.deepEqual(made.list(), ['plates/p35/A01.tif'])
})

test('what an expression means is asked of each tree that is checked out, inherited metadata too', async (t) => {
  const made = await onData(t)
  const { repository } = made
  await repository.sparse({ patterns: [], where: "line = 'AICS-23'", force: false })
  t.deepEqual(made.list(), [...P35, 'plates/p36/notes.txt'])
  await meanwhile(made, [
    { op: 'meta', path: 'plates', set: { line: 'other' } },
    { op: 'meta', path: 'README.md', set: { line: 'AICS-23' } },
  ])
  t.deepEqual(made.list(), ['README.md'])
  await isClean(t, repository)
  await repository.switch({ ...SWITCH, to: 'HEAD~1', detach: 'always' })
  t.deepEqual(made.list(), [...P35, 'plates/p36/notes.txt'])
  await isClean(t, repository)
  await repository.undo({})
  t.deepEqual(made.list(), ['README.md'])
  await isClean(t, repository)
})

test('a switch does not run over what was changed in files that leave', async (t) => {
  const made = await onData(t)
  const { repository } = made
  await repository.sparse({ patterns: [], where: 'plate = 35', force: false })
  await repository.switch({ ...SWITCH, to: 'other', create: true })
  await made.change([{ op: 'meta', path: 'plates/p35/A01.tif', set: { plate: 1 } }])
  made.write({ 'plates/p35/A01.tif': 'mine' })
  await t.throwsAsync(repository.switch({ ...SWITCH, to: 'data' }), { code: 'DV_WOULD_OVERWRITE' } as object)
  t.deepEqual(made.list(), P35)
  await repository.switch({ ...SWITCH, to: 'data', force: true })
  t.deepEqual(made.list(), [P35[1]!])
  await repository.undo({})
  t.is(made.read('plates/p35/A01.tif'), 'mine')
})

test('expressions and patterns stand in one list', async (t) => {
  const made = await onData(t)
  const { repository } = made
  await repository.sparse({ patterns: ['*.md'], where: 'plate = 35', force: false })
  t.deepEqual(made.list(), ['README.md', ...P35])
  await repository.sparse({ patterns: ['plates/p36/notes.txt'], add: true, force: false })
  await repository.sparse({ patterns: [], where: "'labels' IN tags", add: true, force: false })
  t.deepEqual(made.list(), ['README.md', 'labels.csv', ...P35, 'plates/p36/notes.txt'])
  await repository.sparse({ patterns: ['!plates/p35/A01.tif'], where: 'plate = 35', force: false })
  t.deepEqual(made.list(), [P35[1]!])
  await isClean(t, repository)
  made.write({ 'where: x': 'a name like that' })
  await made.commit('Named')
  await repository.sparse({ patterns: ['where: x'], force: false })
  t.deepEqual(made.list(), ['where: x'])
})

test('a merge brings what the expression means of the result, and conflicts outside of it too', async (t) => {
  const made = await onData(t)
  const { repository } = made
  await repository.switch({ ...SWITCH, to: 'topic', create: true })
  await made.change([
    { op: 'put', path: 'plates/p35/A03.tif', data: 'A03' },
    { op: 'put', path: 'plates/p36/A01.tif', data: 'theirs' },
    { op: 'put', path: 'labels.csv', data: 'theirs' },
  ])
  made.write({ 'labels.csv': 'mine' })
  await made.commit('Mine')
  await repository.sparse({ patterns: [], where: 'plate = 35', force: false })
  const { outcome, conflicts } = await repository.merge({ revision: 'data', fastForward: 'allowed' })
  t.deepEqual([outcome, conflicts.map((one) => one.path)], ['conflicts', ['labels.csv']])
  t.true(fs.existsSync(path.join(made.root, 'labels.csv')))
  t.false(fs.existsSync(path.join(made.root, 'plates/p36')))
  await repository.resolveMerge({ side: 'ours', paths: [] })
  await repository.continueMerge({})
  t.deepEqual(
    made.list().filter((name) => name !== 'labels.csv'),
    [...P35, 'plates/p35/A03.tif'],
  )
  await isClean(t, repository)
  const { problems } = await repository.fsck({ deep: true })
  t.deepEqual(problems, [])
})

async function cloned(t: ExecutionContext, where: string) {
  const made = await plates(t)
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  const push = () =>
    made.repository.push({
      ...{ remote: 'origin', refs: ['data'], all: false, tags: false },
      ...{ setUpstream: false, forceWithLease: false },
    })
  await push()
  const clone = { url: 'remote', branch: 'data', where, sparse: [], checkout: true, directory: 'part' }
  const result = await made.apiAt('..').clone(clone)
  const api = made.apiAt('../part')
  await api.config.set('user.name', 'Bob', 'repository')
  await api.config.set('user.email', 'bob@example.org', 'repository')
  const repository = await made.openAt('../part')
  const root = path.join(made.root, '../part')
  const files = () =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.dv'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .sort()
  return { made, push, repository, result, files, root }
}

test('of a folder too, only what matches comes', async (t) => {
  const made = await plates(t, [
    { op: 'put', path: 'a/one', base64: noise(50_000, 1).toString('base64') },
    { op: 'put', path: 'b/big', base64: noise(900_000, 2).toString('base64') },
    { op: 'put', path: 'b/two', base64: noise(30_000, 3).toString('base64') },
    { op: 'meta', path: 'b', set: { plate: 7 } },
  ])
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.push({
    ...{ remote: 'origin', refs: ['data'], all: false, tags: false },
    ...{ setUpstream: false, forceWithLease: false },
  })
  const where = 'plate = 7 AND size < 100000'
  await made.apiAt('..').clone({ ...CLONE, url: 'remote', branch: 'data', where, directory: 'part' })
  const packs = path.join(made.root, '../part/.dv/store/packs')
  const here = fs.readdirSync(packs).reduce((sum, name) => sum + fs.statSync(path.join(packs, name)).size, 0)
  t.true(here > 30_000 && here < 45_000, `${here} bytes came`)
})

test('clone --where brings what matches, knows the metadata of the rest, and pulls by it', async (t) => {
  const { made, push, repository, files } = await cloned(t, "line = 'AICS-23' AND plate = 35")
  t.deepEqual(files(), P35)
  await isClean(t, repository)
  const known = []
  for await (const { path: at } of repository.ls({ operands: [], recursive: false, where: 'plate = 36' }))
    known.push(at)
  t.deepEqual(known, ['plates/p36', 'plates/p36/A01.tif', 'plates/p36/notes.txt'])
  await made.change([
    { op: 'put', path: 'plates/p35/A04.tif', data: 'A04' },
    { op: 'put', path: 'plates/p36/A05.tif', data: 'A05' },
    { op: 'meta', path: 'plates/p35/A01.tif', set: { line: 'other' } },
  ])
  await push()
  await repository.pull({ fastForward: 'allowed' })
  t.deepEqual(files(), [P35[1]!, 'plates/p35/A04.tif'])
  await isClean(t, repository)
  const { commit } = await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Nothing', allowEmpty: true })
  t.truthy(commit)
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
})

test('a clone by an expression that is none, or about what nothing has, leaves nothing behind', async (t) => {
  await t.throwsAsync(cloned(t, 'plate ='), { code: 'DV_BAD_EXPRESSION' } as object)
  const made = await plates(t)
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.push({
    ...{ remote: 'origin', refs: ['data'], all: false, tags: false },
    ...{ setUpstream: false, forceWithLease: false },
  })
  const clone = {
    url: 'remote',
    branch: 'data',
    where: 'plte = 1',
    sparse: [],
    checkout: true,
    directory: 'part',
  }
  await t.throwsAsync(made.apiAt('..').clone(clone), { code: 'DV_UNKNOWN_COLUMN' } as object)
  const none = { ...clone, where: 'plate = 99' }
  await t.throwsAsync(made.apiAt('..').clone(none), { code: 'DV_NO_MATCH' } as object)
  t.false(fs.existsSync(path.join(made.root, '../part')))
})
