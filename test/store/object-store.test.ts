import test from 'ava'
import { isDvError } from '../../src/base/index.js'
import { addSegments, encodeSegment, readRoot } from '../../src/index/index.js'
import { newPackName } from '../../src/pack/index.js'
import type { Storage } from '../../src/storage/index.js'
import { ByteCache, ObjectStore, publishPacks, StoreWriter, uniqueIds } from '../../src/store/index.js'
import { edited, memoryStore, publishChunks, randomChunk, textChunk } from './builders.js'

async function overwrite(storage: Storage, key: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = Buffer.from(await storage.get(key))
  change(bytes)
  await storage.delete(key)
  await storage.put(key, bytes)
}

test('every flipped bit of a pack gives DV_CORRUPT or the right bytes, never others', async (t) => {
  const { storage, store } = memoryStore()
  const base = textChunk(700, 1)
  await publishChunks(store, [base])
  const chunks = [randomChunk(60, 2), textChunk(300, 3), { ...edited(base, 'x'), bases: [base.id] }]
  const [pack] = await publishChunks(store, chunks)
  const good = Buffer.from(await storage.get(pack!.key))
  const outcomes = { right: 0, corrupt: 0 }
  for (let bit = 0; bit < good.length * 8; bit++) {
    const damaged = Buffer.from(good)
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    const reader = new ObjectStore(onePackReplaced(storage, pack!.key, damaged), { cacheBytes: 0 })
    for (const { id, bytes } of chunks) {
      try {
        if (!bytes.equals(await reader.readChunk(id))) t.fail(`bit ${bit} gave other bytes`)
        outcomes.right++
      } catch (error) {
        if (!isDvError(error, 'DV_CORRUPT')) t.fail(`bit ${bit}: ${String(error)}`)
        outcomes.corrupt++
      }
    }
  }
  t.true(outcomes.right > 100 && outcomes.corrupt > 100, JSON.stringify(outcomes))
})

function onePackReplaced(storage: Storage, key: string, bytes: Buffer): Storage {
  return {
    ...storage,
    get: async (name, range) => {
      if (name !== key) return storage.get(name, range)
      return Buffer.from(range ? bytes.subarray(range.offset, range.offset + range.length) : bytes)
    },
  }
}

test('a damaged copy falls back to another', async (t) => {
  const { storage, reopened } = memoryStore()
  const chunk = textChunk(5000, 1)
  // Two writers that knew nothing of each other.
  const packs = []
  for (let i = 0; i < 2; i++) {
    const writer = new StoreWriter(new ObjectStore(storage), { kind: 'data' })
    await writer.writeChunk(chunk.id, chunk.bytes)
    packs.push((await writer.finish())[0]!)
  }
  await publishPacks(storage, packs)
  t.is((await reopened().locate(chunk.id)).length, 2)
  for (const { key } of packs) {
    const good = Buffer.from(await storage.get(key))
    await overwrite(storage, key, (bytes) => bytes.fill(0, 60, 90))
    t.deepEqual(Buffer.from(await reopened().readChunk(chunk.id)), chunk.bytes)
    await storage.delete(key)
    t.true(await reopened().has(chunk.id))
    await storage.put(key, good)
  }
  for (const { key } of packs) await overwrite(storage, key, (bytes) => bytes.fill(0, 60, 90))
  const error = await t.throwsAsync(reopened().readChunk(chunk.id), { code: 'DV_CORRUPT' })
  t.true(error.message.includes('is damaged'))
})

test('an item is read without a look at segments older than one that has it', async (t) => {
  const { storage, store } = memoryStore()
  const [old, young] = [textChunk(500, 1), textChunk(500, 2)]
  const [first] = await publishChunks(store, [old])
  await publishChunks(store, [young])
  const names: string[] = []
  const get: Storage['get'] = (name, range) => {
    names.push(name)
    return storage.get(name, range)
  }
  const reader = new ObjectStore({ ...storage, get })
  t.deepEqual(await reader.readChunk(young.id), young.bytes)
  t.false(names.includes(first!.key))
  t.deepEqual(await reader.readChunk(old.id), old.bytes)
  t.true(names.includes(first!.key))
})

test('a missing object names its kind, its id and the store', async (t) => {
  const { reopened } = memoryStore()
  const { id } = textChunk(10, 1)
  const error = await t.throwsAsync(reopened().readItem('commit', id), { code: 'DV_MISSING_OBJECT' })
  t.true(error.message.includes(Buffer.from(id).toString('hex')) && error.message.includes('memory:'))
})

test('an item is not given out as one of another kind', async (t) => {
  const { store, reopened } = memoryStore()
  const chunk = textChunk(100, 1)
  await publishChunks(store, [chunk])
  await t.throwsAsync(reopened().readItem('commit', chunk.id), { code: 'DV_CORRUPT' })
})

