import test from 'ava'
import { type CommitId, hashChunk, type ManifestId, toHex } from '../../src/hash/index.js'
import { readCommit } from '../../src/history/index.js'
import { encodeRoot, INDEX_ROOT_KEY, readRoot } from '../../src/index/index.js'
import { checkStore, REACHES_MAX } from '../../src/maintenance/index.js'
import { buildManifest, lookup, type PathEntry } from '../../src/manifest/index.js'
import { encodeTag } from '../../src/objects/index.js'
import { packKey } from '../../src/pack/index.js'
import { seal } from '../../src/codec/index.js'
import { readRef, REF_NAMES, tagRef, updateRef } from '../../src/refs/index.js'
import { appendOperation } from '../../src/repo/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { changePack, lines, makeStore, packOf, setBranch, type TestStore } from './builders.js'

const NOWHERE = Buffer.alloc(32, 7)
const WORKDIR = 'abcdef0123456789'

function entryOf(text: string, over: object = {}): PathEntry[1] {
  const bytes = Buffer.from(text)
  return { kind: 'file', size: bytes.length, content: hashChunk(bytes), recipe: { form: 'whole' }, ...over }
}

/** Two versions of three files, one of them of many chunks. */
async function twoCommits(store: TestStore) {
  const many = Array.from({ length: 40 }, (_, i) => `chunk ${i} `)
  const one = await store.commit({ a: ['text of a'], 'folder/b': ['text of b'], many })
  const two = await store.commit({ a: ['text of a'], 'folder/b': ['other b'], many }, [one])
  return { one, two, many }
}

test('a store that is whole has no problems, and what was checked is counted', async (t) => {
  const store = makeStore()
  await twoCommits(store)
  for (const deep of [false, true]) {
    const report = await checkStore(new ObjectStore(store.storage), { deep })
    t.deepEqual(report.problems, [])
    t.is(report.commits, 2)
    t.true(report.packs > 2 && report.objects > 44)
    t.is(report.bytes > 0, deep)
  }
})

test('an empty store has no problems', async (t) => {
  t.deepEqual(await makeStore().check({ deep: true }), [])
})

test('a missing pack is one problem, with the commits and paths that need it', async (t) => {
  const store = makeStore()
  const { one, two } = await twoCommits(store)
  await store.storage.delete(packKey(await packOf(store.storage, 'text of b')))
  t.deepEqual(lines(await store.check(), { one, two }), ['missing pack: one:folder/b'])
  await store.storage.delete(packKey(await packOf(store.storage, 'chunk 7 ')))
  t.deepEqual(lines(await store.check({ deep: true }), { one, two }).sort(), [
    'missing pack: one:folder/b',
    'missing pack: one:many, two:many',
  ])
})

test('a chunk with one wrong bit is found by a deep check only', async (t) => {
  const store = makeStore()
  const { one, two } = await twoCommits(store)
  await changePack(store.storage, await packOf(store.storage, 'text of a'), (bytes) => {
    bytes[bytes.indexOf('text of a')]! ^= 1
    return bytes
  })
  t.deepEqual(await store.check(), [])
  const problems = await store.check({ deep: true })
  t.deepEqual(lines(problems, { one, two }), ['damaged chunk: one:a, two:a'])
  t.is(problems[0]!.name, toHex(hashChunk(Buffer.from('text of a'))))
})

test('damage to one copy of what has another reaches nothing', async (t) => {
  const store = makeStore()
  await store.commit({ a: ['text of a'] })
  const pack = await packOf(store.storage, 'text of a')
  const { root, version } = await readRoot(store.storage)
  const rest = root.segments.filter(({ key }) => key !== packKey(pack))
  await setRoot(store, version, { ...root, segments: rest })
  await store.write('data', (writer) =>
    writer.writeChunk(hashChunk(Buffer.from('text of a')), Buffer.from('text of a')),
  )
  const now = await readRoot(store.storage)
  await setRoot(store, now.version, {
    ...now.root,
    segments: [...now.root.segments, ...root.segments.filter(({ key }) => key === packKey(pack))],
  })
  await changePack(store.storage, pack, (bytes) => {
    bytes[bytes.indexOf('text of a')]! ^= 1
    return bytes
  })
  t.deepEqual(lines(await store.check({ deep: true })), ['damaged chunk: '])
})

