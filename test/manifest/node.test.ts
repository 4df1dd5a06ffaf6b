import test from 'ava'
import fc from 'fast-check'
import { isDvError, utf8 } from '../../src/base/index.js'
import { Writer } from '../../src/codec/index.js'
import { hashObject, type Id, idKey } from '../../src/hash/index.js'
import { encodeMetadata, isFile } from '../../src/objects/index.js'
import {
  buildManifest,
  checkManifest,
  emptyManifest,
  listDirectory,
  loadMetadata,
  manifestNodes,
  nodeChildren,
  sameEntry,
  storeMetadata,
} from '../../src/manifest/index.js'
import { decodeNode } from '../../src/manifest/decode.js'
import { encodeInternal, encodeLeaf } from '../../src/manifest/encode.js'
import { KeyRun } from '../../src/manifest/key-run.js'
import { keyOf } from '../../src/manifest/keys.js'
import { entriesOf } from '../../src/manifest/leaf-columns.js'
import { MANIFEST_PARAMS } from '../../src/manifest/params.js'
import { isLeaf } from '../../src/manifest/types.js'
import { type MemoryObjects, memoryObjects } from '../helpers/memory-objects.js'
import {
  build,
  collect,
  entry,
  file,
  metadata,
  readAll,
  sorted,
  TINY,
  tree,
  type Tree,
  treeOf,
} from './helpers.js'

function bytesOf(store: MemoryObjects, id: Id): Buffer {
  return Buffer.from(store.objects.get(idKey(id))!)
}

/** A leaf of these keys, as written by someone who checks nothing. */
function leaf(keys: Buffer[], shared: number[], kinds = keys.map(() => 3)): Buffer {
  const writer = new Writer().u8(1).u8(0).varint(keys.length)
  for (const length of shared) writer.varint(length)
  keys.forEach((key, i) => writer.varint(key.length - shared[i]!))
  keys.forEach((key, i) => writer.raw(key.subarray(shared[i])))
  return writer.raw(Buffer.from(kinds)).done()
}

test('a leaf of directories decodes', (t) => {
  t.is(decodeNode(leaf([utf8('a'), utf8('ab')], [0, 1])).count, 2)
})

const badKeys: Record<string, [keys: Buffer[], shared: number[]]> = {
  'keys out of order': [
    [utf8('b'), utf8('a')],
    [0, 0],
  ],
  'a key twice': [
    [utf8('a'), utf8('a')],
    [0, 1],
  ],
  'a key twice, not shared': [
    [utf8('a'), utf8('a')],
    [0, 0],
  ],
  'less shared than could be': [
    [utf8('ab'), utf8('ac')],
    [0, 0],
  ],
  'more shared than there is': [
    [utf8('a'), utf8('abc')],
    [0, 2],
  ],
  'a first key that shares': [[utf8('ab')], [1]],
  'an empty key': [[utf8('')], [0]],
  'a key that is not UTF-8': [[Buffer.of(0x61, 0xff)], [0]],
  'half a character': [
    [Buffer.of(0xc3), Buffer.of(0xc3, 0xa9)],
    [0, 1],
  ],
  'a surrogate': [[Buffer.of(0xed, 0xa0, 0x80)], [0]],
  'a slash, which a NUL in a path would be': [[utf8('a/b')], [0]],
  'an empty component': [[Buffer.of(0x61, 0, 0, 0x62)], [0]],
  'a separator first': [[Buffer.of(0, 0x61)], [0]],
  'a separator last': [[Buffer.of(0x61, 0)], [0]],
  'a dot': [[Buffer.of(0x61, 0, 0x2e)], [0]],
  'two dots': [[Buffer.of(0x2e, 0x2e, 0, 0x61)], [0]],
  'a path of 4,097 bytes': [[Buffer.alloc(4097, 0x61)], [0]],
}
for (const [what, [keys, shared]] of Object.entries(badKeys)) {
  test(`a leaf with ${what} is refused`, (t) => {
    t.throws(() => decodeNode(leaf(keys, shared)), { code: 'DV_CORRUPT' })
  })
}

