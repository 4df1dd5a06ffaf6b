import test from 'ava'
import fc from 'fast-check'
import type { ManifestId } from '../../src/hash/index.js'
import { loadMetadata, lookup } from '../../src/manifest/index.js'
import type { Entry } from '../../src/objects/index.js'
import {
  findMergeBase,
  mergeMetadata,
  mergeTrees,
  type MergeTreesOptions,
  takeSide,
} from '../../src/merge/index.js'
import { metadata, type World, world } from './world.js'

const labels = { ours: 'main', theirs: 'feature/x' }
type Tree = Record<string, string | Entry>

async function merged(
  w: World,
  trees: [Tree | undefined, Tree, Tree],
  options: Partial<MergeTreesOptions> = {},
) {
  const [base, ours, theirs] = trees
  const result = await mergeTrees(w.store, {
    base: base && (await w.tree(base)),
    ours: await w.tree(ours),
    theirs: await w.tree(theirs),
    labels,
    files: w.files,
    ...options,
  })
  return { ...result, shown: await w.show(result.manifest) }
}

test('changes of different paths are both in the merged tree', async (t) => {
  const base = { a: '1', b: '1', c: '1', 'd/e': '1' }
  const result = await merged(world(), [
    base,
    { ...base, a: '2', new: '3' },
    { b: '1', c: '2', 'd/e': '1', 'd/f': '4', a: '1' },
  ])
  t.deepEqual(result.shown, { a: '2', b: '1', c: '2', 'd/e': '1', 'd/f': '4', new: '3' })
  t.deepEqual([result.conflicts, result.taken], [[], 2])
})

test('text that both changed in different places is merged', async (t) => {
  const result = await merged(world(), [{ a: '1\n2\n3\n' }, { a: 'x\n2\n3\n' }, { a: '1\n2\ny\n' }])
  t.deepEqual(result.shown, { a: 'x\n2\ny\n' })
  t.deepEqual([result.conflicts, result.merged], [[], 1])
})

test('text in conflict carries markers, and both sides stand beside it', async (t) => {
  const result = await merged(world(), [{ 'd/a.csv': '1\n' }, { 'd/a.csv': '2\n' }, { 'd/a.csv': '3\n' }])
  t.deepEqual(result.shown, {
    'd/a.OURS-main.csv': '2\n',
    'd/a.THEIRS-feature-x.csv': '3\n',
    'd/a.csv': '<<<<<<< main\n2\n=======\n3\n>>>>>>> feature/x\n',
  })
  t.like(result.conflicts[0], {
    path: 'd/a.csv',
    kind: 'both-modified',
    markers: true,
    oursPath: 'd/a.OURS-main.csv',
    theirsPath: 'd/a.THEIRS-feature-x.csv',
  })
  t.deepEqual(JSON.parse(JSON.stringify(result.conflicts)), result.conflicts)
})

test('a binary file in conflict stays ours, without markers', async (t) => {
  const w = world()
  const trees: [Tree, Tree, Tree] = [{ a: w.file('\x001') }, { a: w.file('\x002') }, { a: w.file('\x003') }]
  const result = await merged(w, trees)
  t.deepEqual(result.shown, { a: '\x002', 'a.OURS-main': '\x002', 'a.THEIRS-feature-x': '\x003' })
  t.false(result.conflicts[0]!.markers)
})

test('a file both added differently is both-added; alike, it is no conflict', async (t) => {
  const result = await merged(world(), [{}, { a: '1\n', b: 'same' }, { a: '2\n', b: 'same' }])
  t.deepEqual(
    result.conflicts.map(({ path, kind }) => [path, kind]),
    [['a', 'both-added']],
  )
})

test('a file one side changed and the other deleted is kept, as a conflict, its side beside it', async (t) => {
  const one = await merged(world(), [{ a: '1' }, { a: '2' }, {}])
  t.deepEqual(one.shown, { a: '2', 'a.OURS-main': '2' })
  t.like(one.conflicts[0], { path: 'a', kind: 'modify-delete', ours: { size: 1 } })
  t.is(one.conflicts[0]!.theirs, undefined)
  const two = await merged(world(), [{ a: '1' }, {}, { a: '2' }])
  t.deepEqual(two.shown, { a: '2', 'a.THEIRS-feature-x': '2' })
})

test('a file on one side and a directory on the other: the directory stays, the file stands beside it', async (t) => {
  const ours = await merged(world(), [{}, { 'p.x': 'file' }, { 'p.x/a': '1', 'p.x/b': '2' }])
  t.deepEqual(ours.shown, { 'p.OURS-main.x': 'file', 'p.x/a': '1', 'p.x/b': '2' })
  t.like(ours.conflicts[0], { path: 'p.x', kind: 'file-directory', oursPath: 'p.OURS-main.x' })
  const theirs = await merged(world(), [
    { 'p/a': '1', 'p/b': '1' },
    { 'p/a': '1', 'p/b': '2' },
    { p: 'file' },
  ])
  t.deepEqual(theirs.shown, { 'p/b': '2', 'p/b.OURS-main': '2', 'p.THEIRS-feature-x': 'file' })
  t.deepEqual(
    theirs.conflicts.map(({ kind }) => kind),
    ['file-directory', 'modify-delete'],
  )
})

