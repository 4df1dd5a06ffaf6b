import test from 'ava'
import fc from 'fast-check'
import { comparePaths, isWithin } from '../../src/base/index.js'
import { toHex } from '../../src/hash/index.js'
import { type Entry, entrySize, StoredMetadata } from '../../src/objects/index.js'
import {
  buildManifest,
  checkManifest,
  diffManifests,
  editManifest,
  type Edit,
  emptyManifest,
  lookup,
  lookupMany,
  mergeManifests,
  NODE_BYTES_MAX,
  type PathEntry,
  sameEntry,
  summarize,
} from '../../src/manifest/index.js'
import { memoryObjects } from '../helpers/memory-objects.js'
import {
  build,
  collect,
  entry,
  file,
  path,
  readAll,
  sorted,
  soundTree,
  TINY,
  tree,
  type Tree,
  treeOf,
} from './helpers.js'

const runs = { numRuns: 150 }

/** The edits that make `to` of `from`. */
function editsBetween(from: Tree, to: Tree): Edit[] {
  const paths = new Set([...from.keys(), ...to.keys()])
  return sorted([...paths].map((at) => [at, to.get(at)] as const)).filter(
    ([at, value]) => !sameEntry(from.get(at), value),
  )
}

test('what was built is read back in the order of paths', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, async (entries) => {
      const store = memoryObjects()
      t.deepEqual(plain(await readAll(store, await build(store, entries))), plain(sorted(entries)))
    }),
    runs,
  )
})