for (const kind of [0x04 | 3, 0x08 | 2, 0x0c, 0x30, 0x43, 0x83]) {
  test(`an entry of kind 0x${kind.toString(16)} is refused`, (t) => {
    const bytes = Buffer.concat([leaf([utf8('a')], [0], [kind]), Buffer.alloc(200, 1)])
    t.throws(() => decodeNode(bytes), { code: 'DV_CORRUPT' })
  })
}

test('a decoded leaf is encoded to the same bytes', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, async (entries) => {
      const store = memoryObjects()
      const bytes = bytesOf(store, await buildManifest(store, sorted(entries)))
      const node = decodeNode(bytes)
      t.is(node.count, entries.size)
      const again = memoryObjects()
      t.deepEqual(
        bytesOf(again, await buildManifest(again, await readAll(store, hashObject('manifest', bytes)))),
        bytes,
      )
    }),
    { numRuns: 60 },
  )
})

test('damage to a node is either noticed or gives a node that is canonical: never another failure', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      async (entries, hits) => {
        const store = memoryObjects()
        await build(store, entries)
        for (const write of store.writes) {
          const bytes = bytesOf(store, write.id)
          for (const [at, value] of hits) bytes[at % bytes.length] = value
          t.true(decodesCanonically(bytes))
          t.true(decodesCanonically(bytes.subarray(0, hits[0]![0] % bytes.length)))
        }
      },
    ),
    { numRuns: 150 },
  )
})

function decodesCanonically(bytes: Buffer): boolean {
  try {
    const node = decodeNode(bytes)
    const run = new KeyRun(node.level, MANIFEST_PARAMS)
    const { bytes: keys, starts } = node.keys
    for (let i = 0; i < node.count; i++) run.appendKey(keys, starts[i]!, starts[i + 1]!)
    if (node.level > 0 && 'ids' in node) {
      const ids = Array.from({ length: node.count }, (_, i) => node.ids.subarray(32 * i, 32 * i + 32))
      const columns = { ids, entries: [...node.entriesBelow], bytes: [...node.bytesBelow] }
      return encodeInternal(node.level, run, columns).equals(bytes)
    }
    if (!isLeaf(node)) return false
    const entries = entriesOf(node)
    const spilled = new Map(node.spilled.map(({ index, value }) => [entries[index]!, value]))
    return encodeLeaf(run, entries, spilled).equals(bytes)
  } catch (error) {
    return isDvError(error, 'DV_CORRUPT')
  }
}

test('random bytes never decode to anything but a node or DV_CORRUPT', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(2), (bytes, level) => {
      t.true(decodesCanonically(Buffer.from(bytes)))
      t.true(decodesCanonically(Buffer.concat([Buffer.of(1, level), bytes])))
    }),
    { numRuns: 2000 },
  )
})

test('a directory lists its children with what lies below them, whole subtrees unread', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, async (entries) => {
      const store = memoryObjects()
      const root = await build(store, entries)
      const directories = new Set([
        '',
        ...[...entries.keys()].flatMap((at) => at.split('/').map((_, i, all) => all.slice(0, i).join('/'))),
      ])
      for (const directory of directories) {
        const listed = await collect(listDirectory(store, root, directory))
        t.deepEqual(
          listed.map(({ path, below }) => [path, below?.entries ?? 0]),
          expectedListing(entries, directory),
        )
        t.true(listed.every((item) => sameEntry(item.entry, entries.get(item.path))))
        t.true(listed.every(({ name, path }) => path === (directory === '' ? name : `${directory}/${name}`)))
      }
    }),
    { numRuns: 60 },
  )
})

function expectedListing(entries: Tree, directory: string): [string, number][] {
  const found = new Map<string, number>()
  const start = directory === '' ? 0 : directory.length + 1
  for (const [at] of sorted(entries)) {
    if (directory !== '' && !at.startsWith(`${directory}/`)) continue
    const end = at.indexOf('/', start)
    const child = end < 0 ? at : at.slice(0, end)
    found.set(child, (found.get(child) ?? 0) + (end < 0 ? 0 : 1))
  }
  return [...found]
}