test('a directory that one side replaced by a file, untouched by the other, is replaced', async (t) => {
  const result = await merged(world(), [
    { 'p/a': '1', 'p/b': '1' },
    { 'p/a': '1', 'p/b': '1', q: '1' },
    { p: 'file' },
  ])
  t.deepEqual(result.shown, { p: 'file', q: '1' })
  t.deepEqual(result.conflicts, [])
})

test('a file on one side and a link on the other is a conflict of type', async (t) => {
  const result = await merged(world(), [{ a: '1' }, { a: '2' }, { a: { kind: 'symlink', target: 'b' } }])
  t.deepEqual(result.shown, { a: '2', 'a.OURS-main': '2', 'a.THEIRS-feature-x': '-> b' })
  t.is(result.conflicts[0]!.kind, 'type')
})

test('the executable bit is merged apart from the content', async (t) => {
  const w = world()
  const { manifest, conflicts } = await merged(w, [
    { a: '1' },
    { a: w.file('1', { kind: 'executable' }) },
    { a: '2' },
  ])
  t.deepEqual(conflicts, [])
  t.like(await lookup(w.store, manifest, 'a'), { kind: 'executable', content: w.file('2').content })
})

test('metadata is merged key by key, apart from the content', async (t) => {
  const w = world()
  const of = (text: string, values: Record<string, string>) =>
    w.file(text, { metadata: { form: 'inline', metadata: metadata(values) } })
  const trees: [Tree, Tree, Tree] = [
    { a: of('1', { k: '1', gone: '1', both: '1' }) },
    { a: of('1', { k: '2', gone: '1', both: '2' }) },
    { a: of('2', { k: '1', both: '3', fresh: '1' }) },
  ]
  const { manifest, conflicts } = await merged(w, trees)
  const entry = (await lookup(w.store, manifest, 'a'))!
  t.deepEqual(await loadMetadata(w.store, entry), metadata({ both: '2', fresh: '1', k: '2' }))
  t.like(entry, { content: w.file('2').content })
  t.like(conflicts[0], { kind: 'metadata', metadataKeys: ['both'] })
})

test('mergeMetadata() takes what one side changed, from either side alike', (t) => {
  const map = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')).map(metadata)
  fc.assert(
    fc.property(map, map, map, (base, ours, theirs) => {
      t.deepEqual(mergeMetadata(base, ours, base), { metadata: ours, conflicts: [] })
      t.deepEqual(mergeMetadata(base, base, ours), { metadata: ours, conflicts: [] })
      const [one, two] = [mergeMetadata(base, ours, theirs), mergeMetadata(base, theirs, ours)]
      t.deepEqual(one.conflicts, two.conflicts)
      if (one.conflicts.length === 0) t.deepEqual(one.metadata, two.metadata)
    }),
  )
})

test('favour settles every conflict by that side', async (t) => {
  const w = world()
  const trees: [Tree, Tree, Tree] = [
    { a: '1\n', b: w.file('\x001'), c: '1', d: '1' },
    { a: '2\n', b: w.file('\x002'), c: '2' },
    { a: '3\n', b: w.file('\x003'), d: '3' },
  ]
  const ours = await merged(w, trees, { favour: 'ours' })
  t.deepEqual([ours.shown, ours.conflicts], [{ a: '2\n', b: '\x002', c: '2' }, []])
  const theirs = await merged(w, trees, { favour: 'theirs' })
  t.deepEqual([theirs.shown, theirs.conflicts], [{ a: '3\n', b: '\x003', d: '3' }, []])
})

test('a favoured side has its metadata where keys conflict, and merged content all the same', async (t) => {
  const w = world()
  const of = (text: string, values: Record<string, string>) =>
    w.file(text, { metadata: { form: 'inline', metadata: metadata(values) } })
  const trees: [Tree, Tree, Tree] = [
    { a: of('1\n2\n3\n', { k: '1' }) },
    { a: of('x\n2\n3\n', { k: '2', mine: '1' }) },
    { a: of('1\n2\ny\n', { k: '3', other: '1' }) },
  ]
  const { shown, manifest, conflicts } = await merged(w, trees, { favour: 'theirs' })
  t.deepEqual([shown, conflicts], [{ a: 'x\n2\ny\n' }, []])
  const entry = (await lookup(w.store, manifest, 'a'))!
  t.deepEqual(await loadMetadata(w.store, entry), metadata({ k: '3', mine: '1', other: '1' }))
})

