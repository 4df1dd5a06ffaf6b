import fs from 'node:fs'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import type { MergeOptions, MergeResult, ResolveOptions, StatusResult } from '../../src/api/index.js'
import { openWorkdir, readMerge, writeMerge } from '../../src/workspace/index.js'
import { type TestFiles, type TestRepository, testRepository } from '../helpers/repository.js'

const NO_WORK = {}

function merge(one: TestRepository, revision: string, options: Partial<MergeOptions> = {}) {
  one.advance(60_000)
  return one.repository.merge({ revision, fastForward: 'allowed', ...options })
}

function resolveTo(one: TestRepository, side: ResolveOptions['side'], ...paths: string[]) {
  return one.repository.resolveMerge({ side, paths })
}

function status(one: TestRepository): Promise<StatusResult> {
  return one.repository.status({ all: true, paths: [], rehash: false })
}

async function switchTo(one: TestRepository, to: string, create = false): Promise<void> {
  await one.repository.switch({ to, create, detach: 'never', force: false })
}

/** Branches `main` (checked out) and `topic`, both on a commit of `base`. */
async function diverged(
  t: ExecutionContext,
  [base, ours, theirs]: readonly [TestFiles, TestFiles, TestFiles],
): Promise<TestRepository> {
  const one = await testRepository(t)
  one.write(base)
  await one.commit('First', { allowEmpty: true })
  await switchTo(one, 'topic', true)
  one.write(theirs)
  await one.commit('Theirs', { allowEmpty: true })
  await switchTo(one, 'main')
  one.write(ours)
  await one.commit('Ours', { allowEmpty: true })
  return one
}

/** Everything below the root, with its bytes. */
function snapshot(one: TestRepository): Record<string, string> {
  return Object.fromEntries(
    one.list().map((file) => {
      const full = `${one.root}/${file}`
      const stats = fs.lstatSync(full)
      if (stats.isSymbolicLink()) return [file, `-> ${fs.readlinkSync(full)}`]
      return [file, `${stats.mode & 0o100 ? 'x ' : ''}${fs.readFileSync(full, 'latin1')}`]
    }),
  )
}

function kinds({ conflicts }: Pick<MergeResult, 'conflicts'>): [string, string][] {
  return conflicts.map(({ path, kind }) => [path, kind])
}

async function parentsOf(one: TestRepository, revision = 'HEAD'): Promise<number> {
  for await (const entry of one.repository.log({
    ...{ revisions: [revision], paths: [], limit: 1 },
    ...{ all: false, changes: false, topological: false },
  })) {
    return entry.parents.length
  }
  return -1
}

const binary = (n: number) => Uint8Array.from([0, 1, n, 255])

// Without conflicts

test('a branch that is merged already is up to date', async (t) => {
  const one = await testRepository(t, { a: '1' })
  await one.repository.createBranch({ name: 'topic', force: false })
  one.write({ b: '2' })
  await one.commit('More')
  const result = await merge(one, 'topic')
  t.is(result.outcome, 'up-to-date')
  t.is(result.commit!.subject, 'More')
})

test('a branch that only continues this one is fast-forwarded, files and all', async (t) => {
  const one = await diverged(t, [{ a: '1', 'd/old': 'x' }, {}, { a: '2', 'd/old': undefined, b: '3' }])
  await one.repository.undo({})
  t.deepEqual(snapshot(one), { a: '1', 'd/old': 'x' })
  const result = await merge(one, 'topic')
  t.like(result, { outcome: 'fast-forward', theirs: 'topic', conflicts: [] })
  t.like(result.changes, { added: 1, modified: 1, deleted: 1 })
  t.deepEqual(snapshot(one), { a: '2', b: '3' })
  t.true((await status(one)).clean)
  await one.repository.undo({})
  t.deepEqual(snapshot(one), { a: '1', 'd/old': 'x' })
  t.true((await status(one)).clean)
})

test('--no-ff makes a merge commit where none is needed', async (t) => {
  const one = await testRepository(t, { a: '1' })
  await switchTo(one, 'topic', true)
  one.write({ a: '2' })
  await one.commit('Theirs')
  await switchTo(one, 'main')
  const result = await merge(one, 'topic', { fastForward: 'never', message: 'Joined\n' })
  t.is(result.outcome, 'merged')
  t.is(result.commit!.subject, 'Joined')
  t.is(await parentsOf(one), 2)
  t.deepEqual(snapshot(one), { a: '2' })
})

