// Nothing that dv has not recorded is overwritten or deleted unless told so, and what was, an undo brings back.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { DvError } from '../../src/base/index.js'
import { openWorkdir, writeUnfinishedCheckout } from '../../src/workspace/index.js'
import { parseId } from '../../src/hash/index.js'
import { type TestFiles, type TestRepository, testRepository } from '../helpers/repository.js'

const IGNORE = '*.tmp\ncache/\n'

/** Two commits; the second is checked out. */
async function between(t: ExecutionContext, first: TestFiles, second: TestFiles) {
  const repository = await testRepository(t, first)
  const { commit } = await repository.commit('First again', { allowEmpty: true })
  // Ignore rules come later: what was recorded by then stays so.
  repository.write({ '.dvignore': IGNORE, ...second })
  const later = await repository.commit('Second')
  const go = (to: string, force = false) =>
    repository.repository.switch({ to, create: false, detach: 'always', force })
  return { repository, first: commit.id, second: later.commit.id, go }
}

function absolute({ root }: TestRepository, name: string): string {
  return path.join(root, name)
}

const inTheWay: { what: string; first: TestFiles; second: TestFiles; user: TestFiles; paths: string[] }[] = [
  {
    what: 'an ignored file where a file is to be',
    first: { 'x.tmp': 'recorded' },
    second: { 'x.tmp': undefined },
    user: { 'x.tmp': 'mine' },
    paths: ['x.tmp'],
  },
  {
    what: 'ignored files in a directory that is to be a file',
    first: { cache: 'a file' },
    second: { cache: undefined },
    user: { 'cache/deep/er': 'mine', 'cache/x': 'mine too' },
    paths: ['cache/deep/er', 'cache/x'],
  },
  {
    what: 'an ignored file beside recorded ones in a directory that is to be a file',
    first: { d: 'a file' },
    second: { d: undefined, 'd/a': 'recorded' },
    user: { 'd/x.tmp': 'mine' },
    paths: ['d/x.tmp'],
  },
  {
    what: 'an ignored file where a directory is to be',
    first: { 'd.tmp/a': 'recorded' },
    second: { 'd.tmp/a': undefined },
    user: { 'd.tmp': 'mine' },
    paths: ['d.tmp'],
  },
  {
    what: 'a link where a directory is to be',
    first: { 'd.tmp/a': 'recorded' },
    second: { 'd.tmp/a': undefined },
    user: { 'd.tmp': { link: '..' } },
    paths: ['d.tmp'],
  },
  {
    what: 'an edited file of the size it had',
    first: { a: 'one' },
    second: { a: 'two' },
    user: { a: 'six' },
    paths: ['a'],
  },
  {
    what: 'an edited file that is to go',
    first: { b: 'one' },
    second: { a: 'two' },
    user: { a: 'six' },
    paths: ['a'],
  },
]

for (const { what, first, second, user, paths } of inTheWay) {
  test(`${what} stops a switch, is saved by force, and comes back by undo`, async (t) => {
    const world = await between(t, first, second)
    const { repository } = world
    repository.write(user)
    const before = snapshot(repository.root)
    const error = await t.throwsAsync(world.go(world.first), { code: 'DV_WOULD_OVERWRITE' })
    t.deepEqual((error as unknown as { data: { paths: string[] } }).data.paths, paths)
    t.deepEqual(snapshot(repository.root), before)
    await world.go(world.first, true)
    for (const [name, text] of Object.entries(first)) {
      if (typeof text === 'string') t.is(repository.read(name), text)
    }
    await repository.repository.undo({})
    t.deepEqual(snapshot(repository.root), before)
  })
}

test('a special file in the way stops a switch, also by force', async (t) => {
  if (process.platform === 'win32') return t.pass('no pipes there')
  const { repository, first, go } = await between(t, { pipe: 'recorded' }, { pipe: undefined })
  execFileSync('mkfifo', [absolute(repository, 'pipe')])
  for (const force of [false, true]) await t.throwsAsync(go(first, force), { code: 'DV_WOULD_OVERWRITE' })
  t.true(fs.lstatSync(absolute(repository, 'pipe')).isFIFO())
})

test('another repository in a directory that is to be a file stops a switch, also by force', async (t) => {
  const { repository, first, go } = await between(t, { d: 'file' }, { d: undefined, 'd/a': 'x' })
  repository.write({ 'd/.git/HEAD': 'ref: x' })
  await t.throwsAsync(go(first, true), { code: 'DV_WOULD_OVERWRITE' })
  t.is(repository.read('d/.git/HEAD'), 'ref: x')
  t.is(repository.read('d/a'), 'x')
})

test('a directory replaced by a link: what lies beyond it is neither seen nor deleted', async (t) => {
  const { repository, first, go } = await between(t, { keep: 'x' }, { 'd/a': 'recorded', 'e/a': 'recorded' })
  repository.write({ 'd/a': undefined, d: { link: 'e' } })
  const { groups } = await repository.repository.status({ all: true, paths: [], rehash: false })
  t.deepEqual([groups.added.items[0]!.path, groups.deleted.items[0]!.path], ['d', 'd/a'])
  await go(first)
  t.is(fs.readlinkSync(absolute(repository, 'd')), 'e')
  t.false(fs.existsSync(absolute(repository, 'e')))
})