test('a favoured side has the whole place where a file stands against a directory', async (t) => {
  const trees: [Tree, Tree, Tree] = [
    { p: '1', 'q/a': '1' },
    { p: '2', 'q/a': '2' },
    { 'p/x': '1', q: 'file' },
  ]
  const ours = await merged(world(), trees, { favour: 'ours' })
  t.deepEqual([ours.shown, ours.conflicts], [{ p: '2', 'q/a': '2' }, []])
  const theirs = await merged(world(), trees, { favour: 'theirs' })
  t.deepEqual([theirs.shown, theirs.conflicts], [{ 'p/x': '1', q: 'file' }, []])
})

test('takeSide() takes only the keys of a conflict of metadata', async (t) => {
  const w = world()
  const of = (text: string, values: Record<string, string>) =>
    w.file(text, { metadata: { form: 'inline', metadata: metadata(values) } })
  const tree = await w.tree({ a: of('merged', { both: '2', k: '2', mine: '1' }) })
  const from = await w.tree({ a: of('theirs', { both: '3', k: '9' }) })
  const [edit] = await takeSide(w.store, { tree, from, conflicts: [{ path: 'a', keys: ['both', 'mine'] }] })
  t.is(edit![0], 'a')
  t.deepEqual(await loadMetadata(w.store, edit![1]!), metadata({ both: '3', k: '2' }))
  t.like(edit![1], { content: w.file('merged').content })
})

test('names for the sides avoid what is there', async (t) => {
  const base = { a: '1\n', 'a.OURS-main': 'mine' }
  const { shown } = await merged(world(), [base, { ...base, a: '2\n' }, { ...base, a: '3\n' }])
  t.is(shown['a.OURS-main'], 'mine')
  t.is(shown['a.OURS-main-2'], '2\n')
})

const path = fc.constantFrom('a', 'b', 'a/b', 'a/c', 'a/b/d', 'c')
const tree = fc
  .dictionary(path, fc.constantFrom('1\n', '2\n', '3\n', '\x00x'), { maxKeys: 5 })
  .map((entries) => {
    const paths = Object.keys(entries)
    const valid = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)))
    return Object.fromEntries(valid.map((one) => [one, entries[one]!]))
  })

test('any two trees merge into a valid tree; an unchanged side yields the other; both orders agree on conflicts', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, async (base, ours, theirs) => {
      const w = world()
      t.deepEqual((await merged(w, [base, base, theirs])).shown, theirs)
      t.deepEqual((await merged(w, [base, ours, base])).shown, ours)
      t.deepEqual((await merged(w, [base, ours, ours])).shown, ours)
      const [one, two] = [await merged(w, [base, ours, theirs]), await merged(w, [base, theirs, ours])]
      t.deepEqual(
        one.conflicts.map(({ path, kind }) => [path, kind]),
        two.conflicts.map(({ path, kind }) => [path, kind]),
      )
      if (one.conflicts.length === 0) t.deepEqual(one.shown, two.shown)
    }),
    { numRuns: 300 },
  )
})

test('histories that crossed merge against a virtual base, which may itself need one', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, async (base, left, right) => {
      const w = world()
      const [root, a, b] = [await w.tree(base), await w.tree(left), await w.tree(right)]
      const start = await w.commit(root, [], 1)
      let [ours, theirs] = [await w.commit(a, [start], 2), await w.commit(b, [start], 3)]
      for (const time of [10, 20]) {
        ;[ours, theirs] = [
          await w.commit(a, [ours, theirs], time),
          await w.commit(b, [theirs, ours], time + 1),
        ]
      }
      const found = await findMergeBase(w.store, ours, theirs)
      t.true(found.virtual)
      t.is(found.commits.length, 2)
      t.truthy(await w.show(found.manifest as ManifestId))
    }),
    { numRuns: 100 },
  )
})

test('a change both ancestors of a crossing agree on is no change in the virtual base', async (t) => {
  const w = world()
  const start = await w.commit(await w.tree({ a: '1', b: '1' }), [], 1)
  const left = await w.commit(await w.tree({ a: '2', b: '1' }), [start], 2)
  const right = await w.commit(await w.tree({ a: '1', b: '2' }), [start], 3)
  const both = await w.tree({ a: '2', b: '2' })
  const ours = await w.commit(both, [left, right], 4)
  const theirs = await w.commit(both, [right, left], 5)
  const found = await findMergeBase(w.store, ours, theirs)
  t.deepEqual(await w.show(found.manifest!), { a: '2', b: '2' })
})

test('unrelated histories have no base', async (t) => {
  const w = world()
  const one = await w.commit(await w.tree({ a: '1' }), [], 1)
  const two = await w.commit(await w.tree({ b: '1' }), [], 2)
  t.deepEqual(await findMergeBase(w.store, one, two), { commits: [], virtual: false })
  t.deepEqual((await merged(w, [undefined, { a: '1' }, { b: '1' }])).shown, { a: '1', b: '1' })
})
