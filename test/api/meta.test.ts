import test from 'ava'
import fc from 'fast-check'
import type { MetaItem, MetaSetOptions } from '../../src/api/index.js'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'

function set(made: TestRepository, paths: string[], values: Record<string, string>, more = {}) {
  const options: MetaSetOptions = { paths, set: values, types: {}, unset: [], ...more }
  return made.repository.setMetadata(options)
}

function unset(made: TestRepository, paths: string[], ...names: string[]) {
  return made.repository.setMetadata({ paths, set: {}, types: {}, unset: names })
}

async function get(made: TestRepository, path: string, at?: string): Promise<MetaItem['metadata']> {
  const options = { paths: [path], keys: [], ...(at !== undefined && { at }) }
  return (await collect(made.repository.getMetadata(options)))[0]!.metadata
}

async function status(made: TestRepository) {
  return made.repository.status({ all: true, paths: [], rehash: false })
}

async function diff(made: TestRepository, from?: string, to?: string) {
  const options = { mergeBase: false, paths: [], content: false, context: 3 }
  const sides = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const records = await collect(made.repository.diff({ ...options, ...sides }))
  return records.flatMap((record) =>
    record.type === 'change' && record.metadata ? [[record.path, record.metadata]] : [],
  )
}

test('what is set waits until it is committed, and is then of the commit', async (t) => {
  const made = await testRepository(t, { 'a/x': '1', 'a/y': '2' })
  t.deepEqual(await set(made, ['a/x'], { plate: '7', code: '007', on: '2026-01-31' }), {
    ...{ paths: 1, changed: 1 },
    types: { plate: 'int64', code: 'string', on: 'date' },
  })
  t.deepEqual((await status(made)).metadata, {
    count: 1,
    items: [
      { path: 'a/x', set: { code: '007', on: { date: '2026-01-31T00:00:00.000Z' }, plate: 7 }, unset: [] },
    ],
  })
  t.false((await status(made)).clean)
  t.deepEqual(await get(made, 'a/x', 'HEAD'), {})
  t.like(await get(made, 'a/x'), { plate: 7 })
  t.like((await made.commit('Two')).changes, { added: 0, modified: 1, deleted: 0 })
  t.true((await status(made)).clean)
  t.like(await get(made, 'a/x', 'HEAD'), { plate: 7, code: '007' })
  t.deepEqual(await diff(made, 'HEAD~1', 'HEAD'), [
    [
      'a/x',
      [
        { key: 'code', after: '007' },
        { key: 'on', after: { date: '2026-01-31T00:00:00.000Z' } },
        { key: 'plate', after: 7 },
      ],
    ],
  ])
})

test('a directory passes on what it has, name by name; the nearest wins', async (t) => {
  const made = await testRepository(t, { 'a/b/x': '1', 'a/y': '2' })
  await set(made, ['a'], { line: 'A', scope: '1' })
  await set(made, ['a/b'], { line: 'B' })
  await set(made, ['a/b/x'], { well: 'A01' })
  for (const at of [undefined, 'HEAD']) {
    if (at) await made.commit('Two')
    t.deepEqual(await get(made, 'a/b/x', at), { line: 'B', scope: 1, well: 'A01' })
    t.deepEqual(await get(made, 'a/y', at), { line: 'A', scope: 1 })
    const [item] = await collect(
      made.repository.getMetadata({ paths: ['a/b/x'], keys: [], ...(at && { at }) }),
    )
    t.deepEqual(item!.inherited, { line: 'a/b', scope: 'a' })
  }
  await unset(made, ['a/b'], 'line')
  await made.commit('Three')
  t.deepEqual(await get(made, 'a/b/x', 'HEAD'), { line: 'A', scope: 1, well: 'A01' })
  t.true((await status(made)).clean, 'a directory without metadata of its own has no entry')
})

