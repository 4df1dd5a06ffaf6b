import test from 'ava'
import { chunksFile, metadata, type World, world } from '../merge/world.js'
import type { Entry } from '../../src/objects/index.js'
import {
  diffMetadata,
  diffTrees,
  summarizeChanges,
  type TreeChange,
  type TreeDiffOptions,
} from '../../src/diff/index.js'

type Tree = Record<string, string | Entry>

async function changes(
  w: World,
  before: Tree | undefined,
  after: Tree | undefined,
  options: TreeDiffOptions = {},
) {
  const roots = [before && (await w.tree(before)), after && (await w.tree(after))] as const
  const diff = diffTrees(w.store, roots, options)
  const all: TreeChange[] = []
  for await (const batch of diff.changes) all.push(...batch)
  return { all, limited: diff.renamesLimited() }
}

const brief = ({ all }: { all: TreeChange[] }) =>
  all.map(({ type, path, from }) => (from === undefined ? `${type} ${path}` : `${type} ${from} -> ${path}`))

test('each kind of change has its type', async (t) => {
  const w = world()
  const before: Tree = {
    bit: 'run',
    gone: 'only here',
    kept: '1',
    link: { kind: 'symlink', target: 'a' },
    meta: '1',
    text: '1',
    turned: 'a',
  }
  const after: Tree = {
    bit: w.file('run', { kind: 'executable' }),
    kept: '1',
    link: { kind: 'symlink', target: 'b' },
    meta: w.file('1', { metadata: { form: 'inline', metadata: metadata({ k: 'v' }) } }),
    new: 'only there',
    text: '2',
    turned: { kind: 'symlink', target: 'a' },
  }
  t.deepEqual(brief(await changes(w, before, after, { renames: false })), [
    'modified bit',
    'deleted gone',
    'modified link',
    'metadata meta',
    'added new',
    'modified text',
    'typechange turned',
  ])
})

test('against nothing, everything is added or deleted', async (t) => {
  const w = world()
  t.deepEqual(brief(await changes(w, undefined, { a: '1', b: '' })), ['added a', 'added b'])
  t.deepEqual(brief(await changes(w, { a: '1' }, undefined)), ['deleted a'])
  t.deepEqual(brief(await changes(w, undefined, undefined)), [])
})

test('files that moved are renames, those that kept their name first; empty ones are not', async (t) => {
  const before = { 'a/x': 'one', 'a/y': 'one', 'a/z': 'two', empty: '', same: '1' }
  const after = { 'b/x': 'one', 'b/y': 'one', 'b/w': 'two', none: '', same: '2' }
  const result = await changes(world(), before, after)
  t.deepEqual(brief(result), [
    'modified same',
    'renamed a/z -> b/w',
    'renamed a/x -> b/x',
    'renamed a/y -> b/y',
    'deleted empty',
    'added none',
  ])
  t.is(result.all[1]!.similarity, 1)
  t.false(result.limited)
})

test('a file that moved and changed a little is a rename, one that changed a lot is not', async (t) => {
  const w = world()
  const pieces = ['aaaa', 'bbbb', 'cccc', 'dddd']
  const before = {
    'a.bin': await chunksFile(w, pieces),
    'b.bin': await chunksFile(w, ['eeee', 'ffff', 'gggg']),
  }
  const after = {
    'c.bin': await chunksFile(w, [...pieces.slice(0, 3), 'new!']),
    'd.bin': await chunksFile(w, ['eeee', 'hhhh', 'iiii']),
  }
  const result = await changes(w, before, after)
  t.deepEqual(brief(result), ['deleted b.bin', 'renamed a.bin -> c.bin', 'added d.bin'])
  t.is(result.all[1]!.similarity, 0.75)
})

test('beyond the limit nothing is paired, and that is said', async (t) => {
  const result = await changes(world(), { a: '1', b: '2' }, { c: '1', d: '2' }, { renameLimit: 3 })
  t.deepEqual(brief(result), ['deleted a', 'deleted b', 'added c', 'added d'])
  t.true(result.limited)
})

test('prefix and matches narrow the paths', async (t) => {
  const before = {}
  const after = { 'a/x.csv': '1', 'a/y.txt': '1', 'ab/x.csv': '1', b: '1' }
  const matches = (path: string) => path.endsWith('.csv')
  t.deepEqual(brief(await changes(world(), before, after, { prefix: 'a' })), [
    'added a/x.csv',
    'added a/y.txt',
  ])
  t.deepEqual(brief(await changes(world(), before, after, { matches })), ['added a/x.csv', 'added ab/x.csv'])
})

test('a summary counts changes, and bytes by growth', async (t) => {
  const w = world()
  const roots = [
    await w.tree({ a: '12345', b: '1', c: '12' }),
    await w.tree({ a: '1', b: '123', d: '1234' }),
  ] as const
  t.deepEqual(await summarizeChanges(diffTrees(w.store, roots).changes), {
    added: 1,
    deleted: 1,
    modified: 2,
    renamed: 0,
    typechange: 0,
    metadata: 0,
    changes: 4,
    bytesAdded: 6,
    bytesRemoved: 6,
  })
})

test('diffMetadata() names each key that differs, with both values', (t) => {
  const one = new Map([
    ...metadata({ a: '1', b: '1' }),
    ['n', { type: 'float64' as const, value: Number.NaN }],
  ])
  const two = new Map([
    ...metadata({ b: '2', c: '1' }),
    ['n', { type: 'float64' as const, value: Number.NaN }],
  ])
  t.deepEqual(diffMetadata(one, two), [
    { key: 'a', before: { type: 'string', value: '1' } },
    { key: 'b', before: { type: 'string', value: '1' }, after: { type: 'string', value: '2' } },
    { key: 'c', after: { type: 'string', value: '1' } },
  ])
})