async function setRoot(
  { storage }: TestStore,
  version: string | undefined,
  root: Parameters<typeof encodeRoot>[0],
) {
  await storage.compareAndSwap(INDEX_ROOT_KEY, version, encodeRoot(root))
}

test('a damaged index root is named, and the packs are checked all the same', async (t) => {
  const store = makeStore()
  const { one, two } = await twoCommits(store)
  const { version } = await readRoot(store.storage)
  await store.storage.compareAndSwap(INDEX_ROOT_KEY, version, Buffer.from('no root'))
  await changePack(store.storage, await packOfFirst(store), (bytes) => bytes.subarray(0, bytes.length - 1))
  const problems = lines(await store.check(), { one, two })
  t.is(problems.length, 2)
  t.regex(problems[0]!, /^damaged index root: .*two/)
  t.regex(problems[1]!, /^damaged pack: /)
})

async function packOfFirst({ storage }: TestStore): Promise<string> {
  for await (const { name } of storage.list('packs/')) return name.slice('packs/'.length)
  throw new Error('there is no pack')
}

test('a commit whose parent, manifest or chunk was never written is named with what it reaches', async (t) => {
  const store = makeStore()
  const manifest = await store.write('node', (writer) =>
    buildManifest(writer, [['lost', entryOf('never written')]]),
  )
  const first = await store.commitOf(manifest, 'first')
  const second = await store.commitOf(NOWHERE as ManifestId, 'second')
  const third = await store.commitOf(manifest, 'third', [Buffer.alloc(32, 8) as CommitId])
  const problems = await store.check()
  t.deepEqual(lines(problems, { first, second, third, parent: Buffer.alloc(32, 8) }).sort(), [
    'missing chunk: first:lost, third:lost',
    'missing commit: parent',
    'missing manifest: second',
  ])
  t.regex(problems.find(({ object }) => object === 'commit')!.what, new RegExp(toHex(third)))
})

test('a branch of a commit that is not there, and a tag of another commit than its object says, are named', async (t) => {
  const store = makeStore()
  const { one, two } = await twoCommits(store)
  await setBranch(store.storage, 'gone', NOWHERE as CommitId)
  const who = { name: 'Ada', email: 'a@b', time: 0, zone: 0 }
  const tag = await store.write('node', (writer) =>
    writer.writeObject('tag', encodeTag({ commit: one, name: 'v1', tagger: who, message: '' })),
  )
  const next = { target: two, tag, operation: 'test', updated: 0 }
  await updateRef(store.storage, tagRef('v1'), { expected: undefined, next })
  t.deepEqual(lines(await store.check(), { nowhere: NOWHERE }).sort(), [
    'damaged tag: ',
    'missing commit: nowhere',
  ])
})

test('a damaged list of refs is named; one that lags is no damage', async (t) => {
  const store = makeStore()
  await twoCommits(store)
  const damage = async (bytes: Buffer) => {
    const { version } = (await store.storage.read(REF_NAMES))!
    await store.storage.compareAndSwap(REF_NAMES, version, bytes)
    return (await store.check()).map(({ kind, object, name }) => `${kind} ${object} ${name}`)
  }
  t.deepEqual(await damage(seal({ version: 1, keys: [] })), [])
  t.deepEqual(await damage(Buffer.from('no list')), ['damaged ref refs/names'])
})