test('listing a directory does not read what lies deep below it', async (t) => {
  const store = memoryObjects()
  const big: Tree = new Map(
    Array.from({ length: 1000 }, (_, i) => [`big/f${String(i).padStart(4, '0')}`, file(`${i}`)]),
  )
  const root = await build(store, new Map([...treeOf({ a: '1', z: '2' }), ...big]))
  store.reads = 0
  const listed = await collect(listDirectory(store, root, ''))
  t.deepEqual(
    listed.map(({ name, below }) => [name, below?.entries]),
    [
      ['a', undefined],
      ['big', 1000],
      ['z', undefined],
    ],
  )
  t.true(store.reads < 30)
})

test('what is not a directory lists nothing', async (t) => {
  const store = memoryObjects()
  const root = await build(store, treeOf({ 'a/b': '1' }))
  for (const directory of ['a/b', 'a/b/c', 'x', 'a/']) {
    const listing = collect(listDirectory(store, root, directory))
    if (directory === 'a/') await t.throwsAsync(listing, { code: 'DV_UNSAFE_PATH' })
    else t.deepEqual(await listing, [])
  }
})

test('a walk visits every node that was written, once, and none below a skipped one', async (t) => {
  const store = memoryObjects()
  const many: Tree = new Map(Array.from({ length: 300 }, (_, i) => [`f${i}`, file(`${i}`)]))
  const root = await build(store, many)
  const visited: string[] = []
  for await (const { id } of manifestNodes(store, root)) visited.push(idKey(id))
  t.deepEqual(visited.toSorted(), [...store.objects.keys()].toSorted())
  t.is(visited.length, store.objects.size)
  const below = decodeNode(bytesOf(store, root))
  const seen: string[] = []
  for await (const { id } of manifestNodes(store, root, { skip: (each) => !Buffer.from(each).equals(root) }))
    seen.push(idKey(id))
  t.true(below.level > 0)
  t.deepEqual(seen, [idKey(root)])
})

test('a node names all that its entries need', async (t) => {
  await fc.assert(
    fc.asyncProperty(entry, async (value) => {
      const store = memoryObjects()
      const root = await buildManifest(store, [['p', value]])
      const found = nodeChildren('manifest', bytesOf(store, root))
      const spilled = value.kind === 'symlink' && Buffer.byteLength(value.target) > 512 ? 1 : 0
      t.is(found.values.length, (value.metadata?.form === 'value' ? 1 : 0) + spilled)
      for (const id of found.values.slice(0, spilled)) t.true(await store.has(id))
      const recipe = isFile(value) ? value.recipe : undefined
      t.is(found.recipes.length, recipe?.form === 'tree' ? 1 : 0)
      const whole = recipe?.form === 'whole' && isFile(value) && value.size > 0 ? 1 : 0
      t.is(found.chunks.length, recipe?.form === 'inline' ? recipe.chunks.length : whole)
    }),
    { numRuns: 100 },
  )
})

test('metadata stands in the entry up to 512 bytes and in a value object beyond', async (t) => {
  await fc.assert(
    fc.asyncProperty(metadata, fc.constantFrom(1, 400, 600, 5000), async (map, length) => {
      const store = memoryObjects()
      const full = new Map([...map, ['long', { type: 'string', value: 'x'.repeat(length) }] as const])
      const stored = await storeMetadata(store, full)
      t.is(stored?.form, store.writes.length > 0 ? 'value' : 'inline')
      const loaded = await loadMetadata(store, { kind: 'directory', metadata: stored! })
      t.deepEqual(encodeMetadata(loaded), encodeMetadata(full))
      const root = await buildManifest(store, [['p', { kind: 'directory', metadata: stored! }]])
      t.is(nodeChildren('manifest', bytesOf(store, root)).values.length, stored?.form === 'value' ? 1 : 0)
    }),
    { numRuns: 60 },
  )
  t.is(await storeMetadata(memoryObjects(), new Map()), undefined)
})