/** Buffers and typed arrays compare by their bytes. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, item: unknown) => {
      if (item instanceof StoredMetadata) return { form: item.form, metadata: item.metadata }
      if (item instanceof Map) return [...item].sort(([a], [b]) => (a < b ? -1 : 1))
      if (item instanceof Uint8Array) return toHex(item)
      return typeof item === 'bigint' ? `${item}n` : Object.is(item, -0) ? '-0' : item
    }).replaceAll(/\{"type":"Buffer","data":\[([0-9,]*)\]\}/g, (_, data: string) =>
      JSON.stringify(toHex(Uint8Array.from(data.split(',').map(Number)))),
    ),
  )
}

test('any order of edits leads to the root that building gives, and every tree passes the check', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, async (first, second, third) => {
      const store = memoryObjects()
      let root = await build(store, first)
      root = await editManifest(store, root, editsBetween(first, second), { params: TINY })
      t.deepEqual(root, await build(store, second))
      root = await editManifest(store, root, editsBetween(second, third), { params: TINY })
      t.deepEqual(root, await build(store, third))
      t.is((await checkManifest(store, root, { params: TINY })).entries, third.size)
    }),
    runs,
  )
})

test('small edits of larger trees lead to the root that building gives', async (t) => {
  const many: Tree = new Map(Array.from({ length: 600 }, (_, i) => [`d${i % 7}/f${i}`, file(`${i}`)]))
  const store = memoryObjects()
  const root = await build(store, many)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(700), fc.boolean()), { maxLength: 12 }), async (picks) => {
      const edited = new Map(many)
      for (const [i, keep] of picks) {
        if (keep) edited.set(`d${i % 7}/f${i}`, file(`new ${i}`))
        else edited.delete(`d${i % 7}/f${i}`)
      }
      const result = await editManifest(store, root, editsBetween(many, edited), { params: TINY })
      t.deepEqual(result, await build(store, edited))
    }),
    runs,
  )
})

test('cutting a tree down to any range leads to the root that building gives', async (t) => {
  const paths = Array.from({ length: 200 }, (_, i) => `f${String(i).padStart(4, '0')}`)
  const store = memoryObjects()
  const all: Tree = new Map(paths.map((at) => [at, file(at)]))
  const root = await build(store, all)
  for (let from = 0; from < 200; from += 9) {
    for (let to = from; to <= 200; to += 13) {
      const rest: Tree = new Map(paths.slice(from, to).map((at) => [at, file(at)]))
      const cut = await editManifest(store, root, editsBetween(all, rest), { params: TINY })
      t.deepEqual(cut, await build(store, rest))
      t.deepEqual(await editManifest(store, cut, editsBetween(rest, all), { params: TINY }), root)
    }
  }
})

test('a batch, an async source and single items build the same', async (t) => {
  const store = memoryObjects()
  const pairs = sorted(treeOf(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, `${i}`]))))
  async function* source() {
    yield pairs.slice(0, 7)
    yield pairs[7]!
    yield []
    yield* pairs.slice(8)
  }
  const root = await buildManifest(store, pairs, { params: TINY })
  t.deepEqual(await buildManifest(store, source(), { params: TINY }), root)
  t.deepEqual(await buildManifest(store, [pairs.slice(0, 20), pairs.slice(20)], { params: TINY }), root)
  t.deepEqual(await editManifest(store, await emptyManifest(store), source(), { params: TINY }), root)
})

test('look-ups agree with a map', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, fc.array(path, { maxLength: 20 }), async (entries, others) => {
      const store = memoryObjects()
      const root = await build(store, entries)
      const wanted = [...others, ...entries.keys()]
      const found = await lookupMany(store, root, wanted)
      t.true(wanted.every((at, i) => sameEntry(found[i], entries.get(at))))
      for (const at of others) t.true(sameEntry(await lookup(store, root, at), entries.get(at)))
    }),
    runs,
  )
})

test('iterating within a prefix and from a path agrees with a filter', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, fc.option(path), fc.option(path), async (entries, prefix, from) => {
      const store = memoryObjects()
      const root = await build(store, entries)
      const options = { ...(prefix !== null && { prefix }), ...(from !== null && { from }) }
      const expected = sorted(entries)
        .map(([at]) => at)
        .filter((at) => isWithin(at, prefix ?? '') && (from === null || comparePaths(at, from) >= 0))
      t.deepEqual(
        (await readAll(store, root, options)).map(([at]) => at),
        expected,
      )
    }),
    runs,
  )
})

test('summaries agree with adding up', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, path, async (entries, prefix) => {
      const store = memoryObjects()
      const root = await build(store, entries)
      for (const within of ['', prefix, ...entries.keys()]) {
        const inside = [...entries].filter(([at]) => isWithin(at, within))
        const bytes = inside.reduce((sum, [, value]) => sum + entrySize(value), 0)
        t.deepEqual(await summarize(store, root, within), { entries: inside.length, bytes })
      }
    }),
    { numRuns: 60 },
  )
})

test('a diff lists exactly what differs, and applied to the first tree gives the second', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, tree, fc.option(path), async (before, after, prefix) => {
      const store = memoryObjects()
      const roots = [await build(store, before), await build(store, after)] as const
      const options = prefix === null ? {} : { prefix }
      const changes = await collect(diffManifests(store, roots, options))
      const expected = editsBetween(before, after).filter(([at]) => isWithin(at, prefix ?? ''))
      t.deepEqual(
        changes.map((change) => change.path),
        expected.map(([at]) => at),
      )
      t.true(changes.every((change) => sameEntry(change.before, before.get(change.path))))
      t.true(changes.every((change) => sameEntry(change.after, after.get(change.path))))
      if (prefix !== null) return
      const edits = changes.map((change) => [change.path, change.after] as const)
      t.deepEqual(await editManifest(store, roots[0], edits, { params: TINY }), roots[1])
    }),
    runs,
  )
})

test('a merge names every path that a side changed, once, in order, with the side', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, async (base, ours, theirs) => {
      const store = memoryObjects()
      const [b, o, th] = [await build(store, base), await build(store, ours), await build(store, theirs)]
      const items = await collect(mergeManifests(store, { base: b, ours: o, theirs: th }))
      const expected = new Set([...editsBetween(base, ours), ...editsBetween(base, theirs)].map(([at]) => at))
      t.deepEqual(
        items.map((item) => item.path),
        [...expected].sort(comparePaths),
      )
      for (const item of items) {
        t.true(sameEntry(item.base, base.get(item.path)))
        t.true(sameEntry(item.ours, ours.get(item.path)))
        t.true(sameEntry(item.theirs, theirs.get(item.path)))
        const [mine, other] = [!sameEntry(item.base, item.ours), !sameEntry(item.base, item.theirs)]
        const alike = sameEntry(item.ours, item.theirs)
        t.is(item.side, mine && other ? (alike ? 'same' : 'both') : mine ? 'ours' : 'theirs')
      }
    }),
    runs,
  )
})

test('merge(a, a, b) is b', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (a, b) => {
      const store = memoryObjects()
      const [base, theirs] = [await build(store, a), await build(store, b)]
      const items = await collect(mergeManifests(store, { base, ours: base, theirs }))
      t.true(items.every((item) => item.side === 'theirs'))
      const edits = items.map((item) => [item.path, item.theirs] as const)
      t.deepEqual(await editManifest(store, base, edits, { params: TINY }), theirs)
    }),
    { numRuns: 60 },
  )
})

test('one path changed in a tree of four levels writes one node a level, each against the node it replaces', async (t) => {
  const store = memoryObjects()
  const many: Tree = new Map(
    Array.from({ length: 400 }, (_, i) => [`f${String(i).padStart(4, '0')}`, file(`${i}`)]),
  )
  const root = await build(store, many)
  store.writes.length = 0
  const edited = await editManifest(store, root, [['f0123', file('other')]], { params: TINY })
  const levels = store.writes.map(({ id }) => store.objects.get(Buffer.from(id).toString('latin1'))![1])
  t.true(levels.length >= 4)
  t.deepEqual(
    levels,
    levels.map((_, i) => i),
  )
  t.true(store.writes.every(({ base }) => base !== undefined))
  t.deepEqual(store.writes.at(-1)!.base, root)
  t.deepEqual(store.writes.at(-1)!.id, edited)
})

test('of a large tree, an edit and a diff touch only the nodes on the way', async (t) => {
  const store = memoryObjects()
  const pathOf = (i: number) => `d${i % 10}/f${String(i).padStart(6, '0')}`
  const many: Tree = new Map(Array.from({ length: 20_000 }, (_, i) => [pathOf(i), file(`${i % 100}`)]))
  const root = await buildManifest(store, sorted(many))
  t.true(store.writes.length > 30)
  store.reads = store.writes.length = 0
  const edited = await editManifest(store, root, [[pathOf(7777), file('other')]])
  t.is(store.writes.length, 2)
  t.true(store.reads <= 3)
  store.reads = 0
  t.is((await collect(diffManifests(store, [root, edited]))).length, 1)
  t.is(store.reads, 4)
  store.reads = 0
  await collect(diffManifests(store, [root, root]))
  t.is(store.reads, 0)
})

test('equal subtrees are skipped although the trees differ in height', async (t) => {
  const store = memoryObjects()
  const part: Tree = new Map(
    Array.from({ length: 300 }, (_, i) => [`a${String(i).padStart(4, '0')}`, file(`${i}`)]),
  )
  const more: Tree = new Map(
    Array.from({ length: 3000 }, (_, i) => [`b${String(i).padStart(5, '0')}`, file(`${i}`)]),
  )
  const small = await build(store, part)
  const large = await build(store, new Map([...part, ...more]))
  const nodes = store.writes.length
  store.reads = 0
  t.is((await collect(diffManifests(store, [small, large]))).length, 3000)
  t.true(store.reads < nodes)
  store.reads = 0
  t.is((await collect(diffManifests(store, [small, large], { prefix: 'a0100' }))).length, 0)
  t.true(store.reads < 40)
})

test('values never move the end of a node', async (t) => {
  const paths = Array.from({ length: 300 }, (_, i) => `f${i}`)
  const store = memoryObjects()
  const long = { kind: 'symlink', target: 'x'.repeat(500) } as const
  await build(store, new Map(paths.map((at) => [at, file(at)])))
  const nodes = store.writes.length
  await build(store, new Map(paths.map((at) => [at, long])))
  t.is(store.writes.length, 2 * nodes)
})

test('a node of the longest entries stays below the cap', async (t) => {
  const store = memoryObjects()
  const id = (i: number) => Buffer.alloc(32, i)
  const chunks = Array.from({ length: 8 }, (_, i) => ({ id: id(i), length: 2 ** 38 }))
  const value = { type: 'string', value: 'v'.repeat(505) } as const
  const metadata = { form: 'inline', metadata: new Map([['k', value]]) } as const
  const big: Entry = { ...file('x'), size: 2 ** 41, recipe: { form: 'inline', chunks }, metadata }
  const pairs = Array.from({ length: 2200 }, (_, i): PathEntry => [`${10_000 + i}${'p'.repeat(116)}`, big])
  const params = { ...TINY, minItems: 1024, normalItems: 1024, maxItems: 1024, maxKeyBytes: 128 * 1024 }
  await buildManifest(store, pairs, { params })
  const sizes = store.writes.map((write) => write.bytes)
  t.true(Math.max(...sizes) > 900_000)
  t.true(Math.max(...sizes) <= NODE_BYTES_MAX)
})

for (const bad of [
  '',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  'a/..',
  './a',
  'a/./b',
  'a\0b',
  'x'.repeat(4097),
  'a\ud800b',
]) {
  test(`the path ${JSON.stringify(bad.slice(0, 9))} is refused`, async (t) => {
    const store = memoryObjects()
    const root = await emptyManifest(store)
    await t.throwsAsync(buildManifest(store, [[bad, file('x')]]), { code: 'DV_UNSAFE_PATH' })
    await t.throwsAsync(editManifest(store, root, [[bad, file('x')]]), { code: 'DV_UNSAFE_PATH' })
    await t.throwsAsync(editManifest(store, root, [[bad, undefined]]), { code: 'DV_UNSAFE_PATH' })
    if (bad !== '') await t.throwsAsync(lookup(store, root, bad), { code: 'DV_UNSAFE_PATH' })
  })
}

test('paths out of order, or twice, are the mistake of the caller', async (t) => {
  const store = memoryObjects()
  const root = await emptyManifest(store)
  for (const [a, b] of [
    ['b', 'a'],
    ['a', 'a'],
    ['a-', 'a/b'],
  ] as const) {
    await t.throwsAsync(
      buildManifest(store, [
        [a, file('x')],
        [b, file('x')],
      ]),
      { instanceOf: TypeError },
    )
    await t.throwsAsync(
      editManifest(store, root, [
        [a, undefined],
        [b, undefined],
      ]),
      { instanceOf: TypeError },
    )
  }
})

test('nothing lies below a file, however the tree came to be', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      fc.array(fc.tuple(path, fc.option(entry)), { maxLength: 6 }),
      async (entries, raw) => {
        const store = memoryObjects()
        const root = await build(store, entries)
        const after = new Map(entries)
        for (const [at, value] of new Map(raw)) {
          if (value === null) after.delete(at)
          else after.set(at, value)
        }
        const edits = sorted(new Map(raw)).map(([at, value]) => [at, value ?? undefined] as const)
        const sound = [...soundTree(after)].every(([at, value]) => after.get(at)!.kind === value.kind)
        const result = editManifest(store, root, edits, { params: TINY })
        if (sound) t.deepEqual(await result, await build(store, after))
        else {
          await t.throwsAsync(result, { code: 'DV_UNSAFE_PATH' })
          await t.throwsAsync(build(store, after), { code: 'DV_UNSAFE_PATH' })
        }
      },
    ),
    { numRuns: 400 },
  )
})