test('--ff-only refuses when both have commits', async (t) => {
  const one = await diverged(t, [{ a: '1' }, { b: '1' }, { c: '1' }])
  await t.throwsAsync(merge(one, 'topic', { fastForward: 'only' }), { code: 'DV_NOT_FAST_FORWARD' })
  t.deepEqual(snapshot(one), { a: '1', b: '1' })
})

test('a branch without commits begins at what is merged into it', async (t) => {
  const one = await testRepository(t, { a: '1' })
  await one.repository.createBranch({ name: 'topic', force: false })
  const empty = await testRepository(t)
  t.is((await status(empty)).commit, undefined)
  const other = one.apiAt('../other')
  await other.init({ directory: '../other', store: one.repository.store, branch: 'fresh' })
  const repository = await one.openAt('../other')
  fs.rmSync(`${repository.root}/.dvignore`)
  const result = await repository.merge({ revision: 'topic', fastForward: 'never' })
  t.is(result.outcome, 'fast-forward')
  t.deepEqual(fs.readdirSync(repository.root).sort(), ['.dv', 'a'])
  t.true((await repository.status({ all: true, paths: [], rehash: false })).clean)
  await repository.undo({})
  t.deepEqual(fs.readdirSync(repository.root), ['.dv'])
})

test('changes of both sides come together in a commit with two parents', async (t) => {
  const one = await diverged(t, [
    { a: '1', b: '1', text: '1\n2\n3\n4\n5\n' },
    { a: '2', text: 'one\n2\n3\n4\n5\n' },
    { b: '2', 'd/new': { executable: 'run' }, link: { link: 'a' }, text: '1\n2\n3\n4\nfive\n' },
  ])
  const before = snapshot(one)
  const result = await merge(one, 'topic')
  t.is(result.outcome, 'merged')
  t.is(result.commit!.subject, 'Merge topic into main')
  t.like(result.changes, { added: 2, modified: 2, deleted: 0 })
  t.is(await parentsOf(one), 2)
  t.deepEqual(snapshot(one), {
    ...{ a: '2', b: '2', 'd/new': 'x run', link: '-> a' },
    text: 'one\n2\n3\n4\nfive\n',
  })
  t.true((await status(one)).clean)
  await one.repository.undo({})
  t.deepEqual(snapshot(one), before)
  t.is((await status(one)).commit!.id.length, 64)
  t.true((await status(one)).clean)
})

test('merged text of many chunks is stored as if it came from disk', async (t) => {
  const lines = Array.from({ length: 60_000 }, (_, i) => `line ${i}\n`)
  const changed = (at: number) => lines.map((line, i) => (i === at ? 'changed\n' : line)).join('')
  const one = await diverged(t, [{ text: lines.join('') }, { text: changed(5) }, { text: changed(50_000) }])
  t.is((await merge(one, 'topic')).outcome, 'merged')
  const expected = lines.map((line, i) => (i === 5 || i === 50_000 ? 'changed\n' : line)).join('')
  t.is(one.read('text'), expected)
  t.true((await status(one)).clean)
  one.write({ text: '' })
  await one.repository.restore({ paths: ['text'] })
  t.is(one.read('text'), expected)
})

test('unrelated uncommitted work is kept, and not committed', async (t) => {
  const one = await diverged(t, [{ a: '1', b: '1', c: '1', d: '1' }, { a: '2' }, { b: '2' }])
  one.write({ c: 'dirty', d: undefined, untracked: 'u' })
  t.is((await merge(one, 'topic')).outcome, 'merged')
  t.deepEqual(snapshot(one), { a: '2', b: '2', c: 'dirty', untracked: 'u' })
  const { groups } = await status(one)
  t.deepEqual(
    [groups.modified, groups.deleted, groups.added].map(({ items }) => items.map(({ path }) => path)),
    [['c'], ['d'], ['untracked']],
  )
})

for (const [what, dirty] of Object.entries({
  'an edited file': { b: 'mine' },
  'an untracked file': { new: 'mine' },
  'a file where a directory is to be': { dir: 'mine' },
})) {
  test(`${what} in the way: nothing happens`, async (t) => {
    const one = await diverged(t, [{ a: '1', b: '1' }, { a: '2' }, { b: '2', new: '3', 'dir/x': '1' }])
    one.write(dirty)
    const before = snapshot(one)
    const head = (await status(one)).commit
    const error = await t.throwsAsync(merge(one, 'topic'), { code: 'DV_WOULD_OVERWRITE' })
    t.notRegex((error as { hint?: string }).hint!, /--force/)
    t.deepEqual(snapshot(one), before)
    t.deepEqual((await status(one)).commit, head)
    t.false(await one.repository.mergeUnderWay())
  })
}