const alreadyThere: { what: string; first: TestFiles; second: TestFiles; user: TestFiles }[] = [
  { what: 'an edit', first: { a: 'old' }, second: { a: 'new' }, user: { a: 'old' } },
  { what: 'a new file', first: { a: 'x' }, second: { a: undefined, b: 'y' }, user: { a: 'x' } },
  {
    what: 'an ignored file',
    first: { 'x.tmp': 'x' },
    second: { 'x.tmp': undefined },
    user: { 'x.tmp': 'x' },
  },
  {
    what: 'a directory of ignored files for a file',
    first: { b: 'y' },
    second: { a: 'x' },
    user: { a: undefined, 'a/x.tmp': 'z' },
  },
  { what: 'a deletion', first: { b: 'y' }, second: { a: 'x' }, user: { a: undefined } },
  {
    what: 'a file for a directory',
    first: { a: 'x' },
    second: { a: undefined, 'a/b': 'y' },
    user: { a: 'x' },
  },
]

for (const { what, first, second, user } of alreadyThere) {
  test(`${what} that the target has too is still uncommitted after an undo`, async (t) => {
    const world = await between(t, first, second)
    const { repository } = world
    repository.write(user)
    const before = snapshot(repository.root)
    await world.go(world.first)
    await repository.repository.undo({})
    t.deepEqual(snapshot(repository.root), before)
  })
}

test('what the target has already is not in the way', async (t) => {
  const { repository, first, go } = await between(
    t,
    { 'x.tmp': 'same', b: 'old' },
    { 'x.tmp': undefined, b: 'new' },
  )
  repository.write({ 'x.tmp': 'same', b: 'old' })
  await go(first)
  t.is(repository.read('x.tmp'), 'same')
})

test('an interrupted checkout is told by status, refused by commit and undo, and goes on or back', async (t) => {
  const { repository, first, second, go } = await between(
    t,
    { a: 'one', b: 'one', gone: 'x' },
    { a: 'two', b: 'two', gone: undefined, fresh: 'y' },
  )
  const interrupt = () => {
    writeUnfinishedCheckout(openWorkdir(repository.root), parseId<'commit'>(first))
    repository.write({ a: 'one', fresh: undefined })
  }
  await go(second)
  interrupt()
  const { unfinished } = await repository.repository.status({ all: true, paths: [], rehash: false })
  t.is(unfinished?.kind, 'checkout')
  await t.throwsAsync(repository.commit('Half'), { code: 'DV_UNFINISHED_CHECKOUT' })
  await t.throwsAsync(repository.repository.undo({}), { code: 'DV_UNFINISHED_CHECKOUT' })
  await go(first)
  t.deepEqual(texts(repository), { a: 'one', b: 'one', gone: 'x' })
  await go(second)
  interrupt()
  await go(second)
  t.deepEqual(texts(repository), { a: 'two', b: 'two', fresh: 'y' })
  t.true((await repository.repository.status({ all: true, paths: [], rehash: false })).clean)
})

test('what an interrupted checkout began to write where nothing stood is not in the way', async (t) => {
  const { repository, first, second, go } = await between(
    t,
    { a: 'one', 'new/x.tmp': 'of the first', 'new/y': 'of the first too' },
    { a: 'two', 'new/x.tmp': undefined, 'new/y': undefined },
  )
  for (const begun of ['', 'of the']) {
    for (const to of [first, second]) {
      writeUnfinishedCheckout(openWorkdir(repository.root), parseId<'commit'>(first))
      repository.write({ 'new/y': begun, ...(to === first && { 'new/x.tmp': begun }) })
      await go(to)
      t.true((await repository.repository.status({ all: true, paths: [], rehash: false })).clean)
      if (to === first)
        t.is(repository.read('new/x.tmp') + repository.read('new/y'), 'of the firstof the first too')
      await go(second)
      t.false(fs.existsSync(absolute(repository, 'new')))
    }
  }
})

test('what an interrupted checkout put in the place of a file and a loss of power then took is not in the way', async (t) => {
  const { repository, first, second, go } = await between(
    t,
    { a: 'one', long: 'something else', untouched: 'the same' },
    { a: 'two', long: 'recorded' },
  )
  for (const left of ['', 'some', 'some\0\0\0\0\0\0\0\0\0\0', '\0\0']) {
    for (const to of [first, second]) {
      writeUnfinishedCheckout(openWorkdir(repository.root), parseId<'commit'>(first))
      repository.write({ long: left, untouched: 'the' })
      await go(to)
      t.is(repository.read('long'), to === first ? 'something else' : 'recorded')
      t.is(repository.read('untouched'), 'the')
      await go(second)
    }
  }
})