test('a reader sees what others publish after it was opened', async (t) => {
  const { store, reopened } = memoryStore()
  const reader = reopened()
  const [a, b] = [textChunk(100, 1), textChunk(100, 2)]
  await publishChunks(store, [a])
  t.deepEqual(Buffer.from(await reader.readChunk(a.id)), a.bytes)
  await publishChunks(store, [b])
  t.deepEqual(Buffer.from(await reader.readChunk(b.id)), b.bytes)
})

test('a reader follows an item to another pack when its pack is gone', async (t) => {
  const { storage, store, reopened } = memoryStore()
  const chunk = textChunk(3000, 1)
  const [old] = await publishChunks(store, [chunk])
  const reader = reopened()
  await reader.locate(chunk.id)
  // Repacked: the item lies in a new pack, the root names only that one, the old one is deleted.
  const other = memoryStore()
  const [copy] = await publishChunks(other.store, [chunk])
  await storage.put(copy!.key, await other.storage.get(copy!.key))
  const { version } = await readRoot(storage)
  const moved = await other.storage.read('index/root')
  await storage.compareAndSwap('index/root', version, moved!.bytes)
  await storage.delete(old!.key)
  t.deepEqual(Buffer.from(await reader.readChunk(chunk.id)), chunk.bytes)
})

test('a missing pack is DV_CORRUPT and named', async (t) => {
  const { storage, store, reopened } = memoryStore()
  const chunk = textChunk(3000, 1)
  const [pack] = await publishChunks(store, [chunk])
  const segment = await storage.get(pack!.key, { offset: pack!.offset, length: pack!.length })
  await storage.delete(pack!.key)
  // The index still knows: its segment lies elsewhere.
  const key = `segments/${newPackName()}`
  await storage.put(key, segment)
  await addSegments(storage, [{ ...pack!, key, offset: 0 }])
  const error = await t.throwsAsync(reopened().readChunk(chunk.id), { code: 'DV_CORRUPT' })
  t.true(error.message.includes(pack!.key.slice('packs/'.length)))
})

test('an index that names an impossible block is DV_CORRUPT, and nothing is allocated for it', async (t) => {
  const { storage, store, reopened } = memoryStore()
  const chunk = textChunk(3000, 1)
  await publishChunks(store, [chunk])
  const [row] = await reopened().locate(chunk.id)
  for (const wrong of [
    { blockLength: 2 ** 31 },
    { blockLength: row!.blockLength - 1 },
    { blockLength: row!.blockLength + 1 },
    { blockOffset: 2 ** 40 },
    { blockOffset: row!.blockOffset + 1 },
    { offset: 1 },
    { length: 2 ** 31 },
    { length: 2999 },
  ]) {
    const own = memoryStore()
    await own.storage.put(`packs/${row!.pack}`, await storage.get(`packs/${row!.pack}`))
    const segment = encodeSegment([{ ...row!, ...wrong }])
    const key = `segments/${newPackName()}`
    await own.storage.put(key, segment)
    await addSegments(own.storage, [{ key, offset: 0, length: segment.length, rows: 1 }])
    await t.throwsAsync(own.store.readChunk(chunk.id), { code: 'DV_CORRUPT' }, JSON.stringify(wrong))
  }
})

test('a block that turned out damaged is read again, not taken from the cache', async (t) => {
  const { storage, store, reopened } = memoryStore()
  const chunk = randomChunk(3000, 1)
  const [pack] = await publishChunks(store, [chunk])
  const good = Buffer.from(await storage.get(pack!.key))
  await overwrite(storage, pack!.key, (bytes) => (bytes[500]! ^= 1))
  const reader = reopened()
  await t.throwsAsync(reader.readChunk(chunk.id), { code: 'DV_CORRUPT' })
  await storage.delete(pack!.key)
  await storage.put(pack!.key, good)
  t.deepEqual(Buffer.from(await reader.readChunk(chunk.id)), chunk.bytes)
})

test('a byte cache keeps what was used last, within its limit', (t) => {
  const cache = new ByteCache(100)
  const bytes = (length: number) => Buffer.alloc(length)
  cache.set('a', bytes(40))
  cache.set('b', bytes(40))
  t.truthy(cache.get('a'))
  cache.set('c', bytes(40))
  t.is(cache.get('b'), undefined)
  t.truthy(cache.get('a'))
  cache.set('a', bytes(10))
  cache.set('d', bytes(50))
  t.truthy(cache.get('a') && cache.get('c') && cache.get('d'))
  cache.set('huge', bytes(1000))
  t.truthy(cache.get('huge'))
  cache.set('e', bytes(1))
  t.is(cache.get('huge'), undefined)
  cache.delete('e')
  t.is(cache.get('e'), undefined)
})

test('uniqueIds keeps the first of each', (t) => {
  const [a, b] = [textChunk(1, 1).id, textChunk(2, 2).id]
  t.deepEqual(uniqueIds([a, b, Buffer.from(a), b]), [a, b])
})