test('a conflict file that is edited already is in the way, too', async (t) => {
  const one = await diverged(t, [{ a: '1\n' }, { a: '2\n' }, { a: '3\n' }])
  one.write({ 'a.THEIRS-topic': 'mine' })
  await t.throwsAsync(merge(one, 'topic'), { code: 'DV_WOULD_OVERWRITE' })
  t.deepEqual(snapshot(one), { a: '2\n', 'a.THEIRS-topic': 'mine' })
  t.false(await one.repository.mergeUnderWay())
})

test('histories without a common commit are not merged', async (t) => {
  const one = await testRepository(t, { a: '1' })
  const other = one.apiAt('../other')
  await other.init({ directory: '../other', store: one.repository.store, branch: 'fresh' })
  const repository = await one.openAt('../other')
  fs.writeFileSync(`${repository.root}/b`, '2')
  const message = 'Elsewhere'
  await repository.commit({
    message,
    amend: false,
    allowEmpty: false,
    metadata: {},
    paths: [],
    rehash: false,
  })
  await t.throwsAsync(merge(one, 'fresh'), { code: 'DV_UNRELATED_HISTORIES' })
  t.deepEqual(snapshot(one), { a: '1' })
})

test('an unknown revision is named', async (t) => {
  const one = await testRepository(t, { a: '1' })
  await t.throwsAsync(merge(one, 'tpoic'), { code: 'DV_UNKNOWN_REVISION' })
})

test('crossed histories are merged against what both had in common', async (t) => {
  const one = await diverged(t, [{ a: '1\n', b: '1\n' }, { a: '2\n' }, { b: '2\n' }])
  await one.repository.createBranch({ name: 'left', force: false })
  await merge(one, 'topic')
  await switchTo(one, 'topic')
  await merge(one, 'left')
  one.write({ a: '3\n' })
  await one.commit('On topic')
  await switchTo(one, 'main')
  one.write({ b: '3\n' })
  await one.commit('On main')
  const result = await merge(one, 'topic')
  t.is(result.outcome, 'merged')
  t.deepEqual(snapshot(one), { a: '3\n', b: '3\n' })
})

test('a merge on a detached head moves the head', async (t) => {
  const one = await diverged(t, [{ a: '1', b: '1' }, { a: '2' }, { b: '2' }])
  await one.repository.switch({ to: 'main', create: false, detach: 'always', force: false })
  const result = await merge(one, 'topic')
  const now = await status(one)
  t.deepEqual([now.branch, now.commit!.id], [undefined, result.commit!.id])
  await one.repository.undo({})
  t.deepEqual(snapshot(one), { a: '2', b: '1' })
})

// Conflicts

test('text in conflict: markers in the file, both sides beside it, nothing committed', async (t) => {
  const one = await diverged(t, [{ 'd/a.csv': '1\n' }, { 'd/a.csv': '2\n' }, { 'd/a.csv': '3\n', b: '1' }])
  const head = (await status(one)).commit
  const result = await merge(one, 'topic')
  t.like(result, { outcome: 'conflicts', theirs: 'topic', commit: { subject: 'Ours' } })
  const conflict = {
    ...{ path: 'd/a.csv', kind: 'both-modified', markers: true },
    ...{ ours: 'd/a.OURS-main.csv', theirs: 'd/a.THEIRS-topic.csv' },
  }
  t.deepEqual(result.conflicts, [conflict] as typeof result.conflicts)
  t.deepEqual(snapshot(one), {
    b: '1',
    'd/a.OURS-main.csv': '2\n',
    'd/a.THEIRS-topic.csv': '3\n',
    'd/a.csv': '<<<<<<< main\n2\n=======\n3\n>>>>>>> topic\n',
  })
  const now = await status(one)
  t.deepEqual(now.commit, head)
  t.like(now.unfinished, { kind: 'merge', theirs: 'topic' })
  t.deepEqual(now.groups.conflicts.items, result.conflicts)
  t.deepEqual(
    now.groups.added.items.map(({ path }) => path),
    ['b'],
  )
  t.true(await one.repository.mergeUnderWay())
})