test('a first checkout that was interrupted in the middle of a file goes on by a switch', async (t) => {
  const repository = await testRepository(t, { a: 'one', 'd/b': 'two' })
  const directory = path.join(repository.root, '..', 'other')
  await repository.repository.addWorktree({ directory, branch: 'topic', force: false })
  const other = await repository.openAt('../other')
  const { commit } = await repository.commit('Again', { allowEmpty: true })
  writeUnfinishedCheckout(openWorkdir(directory), parseId<'commit'>(commit.id))
  fs.writeFileSync(path.join(directory, 'd/b'), 'tw')
  await other.switch({ to: 'topic', create: false, detach: 'never', force: false })
  t.is(fs.readFileSync(path.join(directory, 'd/b'), 'utf8'), 'two')
  t.true((await other.status({ all: true, paths: [], rehash: false })).clean)
})

test('after an interrupted checkout a file that does not begin as its own is in the way', async (t) => {
  const { repository, first, go } = await between(
    t,
    { a: 'one', long: 'something else', 'new/x.tmp': 'of the first', 'new/y': 'of the first too' },
    { a: 'two', long: 'recorded', 'new/x.tmp': undefined, 'new/y': undefined },
  )
  const users: TestFiles[] = [
    { 'new/y': 'mine' },
    { 'new/y': 'of the first too, and mine' },
    { 'new/x.tmp': 'mine' },
    { long: 'some, and mine' },
  ]
  for (const user of users) {
    writeUnfinishedCheckout(openWorkdir(repository.root), parseId<'commit'>(first))
    repository.write(user)
    await t.throwsAsync(go(first), { code: 'DV_WOULD_OVERWRITE' })
    repository.write({ 'new/y': undefined, 'new/x.tmp': undefined, long: 'recorded' })
  }
})

test('a working directory with anything unrecorded is not removed unless told', async (t) => {
  const repository = await testRepository(t, { '.dvignore': IGNORE, a: 'one' })
  const directory = path.join(repository.root, '..', 'other')
  const add = () => repository.repository.addWorktree({ directory, force: false })
  const remove = (force: boolean) => repository.repository.removeWorktree({ directory, force })
  for (const file of ['new', 'x.tmp', 'cache/x']) {
    await add()
    const full = path.join(directory, file)
    fs.mkdirSync(path.dirname(full), { recursive: true })
    fs.writeFileSync(full, 'mine')
    await t.throwsAsync(remove(false), { code: 'DV_WOULD_OVERWRITE' })
    t.is(fs.readFileSync(full, 'utf8'), 'mine')
    await remove(true)
    t.false(fs.existsSync(directory))
  }
  await add()
  fs.mkdirSync(path.join(directory, 'nested/.git'), { recursive: true })
  await t.throwsAsync(remove(true), { code: 'DV_WOULD_OVERWRITE' })
  fs.rmSync(path.join(directory, 'nested'), { recursive: true })
  await remove(false)
  t.is((await repository.repository.worktrees()).length, 1)
})

test('files where a working directory is to be filled stay, and nothing of it is left', async (t) => {
  const repository = await testRepository(t, { a: 'one' })
  const directory = path.join(repository.root, '..', 'other')
  fs.mkdirSync(directory)
  fs.writeFileSync(path.join(directory, 'a'), 'mine')
  const add = repository.repository.addWorktree({ directory, force: true, branch: 'b' })
  await t.throwsAsync(add, { code: 'DV_WOULD_OVERWRITE' })
  t.deepEqual(fs.readdirSync(directory), ['a'])
  t.is((await repository.repository.worktrees()).length, 1)
  t.is((await repository.repository.branches({ remotes: false, all: false })).length, 1)
})

function texts(repository: TestRepository): Record<string, string> {
  const files = repository.list().filter((name) => name !== '.dvignore')
  return Object.fromEntries(files.map((name) => [name, repository.read(name)]))
}

function snapshot(root: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of fs.readdirSync(path.join(root, below)).sort()) {
    if (name === '.dv') continue
    const file = path.posix.join(below, name)
    const stats = fs.lstatSync(path.join(root, file))
    if (stats.isDirectory()) Object.assign(found, snapshot(root, file))
    else if (stats.isSymbolicLink()) found[file] = `-> ${fs.readlinkSync(path.join(root, file))}`
    else found[file] = fs.readFileSync(path.join(root, file), 'utf8')
  }
  return found
}

test('the hint names --force only where the verb has it', async (t) => {
  const { repository, go, first } = await between(t, { a: '1' }, { a: '2' })
  const hintOf = async (work: Promise<unknown>) => {
    const error = await t.throwsAsync<DvError>(work, { code: 'DV_WOULD_OVERWRITE' })
    t.regex(error!.hint!, /dv restore PATH/)
    return error!.hint!
  }
  repository.write({ a: 'mine' })
  t.regex(await hintOf(go(first)), /--force/)
  repository.write({ a: '2' })
  await go(first)
  repository.write({ a: 'mine' })
  t.notRegex(await hintOf(repository.repository.undo({})), /--force/)
})