test('files that no commit has yet can have metadata; what is left out of commits cannot', async (t) => {
  const made = await testRepository(t, { x: '1', '.dvignore': 'junk\n' })
  made.write({ 'new/n': '2', junk: '3' })
  await set(made, ['new/n'], { k: '1' })
  await set(made, ['**'], { all: 'true' })
  await t.throwsAsync(set(made, ['junk'], { k: '1' }), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(set(made, ['nowhere'], { k: '1' }), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(set(made, ['.'], { k: '1' }), { code: 'DV_USAGE' })
  await made.commit('Two')
  t.deepEqual(await get(made, 'new/n', 'HEAD'), { all: true, k: 1 })
  t.deepEqual(await get(made, 'x', 'HEAD'), { all: true })
})

test('a commit of some paths takes their metadata and leaves the rest to wait', async (t) => {
  const made = await testRepository(t, { x: '1', y: '2' })
  await set(made, ['x', 'y'], { k: '1' })
  await made.commit('Two', { paths: ['x'] })
  t.deepEqual(await get(made, 'x', 'HEAD'), { k: 1 })
  t.deepEqual(await get(made, 'y', 'HEAD'), {})
  t.deepEqual(await get(made, 'y'), { k: 1 })
})

test('what is recorded so already does not wait, and setting it back leaves nothing to commit', async (t) => {
  const made = await testRepository(t, { x: '1' })
  await set(made, ['x'], { k: '1' })
  await made.commit('Two')
  t.is((await set(made, ['x'], { k: '1' })).changed, 0)
  await set(made, ['x'], { k: '2' })
  await set(made, ['x'], { k: '1' })
  t.true((await status(made)).clean)
  await t.throwsAsync(made.commit('Three'), { code: 'DV_NOTHING_TO_COMMIT' })
  await unset(made, ['x'], 'k', 'never')
  t.deepEqual((await status(made)).metadata?.items, [{ path: 'x', set: {}, unset: ['k'] }])
})

test('an undo takes back what was set, a commit of it, and an undo', async (t) => {
  const made = await testRepository(t, { x: '1' })
  await set(made, ['x'], { k: '1' })
  await set(made, ['x'], { k: '2' })
  await made.repository.undo({})
  t.deepEqual(await get(made, 'x'), { k: 1 })
  await made.repository.undo({})
  t.deepEqual(await get(made, 'x'), { k: 2 })
  await made.commit('Two')
  await made.repository.undo({})
  t.deepEqual(await get(made, 'x'), { k: 2 })
  t.deepEqual(await get(made, 'x', 'HEAD'), {})
  t.deepEqual(await diff(made), [['x', [{ key: 'k', after: 2 }]]])
})

test('a restore gives up what waits, and takes the metadata of its source', async (t) => {
  const made = await testRepository(t, { x: '1', y: '1' })
  await set(made, ['x', 'y'], { k: '1' })
  await made.commit('Two')
  await set(made, ['x', 'y'], { k: '2', other: 'a' })
  t.like(await made.repository.restore({ paths: ['x'] }), { metadata: 1, written: 0 })
  t.deepEqual(await get(made, 'x'), { k: 1 })
  t.deepEqual(await get(made, 'y'), { k: 2, other: 'a' })
  await made.repository.restore({ paths: ['**'], source: 'HEAD~1' })
  t.deepEqual(await get(made, 'x'), {})
  t.deepEqual(await get(made, 'y'), {})
  await made.repository.undo({})
  t.deepEqual(await get(made, 'y'), { k: 2, other: 'a' })
})

test('what waits is kept over a switch, unless the branches differ in it', async (t) => {
  const made = await testRepository(t, { x: '1', y: '1' })
  const go = (to: string, more = {}) =>
    made.repository.switch({ to, create: false, detach: 'auto', force: false, ...more })
  await go('topic', { create: true })
  await set(made, ['x'], { k: 'topic' })
  await made.commit('Two')
  await set(made, ['x'], { k: 'mine' })
  await set(made, ['y'], { k: 'mine' })
  const error = await t.throwsAsync(go('main'), { code: 'DV_WOULD_OVERWRITE' })
  t.deepEqual((error as { data?: unknown }).data, { paths: ['x'], count: 1 })
  t.deepEqual(await get(made, 'x'), { k: 'mine' })
  await go('main', { force: true })
  t.deepEqual(await get(made, 'x'), {})
  t.deepEqual(await get(made, 'y'), { k: 'mine' })
  await made.repository.undo({})
  t.deepEqual(await get(made, 'x'), { k: 'mine' })
})

test('a merge joins metadata key by key, and leaves what waits elsewhere', async (t) => {
  const made = await testRepository(t, { x: '1', y: '1' })
  const go = (to: string, create = false) =>
    made.repository.switch({ to, create, detach: 'auto', force: false })
  await go('topic', true)
  await set(made, ['x'], { theirs: '1' })
  await made.commit('Theirs')
  await go('main')
  await set(made, ['x'], { ours: '1' })
  await made.commit('Ours')
  await set(made, ['y'], { waits: '1' })
  const merged = await made.repository.merge({ revision: 'topic', fastForward: 'allowed' })
  t.is(merged.outcome, 'merged')
  t.deepEqual(await get(made, 'x', 'HEAD'), { ours: 1, theirs: 1 })
  t.deepEqual(await get(made, 'y'), { waits: 1 })
  t.deepEqual(await get(made, 'y', 'HEAD'), {})
})

async function inConflict(made: TestRepository) {
  const go = (to: string, create = false) =>
    made.repository.switch({ to, create, detach: 'auto', force: false })
  await go('topic', true)
  await set(made, ['x', 'y'], { k: '1', l: '1' })
  await made.commit('Theirs')
  await go('main')
  await set(made, ['x', 'y'], { k: '2', l: '2' })
  await made.commit('Ours')
  await made.repository.merge({ revision: 'topic', fastForward: 'allowed' })
}

test('conflicts of metadata are settled by setting and taking away what they are about', async (t) => {
  const made = await testRepository(t, { x: '1', y: '1' })
  await inConflict(made)
  const left = async () =>
    (await status(made)).groups.conflicts.items.map(({ path, metadataKeys }) => [path, metadataKeys])
  t.deepEqual(await left(), [
    ['x', ['k', 'l']],
    ['y', ['k', 'l']],
  ])
  await t.throwsAsync(made.commit('Too early'), { code: 'DV_MERGE_CONFLICT' })
  t.like(await set(made, ['x'], { k: '3' }), { changed: 1, settled: 1 })
  t.deepEqual((await left())[0], ['x', ['l']])
  // Ours is in place already: that it is meant is what was not known.
  t.like(await set(made, ['x'], { l: '2' }), { changed: 0, settled: 1 })
  t.deepEqual(await left(), [['y', ['k', 'l']]])
  await made.repository.undo({})
  t.deepEqual((await left())[0], ['x', ['l']])
  await made.repository.undo({})
  t.deepEqual(await left(), [['y', ['k', 'l']]])
  t.like(await unset(made, ['x', 'y'], 'k', 'l'), { changed: 2, settled: 1 })
  t.deepEqual(await left(), [])
  await made.commit('Merged')
  t.deepEqual(await get(made, 'x', 'HEAD'), {})
  t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
})

test('an undo tells how much metadata is as it was before', async (t) => {
  const made = await testRepository(t, { x: '1', y: '1' })
  await set(made, ['x', 'y'], { k: '1' })
  t.is((await made.repository.undo({})).metadata, 2)
  t.is((await made.repository.undo({})).metadata, 2)
  await made.commit('Metadata')
  t.is((await made.repository.undo({})).metadata, 2)
  t.deepEqual(await get(made, 'x'), { k: 1 })
})

test('metadata of a commit has the types that metadata of paths has', async (t) => {
  const made = await testRepository(t, { x: '1' })
  const set = { n: '5', day: '2026-01-31', big: '9007199254740993', id: '7', tags: '["a"]' }
  await made.commit('Two', { allowEmpty: true, typed: { set, types: { id: 'string' } } })
  const [item] = await collect(made.repository.getMetadata({ paths: [], keys: [], commit: 'HEAD' }))
  t.deepEqual(item!.metadata, {
    ...{ n: 5, day: { date: '2026-01-31T00:00:00.000Z' }, big: { int64: '9007199254740993' } },
    ...{ id: '7', tags: ['a'] },
  })
  const typed = { set: { n: 'x' }, types: { n: 'int64' } } as const
  await t.throwsAsync(made.commit('Three', { allowEmpty: true, typed }), { code: 'DV_BAD_VALUE' })
})

test('a directory that has metadata is gone once its files are', async (t) => {
  const made = await testRepository(t, { 'p7/a': '1', b: '2' })
  await set(made, ['p7'], { plate: '7' })
  await made.commit('Metadata')
  t.true((await status(made)).clean)
  made.write({ 'p7/a': undefined })
  t.deepEqual(
    (await status(made)).groups.deleted.items.map(({ path }) => path),
    ['p7', 'p7/a'],
  )
  t.is((await made.commit('Gone')).changes.deleted, 2)
})

test('metadata that waits outlives a collection without grace', async (t) => {
  const made = await testRepository(t, { x: '1' })
  await set(made, ['x'], { k: '1' })
  await made.repository.gc({ now: true, dryRun: false, operations: 0 })
  await made.commit('Two')
  t.deepEqual(await get(made, 'x', 'HEAD'), { k: 1 })
  t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
})

test('after any edits, what is committed is what waited, and nothing waits', async (t) => {
  const made = await testRepository(t, { 'a/x': '1', 'a/y': '1', b: '1' })
  const model = new Map<string, Map<string, number>>()
  const step = fc.record({
    path: fc.constantFrom('a', 'a/x', 'a/y', 'b'),
    key: fc.constantFrom('k', 'l', 'm'),
    value: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    commit: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      for (const { path, key, value, commit } of steps) {
        const own = model.get(path) ?? new Map<string, number>()
        model.set(path, own)
        if (value === undefined) own.delete(key)
        else own.set(key, value)
        await (value === undefined ? unset(made, [path], key) : set(made, [path], { [key]: String(value) }))
        if (commit && !(await status(made)).clean) await made.commit('Next')
      }
      if (!(await status(made)).clean) await made.commit('Last')
      t.true((await status(made)).clean)
      for (const [path, own] of model) {
        const above = path.startsWith('a/') ? [...(model.get('a') ?? [])] : []
        t.deepEqual(await get(made, path, 'HEAD'), Object.fromEntries(new Map([...above, ...own])))
      }
    }),
    { numRuns: 10 },
  )
})