test('text is settled once no marker is left; --continue then takes the sides away', async (t) => {
  const one = await diverged(t, [{ a: '1\n' }, { a: '2\n' }, { a: '3\n', b: '1' }])
  await merge(one, 'topic')
  const left = await t.throwsAsync(one.repository.continueMerge(NO_WORK), { code: 'DV_MERGE_CONFLICT' })
  t.regex((left as { hint?: string }).hint!, /edit 'a'.*dv merge --ours a/)
  await t.throwsAsync(one.commit('Too early'), { code: 'DV_MERGE_CONFLICT' })
  one.write({ a: 'settled\n' })
  t.is((await status(one)).groups.conflicts.count, 0)
  const result = await one.repository.continueMerge(NO_WORK)
  t.like(result, { outcome: 'merged', theirs: 'topic', commit: { subject: 'Merge topic into main' } })
  t.like(result.changes, { added: 1, modified: 1, deleted: 0 })
  t.is(await parentsOf(one), 2)
  t.deepEqual(snapshot(one), { a: 'settled\n', b: '1' })
  t.true((await status(one)).clean)
  t.false(await one.repository.mergeUnderWay())
})

test('dv commit ends a merge as --continue does', async (t) => {
  const one = await diverged(t, [{ a: '1\n' }, { a: '2\n' }, { a: '3\n' }])
  await merge(one, 'topic')
  await t.throwsAsync(one.commit('Part', { paths: ['a'] }), { code: 'DV_MERGE_IN_PROGRESS' })
  await t.throwsAsync(one.commit('Again', { amend: true }), { code: 'DV_MERGE_IN_PROGRESS' })
  one.write({ a: 'settled\n' })
  const { commit, changes } = await one.commit('By hand')
  t.is(commit.parents.length, 2)
  t.is(commit.message, 'By hand')
  t.like(changes, { added: 0, modified: 1, deleted: 0 })
  t.deepEqual(snapshot(one), { a: 'settled\n' })
})

test('a binary file in conflict stays ours, without markers, until its sides are gone', async (t) => {
  const one = await diverged(t, [{ 'a.png': binary(1) }, { 'a.png': binary(2) }, { 'a.png': binary(3) }])
  const result = await merge(one, 'topic')
  t.false(result.conflicts[0]!.markers)
  t.deepEqual(fs.readFileSync(`${one.root}/a.png`), Buffer.from(binary(2)))
  t.deepEqual(fs.readFileSync(`${one.root}/a.THEIRS-topic.png`), Buffer.from(binary(3)))
  one.write({ 'a.png': binary(4) })
  const left = await t.throwsAsync(one.repository.continueMerge(NO_WORK), { code: 'DV_MERGE_CONFLICT' })
  t.regex((left as { hint?: string }).hint!, /delete 'a.OURS-main.png' and 'a.THEIRS-topic.png'/)
  one.write({ 'a.OURS-main.png': undefined, 'a.THEIRS-topic.png': undefined })
  t.is((await status(one)).groups.conflicts.count, 0)
  t.is((await one.repository.continueMerge({ message: 'Mine' })).commit!.subject, 'Mine')
  t.deepEqual(one.list(), ['a.png'])
  t.true((await status(one)).clean)
})

test('a file changed on one side and deleted on the other is kept, its side beside it', async (t) => {
  const one = await diverged(t, [
    { a: '1', b: '1', c: '1' },
    { a: '2', b: undefined, c: undefined },
    { a: undefined, b: '2', c: '2' },
  ])
  const result = await merge(one, 'topic')
  t.deepEqual(kinds(result), [
    ['a', 'deleted-by-them'],
    ['b', 'deleted-by-us'],
    ['c', 'deleted-by-us'],
  ])
  t.deepEqual(snapshot(one), {
    ...{ a: '2', 'a.OURS-main': '2' },
    ...{ b: '2', 'b.THEIRS-topic': '2', c: '2', 'c.THEIRS-topic': '2' },
  })
  t.deepEqual((await resolveTo(one, 'theirs', 'a')).resolved, ['a'])
  one.write({ b: undefined })
  one.write({ 'c.THEIRS-topic': undefined })
  t.deepEqual((await status(one)).groups.conflicts.items, [])
  await one.repository.continueMerge(NO_WORK)
  t.deepEqual(snapshot(one), { c: '2' })
})