test('a damaged ref does not hide the others', async (t) => {
  const store = makeStore()
  const { two } = await twoCommits(store)
  await setBranch(store.storage, 'other', NOWHERE as CommitId)
  const main = await readRef(store.storage, 'refs/heads/main')
  await store.storage.compareAndSwap('refs/heads/main', main!.version, Buffer.from('{}'))
  await store.storage.compareAndSwap('refs/heads/%', undefined, Buffer.from('{}'))
  const problems = await store.check()
  t.deepEqual(problems.map(({ kind, object, name }) => `${kind} ${object} ${name}`).sort(), [
    'damaged ref refs/heads/%',
    'damaged ref refs/heads/main',
    `missing commit ${toHex(NOWHERE)}`,
  ])
  t.truthy(two)
})

test('operations are decoded, must have no gaps, and keep what they name', async (t) => {
  const store = makeStore()
  const { two } = await twoCommits(store)
  const operation = {
    time: 0,
    verb: 'commit',
    args: [],
    refs: [{ ref: 'refs/heads/main', after: { target: two } }],
  }
  for (let i = 0; i < 5; i++) await appendOperation(store.storage, WORKDIR, operation)
  t.deepEqual(await store.check(), [])
  await store.storage.delete(`operations/${WORKDIR}/2`)
  await store.storage.delete(`operations/${WORKDIR}/3`)
  await store.storage.delete(`operations/${WORKDIR}/5`)
  await store.storage.put(`operations/${WORKDIR}/5`, Buffer.from('nothing'))
  await appendOperation(store.storage, WORKDIR, { ...operation, saved: NOWHERE as ManifestId })
  const problems = await store.check()
  t.deepEqual(
    problems.map(({ kind, object, name }) => `${kind} ${object} ${name}`),
    [
      `missing manifest ${toHex(NOWHERE)}`,
      `missing operation operations/${WORKDIR}/2`,
      `damaged operation operations/${WORKDIR}/5`,
    ],
  )
  t.regex(problems[0]!.reaches[0]!.commit, new RegExp(`^${WORKDIR}-6-`))
})

test('a file whose chunks are not as long as its recipe says is named', async (t) => {
  const store = makeStore()
  await store.commit({ a: ['four'], b: ['five5'] })
  const chunks = [
    { id: hashChunk(Buffer.from('four')), length: 5 },
    { id: hashChunk(Buffer.from('five5')), length: 5 },
  ]
  const manifest = await store.write('node', (writer) =>
    buildManifest(writer, [['wrong', entryOf('0123456789', { recipe: { form: 'inline', chunks } })]]),
  )
  const bad = await store.commitOf(manifest, 'bad')
  const problems = await store.check()
  t.deepEqual(
    lines(problems, { bad }).map((line) => line.split(':')[0]),
    ['damaged chunk'],
  )
  t.true(problems[0]!.reaches.some(({ path }) => path === 'wrong'))
})

test('a recipe tree that stands for another size than its file has is named', async (t) => {
  const store = makeStore()
  const { many } = await twoCommits(store)
  const { recipe } = await manyOf(store)
  const manifest = await store.write('node', (writer) =>
    buildManifest(writer, [['short', entryOf(many.join(''), { size: 5, recipe })]]),
  )
  await store.commitOf(manifest, 'bad')
  const [problem] = await store.check()
  t.is(problem!.object, 'recipe')
  t.true(problem!.reaches.some(({ path }) => path === 'short'))
})

async function manyOf({ storage }: TestStore) {
  const reader = new ObjectStore(storage)
  const { value } = (await readRef(storage, 'refs/heads/main'))!
  const { manifest } = await readCommit(reader, value.target)
  const entry = await lookup(reader, manifest, 'many')
  return entry as Extract<typeof entry, { kind: 'file' }> & object
}

test('an unsafe path is named with the commit that has it', async (t) => {
  const store = makeStore()
  const id = await store.commit({ '.dv/config': ['x'], fine: ['y'] })
  const whyNever = (path: string) => (path.startsWith('.dv') ? 'it is ours' : undefined)
  t.deepEqual(lines(await store.check({ whyNever }), { id }), ['damaged path: id:.dv/config'])
})

