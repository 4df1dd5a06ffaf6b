import test from 'ava'
import { hashObject } from '../../src/hash/index.js'
import { changeRoot, type Doomed, encodeTombstone, readRoot, tombstoneKey } from '../../src/index/index.js'
import { packKey } from '../../src/pack/index.js'
import type { Storage } from '../../src/storage/index.js'
import { anchor, anchorNamed, ObjectStore, StoreWriter } from '../../src/store/index.js'
import { chunkOf, memoryStore, publishChunks } from './builders.js'

const NODE = Buffer.from('not looked into here')
const named = { kind: 'value' as const, id: hashObject('value', NODE) }

async function storeNode(store: ObjectStore): Promise<void> {
  const writer = new StoreWriter(store, { kind: 'node' })
  await writer.writeObject('value', NODE)
  await store.index.add((await writer.finish()).map((ref) => ({ ref })))
}

/** A collection that lists all packs there are, as a mark would that found something in each. */
async function markAll(storage: Storage, id = 'c'.repeat(32)): Promise<void> {
  const doomed: Doomed[] = []
  for await (const { name, size } of storage.list(packKey('')))
    doomed.push({ key: name, bytes: size, garbage: 1 })
  await storage.put(tombstoneKey(id), encodeTombstone(doomed))
  await changeRoot(storage, (root) => ({
    ...root,
    collections: [...root.collections, { id, state: 'marked' }],
  }))
}

/** As a sweep would that took all. */
async function sweepAll(storage: Storage): Promise<void> {
  await changeRoot(storage, (root) => ({ ...root, generation: root.generation + 1, segments: [] }))
}

const placesOf = async (storage: Storage) => (await new ObjectStore(storage).index.lookup(named.id)).length

test('packs are not named under another generation than their writer looked under', async (t) => {
  const { storage, store } = memoryStore()
  await publishChunks(store, [chunkOf('a')])
  t.true(await store.has(chunkOf('a').id))
  await sweepAll(storage)
  await t.throwsAsync(storeNode(store), { code: 'DV_COLLECTED' })
  t.deepEqual((await readRoot(storage)).root.segments, [])
  t.true(await store.has(chunkOf('b').id).then((has) => !has))
  await t.throwsAsync(storeNode(store), { code: 'DV_COLLECTED' }, 'looking again is not beginning again')
  await store.index.begin()
  await storeNode(store)
  t.is(await placesOf(storage), 1)
})

test('a commit whose every copy is doomed is stored once more, once', async (t) => {
  const { storage, store } = memoryStore()
  await storeNode(store)
  await anchor(store, [named])
  t.is(await placesOf(storage), 1, 'no collection, no copy')
  await markAll(storage)
  await anchorNamed(store, [named])
  t.is(await placesOf(storage), 1, 'memory is not a folder: nothing was under way when it was looked first')
  await store.index.refresh()
  await anchor(store, [named])
  await anchor(store, [named])
  t.is(await placesOf(storage), 2)
  t.deepEqual(await new ObjectStore(storage).readObject('value', named.id), NODE)
  await markAll(storage, 'd'.repeat(32))
  await anchorNamed(store, [named])
  t.is(await placesOf(storage), 3, 'the copy was marked too')
})

test('a commit that was swept is not named', async (t) => {
  const { storage, store } = memoryStore()
  await storeNode(store)
  await markAll(storage)
  await store.index.refresh()
  await sweepAll(storage)
  await t.throwsAsync(anchorNamed(store, [named]), { code: 'DV_COLLECTED' })
})

test('a collection that was taken back while it was read dooms nothing', async (t) => {
  const { storage, store } = memoryStore()
  await storeNode(store)
  await markAll(storage)
  await store.index.refresh()
  await changeRoot(storage, (root) => ({ ...root, collections: [] }))
  await storage.delete(tombstoneKey('c'.repeat(32)))
  await anchor(store, [named])
  t.is(await placesOf(storage), 1)
})

test('a collection whose record is not there holds nobody up', async (t) => {
  const { storage, store } = memoryStore()
  await storeNode(store)
  await markAll(storage)
  await storage.delete(tombstoneKey('c'.repeat(32)))
  await store.index.refresh()
  await anchor(store, [named])
  t.is(await placesOf(storage), 1)
})