test('a file both added differently', async (t) => {
  const one = await diverged(t, [{}, { a: '1\n', same: 's' }, { a: '2\n', same: 's' }])
  const result = await merge(one, 'topic')
  t.deepEqual(kinds(result), [['a', 'both-added']])
  t.is(one.read('a'), '<<<<<<< main\n1\n=======\n2\n>>>>>>> topic\n')
})

test('a file on one side, a directory on the other: one side taken, all of it is', async (t) => {
  const sides = [{ p: 'base' }, { p: 'ours' }, { p: undefined, 'p/x': '1', 'p/y': '2' }] as const
  const one = await diverged(t, sides)
  const result = await merge(one, 'topic')
  t.deepEqual(kinds(result), [['p', 'kind']])
  t.deepEqual(snapshot(one), { 'p.OURS-main': 'ours', 'p/x': '1', 'p/y': '2' })
  t.deepEqual((await resolveTo(one, 'ours')).left, [])
  t.deepEqual(snapshot(one), { p: 'ours' })
  await one.repository.undo({})
  t.deepEqual(snapshot(one), { 'p.OURS-main': 'ours', 'p/x': '1', 'p/y': '2' })
  t.is((await status(one)).groups.conflicts.count, 1)
  await resolveTo(one, 'theirs', 'p')
  t.deepEqual(snapshot(one), { 'p/x': '1', 'p/y': '2' })
  await one.repository.continueMerge(NO_WORK)
  t.true((await status(one)).clean)
})

test('a directory taken settles the conflicts inside it', async (t) => {
  const one = await diverged(t, [
    { 'p/a': '1', 'p/b': '1' },
    { 'p/b': '2' },
    { 'p/a': undefined, 'p/b': undefined, p: 'file' },
  ])
  const result = await merge(one, 'topic')
  t.deepEqual(kinds(result), [
    ['p', 'kind'],
    ['p/b', 'deleted-by-them'],
  ])
  const { resolved, left } = await resolveTo(one, 'theirs', 'p')
  t.deepEqual([resolved, left], [['p', 'p/b'], []])
  t.deepEqual(snapshot(one), { p: 'file' })
})

test('taking sides: by path, then all that are left; what was settled by hand stays', async (t) => {
  const files = (n: number) => ({ a: `${n}\n`, b: binary(n), c: `${n}\n` })
  const one = await diverged(t, [files(1), files(2), files(3)])
  await merge(one, 'topic')
  one.write({ c: 'by hand\n' })
  await t.throwsAsync(resolveTo(one, 'ours', 'd'), { code: 'DV_UNKNOWN_PATH' })
  const first = await resolveTo(one, 'theirs', 'b')
  t.deepEqual([first.resolved, first.left.map(({ path }) => path)], [['b'], ['a']])
  t.deepEqual((await resolveTo(one, 'ours')).resolved, ['a'])
  await one.repository.continueMerge(NO_WORK)
  t.deepEqual(snapshot(one), { a: '2\n', b: '\x00\x01\x03\xff', c: 'by hand\n' })
  t.true((await status(one)).clean)
})

test('a side taken runs over what was edited, and undo brings that back', async (t) => {
  const one = await diverged(t, [{ a: binary(1) }, { a: binary(2) }, { a: binary(3) }])
  await merge(one, 'topic')
  one.write({ a: 'edited' })
  await resolveTo(one, 'ours', 'a')
  t.deepEqual(snapshot(one), { a: '\x00\x01\x02\xff' })
  await one.repository.undo({})
  t.is(one.read('a'), 'edited')
  t.is((await status(one)).groups.conflicts.count, 1)
})

for (const favour of ['ours', 'theirs'] as const) {
  test(`every conflict is settled by ${favour} when asked for`, async (t) => {
    const one = await diverged(t, [
      { text: '1\nx\ny\nz\n', bin: binary(1), gone: '1', p: '1' },
      { text: '2\nx\ny\nz\n', bin: binary(2), gone: undefined, p: '2' },
      { text: '3\nx\ny\nend\n', bin: binary(3), gone: '2', p: undefined, 'p/x': '1' },
    ])
    const result = await merge(one, 'topic', { favour })
    t.deepEqual([result.outcome, result.conflicts], ['merged', []])
    t.deepEqual(
      snapshot(one),
      favour === 'ours'
        ? { bin: '\x00\x01\x02\xff', p: '2', text: '2\nx\ny\nend\n' }
        : { bin: '\x00\x01\x03\xff', gone: '2', 'p/x': '1', text: '3\nx\ny\nend\n' },
    )
    t.true((await status(one)).clean)
  })
}