test('what a problem reaches is listed up to a bound', async (t) => {
  const store = makeStore()
  const files = Object.fromEntries(
    Array.from({ length: 150 }, (_, i) => [`f${String(i).padStart(3, '0')}`, ['same']]),
  )
  await store.commit(files)
  await store.storage.delete(packKey(await packOf(store.storage, 'same')))
  const [problem] = await store.check()
  t.is(problem!.reaches.length, REACHES_MAX)
})

test('what versions have in common is looked at once', async (t) => {
  const store = makeStore()
  const files = Object.fromEntries(
    Array.from({ length: 2000 }, (_, i) => [`f${String(i).padStart(4, '0')}`, ['same']]),
  )
  let last = await store.commit(files)
  const readsOf = async () => {
    const reader = new ObjectStore(store.storage)
    const read = reader.readObject.bind(reader)
    let manifests = 0
    reader.readObject = (kind, id) => {
      if (kind === 'manifest') manifests++
      return read(kind, id)
    }
    t.deepEqual((await checkStore(reader, { deep: false })).problems, [])
    return manifests
  }
  const before = await readsOf()
  for (let i = 0; i < 4; i++) last = await store.commit({ ...files, f0000: [`version ${i}`] }, [last])
  // A root and a leaf a version, and the neighbour whose place is said by the changed leaf's last path.
  t.true((await readsOf()) <= before + 4 * 3)
})

test('a check can be stopped', async (t) => {
  const store = makeStore()
  await twoCommits(store)
  await t.throwsAsync(store.check({ signal: AbortSignal.abort() }), { code: 'DV_INTERRUPTED' })
})

test('a check tells how far it is', async (t) => {
  const store = makeStore()
  await twoCommits(store)
  const phases = new Set<string>()
  await store.check({ deep: true, onProgress: ({ phase }) => phases.add(phase) })
  t.deepEqual([...phases], ['checking the index', 'reading packs', 'checking commits'])
})

test('segments that were merged agree with the footers of the packs they came from', async (t) => {
  const store = makeStore()
  for (let i = 0; i < 12; i++) await store.commit({ [`f${i}`]: [`text ${i}`] })
  const { root } = await readRoot(store.storage)
  t.true(root.segments.some(({ key }) => key.startsWith('segments/')))
  t.deepEqual(await store.check({ deep: true }), [])
  const merged = root.segments.find(({ key }) => key.startsWith('segments/'))!
  const bytes = Buffer.from(await store.storage.get(merged.key))
  await store.storage.delete(merged.key)
  bytes[bytes.length >> 1]! ^= 4
  await store.storage.put(merged.key, bytes)
  const problems = await store.check({ deep: true })
  t.true(
    problems.some(
      ({ kind, object, name }) => `${kind} ${object} ${name}` === `damaged segment ${merged.key}`,
    ),
  )
})

test('a delta whose base has no full copy is named with what it reaches', async (t) => {
  const store = makeStore()
  const base = Buffer.from(Array.from({ length: 4000 }, (_, i) => `row ${(i * 7919) % 4001}\n`).join(''))
  const next = Buffer.from(base.toString().replace('row 5\n', 'row five\n'))
  await store.write('data', (writer) => writer.writeChunk(hashChunk(base), base))
  await store.write('data', (writer) => writer.writeChunk(hashChunk(next), next, [hashChunk(base)]))
  const manifest = await store.write('node', (writer) =>
    buildManifest(writer, [['table', entryOf(next.toString())]]),
  )
  const id = await store.commitOf(manifest, 'main')
  const { root, version } = await readRoot(store.storage)
  const pack = await packOf(store.storage, base.toString())
  t.not(pack, await packOf(store.storage, next.toString()))
  await setRoot(store, version, {
    ...root,
    segments: root.segments.filter(({ key }) => key !== packKey(pack)),
  })
  t.deepEqual(lines(await store.check(), { id }), ['missing base: id:table'])
})