/** A tree of two leaves and a root, put together by hand. */
async function forged(change: {
  keys?: string[][]
  level?: number
  names?: string[]
  entries?: number[]
  bytes?: number[]
}) {
  const store = memoryObjects()
  const leaves = change.keys ?? [
    ['a', 'b'],
    ['c', 'd'],
  ]
  const root = new KeyRun(1, TINY)
  const ids: Uint8Array[] = []
  for (const [i, names] of leaves.entries()) {
    const run = new KeyRun(0, MANIFEST_PARAMS)
    for (const name of names) run.appendPath(name)
    ids.push(
      await store.writeObject(
        'manifest',
        encodeLeaf(
          run,
          names.map((name) => file(name)),
          new Map(),
        ),
      ),
    )
    const key = keyOf(change.names?.[i] ?? names.at(-1)!)
    root.appendKey(key, 0, key.length)
  }
  const entries = change.entries ?? leaves.map((names) => names.length)
  const bytes = change.bytes ?? leaves.map((names) => names.join('').length)
  const id = await store.writeObject(
    'manifest',
    encodeInternal(change.level ?? 1, root, { ids, entries, bytes }),
  )
  return { store, id }
}

const forgeries: Record<string, Parameters<typeof forged>[0]> = {
  'a level too many': { level: 2 },
  'a child that ends elsewhere': { names: ['bb', 'd'] },
  'a child that begins too early': {
    keys: [
      ['a', 'c'],
      ['b', 'd'],
    ],
  },
  'a wrong count': { entries: [1, 2] },
  'a wrong sum': { bytes: [2, 3] },
}
for (const [what, change] of Object.entries(forgeries)) {
  test(`a tree with ${what} is refused by the check and by whoever reads it`, async (t) => {
    const { store, id } = await forged(change)
    await t.throwsAsync(checkManifest(store, id), { code: 'DV_CORRUPT' })
    await t.throwsAsync(readAll(store, id), { code: 'DV_CORRUPT' })
  })
}

test('a tree cut at other places, or with a root of one child, is refused by the check', async (t) => {
  for (const change of [{}, { keys: [['a', 'b']] }]) {
    const { store, id } = await forged(change)
    await t.throwsAsync(checkManifest(store, id), { code: 'DV_CORRUPT' })
  }
})

test('a tree with paths below a file, made by hand, is refused by the check', async (t) => {
  const store = memoryObjects()
  const run = new KeyRun(0, MANIFEST_PARAMS)
  for (const name of ['a', 'a/b']) run.appendPath(name)
  const id = await store.writeObject('manifest', encodeLeaf(run, [file('1'), file('2')], new Map()))
  await t.throwsAsync(checkManifest(store, id), { code: 'DV_UNSAFE_PATH' })
})

test('the empty manifest is one leaf of three bytes', async (t) => {
  const store = memoryObjects()
  const root = await emptyManifest(store)
  t.deepEqual(bytesOf(store, root), Buffer.of(1, 0, 0))
  t.deepEqual(await checkManifest(store, root), { entries: 0, bytes: 0 })
})

test('entries that no reader would take are refused', async (t) => {
  const store = memoryObjects()
  const id = file('x').content
  const long = new Map([['k', { type: 'string', value: 'x'.repeat(600) } as const]])
  const bad = [
    { ...file('x'), size: -1 },
    { ...file('x'), size: 1.5 },
    { ...file('x'), content: Buffer.alloc(31) },
    { ...file('x'), recipe: { form: 'inline', chunks: [] } },
    { ...file('x'), recipe: { form: 'inline', chunks: [{ id: Buffer.alloc(32), length: 2 }] } },
    { ...file('x'), recipe: { form: 'inline', chunks: [{ id, length: 1 }] } },
    { ...file(''), recipe: { form: 'tree', root: Buffer.alloc(32) } },
    { kind: 'symlink', target: '' },
    { kind: 'symlink', target: 'a\0b' },
    { kind: 'symlink', target: 'x'.repeat(4097) },
    { kind: 'directory', metadata: { form: 'inline', metadata: long } },
  ] as Parameters<typeof sameEntry>[0][]
  for (const value of bad) {
    await t.throwsAsync(buildManifest(store, [['p', value!]]), { code: 'DV_UNREPRESENTABLE_PATH' })
  }
})