test('nothing else is begun while a merge waits', async (t) => {
  const one = await diverged(t, [{ a: '1\n' }, { a: '2\n' }, { a: '3\n' }])
  await merge(one, 'topic')
  for (const attempt of [
    () => merge(one, 'topic'),
    () => one.repository.revert({ revision: 'HEAD' }),
    () => switchTo(one, 'topic'),
  ]) {
    await t.throwsAsync(attempt(), { code: 'DV_MERGE_IN_PROGRESS' })
  }
})

test('without a merge there is nothing to settle, end or abort', async (t) => {
  const one = await testRepository(t, { a: '1' })
  for (const attempt of [
    () => one.repository.continueMerge(NO_WORK),
    () => one.repository.abortMerge(NO_WORK),
    () => resolveTo(one, 'ours'),
  ]) {
    await t.throwsAsync(attempt(), { code: 'DV_NO_MERGE' })
  }
})

// Going back

test('--abort puts everything back, and leaves unrelated work alone', async (t) => {
  const one = await diverged(t, [
    {
      ...{ text: '1\n', 'd/bin': binary(1), gone: '1', p: '1', kept: '1', script: 'run' },
      ...{ untouched: '1', deleted: '1' },
    },
    { text: '2\n', 'd/bin': binary(2), gone: undefined, p: '2' },
    {
      ...{ text: '3\n', 'd/bin': binary(3), gone: '2', kept: '2', script: { executable: 'run' } },
      ...{ deleted: '2', p: undefined, 'p/x': '1', 'e/new': '1', link: { link: 'kept' } },
    },
  ])
  one.write({ untouched: 'dirty', mine: 'untracked', deleted: undefined })
  const before = snapshot(one)
  const dirty = await status(one)
  await merge(one, 'topic')
  t.is(one.read('deleted'), '2')
  one.write({ text: 'half done\n', 'd/bin': 'edited', kept: 'edited', later: 'new' })
  const conflicted = snapshot(one)
  const result = await one.repository.abortMerge(NO_WORK)
  t.is(result.commit.id, dirty.commit!.id)
  t.deepEqual(snapshot(one), { ...before, later: 'new' })
  t.false(fs.existsSync(`${one.root}/e`))
  t.false(await one.repository.mergeUnderWay())
  one.write({ later: undefined })
  t.deepEqual(await status(one), dirty)
  one.write({ later: 'new' })
  await one.repository.undo({})
  t.deepEqual(snapshot(one), conflicted)
  t.true(await one.repository.mergeUnderWay())
  await one.repository.undo({})
  t.deepEqual(snapshot(one), { ...before, later: 'new' })
  t.false(await one.repository.mergeUnderWay())
})

test('undo takes back a merge with conflicts, and again brings it back', async (t) => {
  const one = await diverged(t, [{ a: '1\n', b: '1' }, { a: '2\n' }, { a: '3\n', b: '2' }])
  const before = snapshot(one)
  await merge(one, 'topic')
  const conflicted = snapshot(one)
  await one.repository.undo({})
  t.deepEqual(snapshot(one), before)
  t.true((await status(one)).clean)
  await one.repository.undo({})
  t.deepEqual(snapshot(one), conflicted)
  t.is((await status(one)).groups.conflicts.count, 1)
})

test('undo of a finished merge gives back the conflicts as they had been settled', async (t) => {
  const one = await diverged(t, [{ a: '1\n', b: '1' }, { a: '2\n' }, { a: '3\n', b: '2' }])
  await merge(one, 'topic')
  one.write({ a: 'settled\n' })
  const settled = snapshot(one)
  const head = (await status(one)).commit
  await one.repository.continueMerge(NO_WORK)
  await one.repository.undo({})
  t.deepEqual(snapshot(one), settled)
  t.deepEqual((await status(one)).commit, head)
  t.true(await one.repository.mergeUnderWay())
  await one.repository.continueMerge(NO_WORK)
  t.deepEqual(snapshot(one), { a: 'settled\n', b: '2' })
})

// Sparse checkouts

async function sparse(one: TestRepository, ...patterns: string[]): Promise<void> {
  await one.repository.sparse({ patterns, force: false })
}

test('what is not checked out is merged without being written', async (t) => {
  const one = await diverged(t, [
    { 'in/a': '1', 'out/a': '1', 'out/text': '1\n2\n3\n' },
    { 'in/a': '2', 'out/text': 'X\n2\n3\n' },
    { 'in/b': '2', 'out/a': '2', 'out/b': '2', 'out/text': '1\n2\nY\n' },
  ])
  await sparse(one, 'in')
  t.is((await merge(one, 'topic')).outcome, 'merged')
  t.deepEqual(snapshot(one), { 'in/a': '2', 'in/b': '2' })
  t.true((await status(one)).clean)
  await one.repository.sparse({ patterns: undefined, force: false })
  t.deepEqual(snapshot(one), {
    ...{ 'in/a': '2', 'in/b': '2', 'out/a': '2', 'out/b': '2', 'out/text': 'X\n2\nY\n' },
  })
})

test('a conflict outside a sparse checkout is shown, settled and recorded; the rest there stays as merged', async (t) => {
  const one = await diverged(t, [
    { 'in/a': '1', 'out/a': '1\n', 'out/b': '1' },
    { 'out/a': '2\n' },
    { 'out/a': '3\n', 'out/b': '2', 'in/a': '2' },
  ])
  await sparse(one, 'in')
  const before = snapshot(one)
  await merge(one, 'topic')
  t.deepEqual(one.list(), ['in/a', 'out/a', 'out/a.OURS-main', 'out/a.THEIRS-topic'])
  await one.repository.abortMerge(NO_WORK)
  t.deepEqual(snapshot(one), before)
  await merge(one, 'topic')
  one.write({ 'out/a': undefined })
  t.is((await status(one)).groups.conflicts.count, 1)
  one.write({ 'out/a': 'settled\n' })
  await one.repository.continueMerge(NO_WORK)
  await one.repository.sparse({ patterns: undefined, force: false })
  t.deepEqual(snapshot(one), { 'in/a': '2', 'out/a': 'settled\n', 'out/b': '2' })
})

// Crashes

test('a merge that was cut short while it changed files can only be aborted', async (t) => {
  const one = await diverged(t, [
    { a: binary(1), b: '1' },
    { a: binary(2) },
    { a: binary(3), b: '2', c: '3' },
  ])
  const before = snapshot(one)
  await merge(one, 'topic')
  const workdir = openWorkdir(one.root)
  const state = readMerge(workdir)!
  writeMerge(workdir, { ...state, pending: state.shown })
  one.write({ 'a.OURS-main': undefined, 'a.THEIRS-topic': undefined, c: undefined })
  await t.throwsAsync(one.repository.continueMerge(NO_WORK), { code: 'DV_MERGE_IN_PROGRESS' })
  await t.throwsAsync(one.commit('No'), { code: 'DV_MERGE_IN_PROGRESS' })
  await t.throwsAsync(resolveTo(one, 'ours'), { code: 'DV_MERGE_IN_PROGRESS' })
  await one.repository.abortMerge(NO_WORK)
  t.deepEqual(snapshot(one), before)
  t.true((await status(one)).clean)
})

test('a commit that ended the merge before its record was removed has ended it', async (t) => {
  const one = await diverged(t, [{ a: '1\n' }, { a: '2\n' }, { a: '3\n' }])
  await merge(one, 'topic')
  const workdir = openWorkdir(one.root)
  const state = readMerge(workdir)!
  one.write({ a: 'settled\n' })
  await one.repository.continueMerge(NO_WORK)
  writeMerge(workdir, state)
  t.false(await one.repository.mergeUnderWay())
  t.true((await status(one)).clean)
  one.write({ a: 'next\n' })
  t.is((await one.commit('Next')).commit.parents.length, 1)
  t.is(readMerge(workdir), undefined)
})

test('a branch that moved since the merge began is not committed to', async (t) => {
  const one = await diverged(t, [{ a: '1\n' }, { a: '2\n' }, { a: '3\n' }])
  await merge(one, 'topic')
  one.write({ a: 'settled\n' })
  const workdir = openWorkdir(one.root)
  const state = readMerge(workdir)!
  writeMerge(workdir, { ...state, ours: state.theirs })
  await t.throwsAsync(one.repository.continueMerge(NO_WORK), { code: 'DV_REF_MOVED' })
})
