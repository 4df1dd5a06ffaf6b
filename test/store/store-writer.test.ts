import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { hashObject, idKey, OBJECT_KINDS } from '../../src/hash/index.js'
import { readRoot } from '../../src/index/index.js'
import { createDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore, publishPacks, StoreWriter } from '../../src/store/index.js'
import { temporaryFolder } from '../storage/temporary.js'
import { chunkOf, memoryStore, publishChunks, randomChunk, textChunk } from './builders.js'

test('what is written, finished and published is read back by anyone', async (t) => {
  const { store, reopened } = memoryStore()
  const chunks = [
    textChunk(10, 1),
    randomChunk(5000, 2),
    textChunk(400_000, 3),
    randomChunk(140_000, 4),
    chunkOf(''),
  ]
  await publishChunks(store, chunks)
  for (const reader of [store, reopened()]) {
    for (const { id, bytes } of chunks) t.deepEqual(Buffer.from(await reader.readChunk(id)), bytes)
  }
})

test('items of any kinds and sizes survive, whatever the size of packs', async (t) => {
  const anyItem = fc.record({
    kind: fc.constantFrom('chunk' as const, ...OBJECT_KINDS),
    bytes: fc
      .tuple(fc.boolean(), fc.nat({ max: 1000 }), fc.nat({ max: 3000 }))
      .map(([isText, seed, length]) => (isText ? textChunk : randomChunk)(length, seed + 1).bytes),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyItem, { maxLength: 30 }),
      fc.integer({ min: 1, max: 20_000 }),
      async (items, packBytes) => {
        const { store, reopened } = memoryStore()
        const writer = new StoreWriter(store, { kind: 'node', packBytes })
        const read = []
        for (const { kind, bytes } of items) {
          const id = kind === 'chunk' ? chunkOf(bytes).id : hashObject(kind, bytes)
          await writer.writeItem(kind, { id, bytes })
          read.push({ kind, id, bytes })
        }
        await publishPacks(store.storage, await writer.finish())
        const reader = reopened()
        for (const { kind, id, bytes } of read)
          t.deepEqual(Buffer.from(await reader.readItem(kind, id)), bytes)
      },
    ),
    { numRuns: 40 },
  )
})

test('an item can be read through its writer at any moment, by others only after publish', async (t) => {
  const { store, reopened } = memoryStore()
  const writer = new StoreWriter(store, { kind: 'data', packBytes: 60_000 })
  const chunks = Array.from({ length: 60 }, (_, i) => (i % 2 ? textChunk : randomChunk)(100 + i * 97, i + 1))
  for (const [i, { id, bytes }] of chunks.entries()) {
    t.true(await writer.writeChunk(id, bytes))
    for (const earlier of [chunks[i]!, chunks[i >> 1]!, chunks[0]!]) {
      t.true(await writer.has(earlier.id))
      t.deepEqual(Buffer.from(await writer.readChunk(earlier.id)), earlier.bytes)
    }
  }
  t.false(await reopened().has(chunks[0]!.id))
  await t.throwsAsync(reopened().readChunk(chunks[0]!.id), { code: 'DV_MISSING_OBJECT' })
  const packs = await writer.finish()
  t.true(packs.length > 1)
  for (const { id, bytes } of chunks) t.deepEqual(Buffer.from(await writer.readChunk(id)), bytes)
  await publishPacks(store.storage, packs)
  for (const { id } of chunks) t.true(await reopened().has(id))
})

test('an item that the store or the writer has is not written again', async (t) => {
  const { store, reopened } = memoryStore()
  const [a, b] = [textChunk(500, 1), textChunk(500, 2)]
  await publishChunks(store, [a])
  const writer = new StoreWriter(reopened(), { kind: 'data' })
  t.false(await writer.writeChunk(a.id, a.bytes))
  t.true(await writer.writeChunk(b.id, b.bytes))
  t.false(await writer.writeChunk(b.id, b.bytes))
  t.is(writer.newBytes, 500)
  const [pack, ...others] = await writer.finish()
  t.is(pack!.rows, 1)
  t.deepEqual(others, [])
})

test('calls that come at once store an item once, and read it while its bases are looked for', async (t) => {
  const { store } = memoryStore()
  const base = textChunk(20_000, 1)
  await publishChunks(store, [base])
  const writer = new StoreWriter(store, { kind: 'data' })
  const chunk = textChunk(20_000, 2)
  const writes = Array.from({ length: 5 }, () => writer.writeChunk(chunk.id, chunk.bytes, [base.id]))
  await new Promise((resolve) => setImmediate(resolve))
  t.deepEqual(Buffer.from(await writer.readChunk(chunk.id)), chunk.bytes)
  t.deepEqual((await Promise.all(writes)).filter((isNew) => isNew).length, 1)
  const [pack] = await writer.finish()
  t.is(pack!.rows, 1)
})

test('an item whose claim fails is left to the one who has it', async (t) => {
  const { store } = memoryStore()
  const [a, b] = [textChunk(100, 1), textChunk(100, 2)]
  const writer = new StoreWriter(store, { kind: 'data', claim: (id) => idKey(id) !== idKey(a.id) })
  t.false(await writer.writeChunk(a.id, a.bytes))
  t.true(await writer.writeChunk(b.id, b.bytes))
  t.is((await writer.finish())[0]!.rows, 1)
})

test('a writer that wrote nothing makes no pack', async (t) => {
  const { store } = memoryStore()
  t.deepEqual(await new StoreWriter(store, { kind: 'data' }).finish(), [])
})

test('a writer may go on after finish, and returns only what came since', async (t) => {
  const { store, reopened } = memoryStore()
  const [a, b] = [textChunk(100, 1), textChunk(100, 2)]
  const writer = new StoreWriter(store, { kind: 'data' })
  await writer.writeChunk(a.id, a.bytes)
  const first = await writer.finish()
  await writer.writeChunk(b.id, b.bytes)
  const second = await writer.finish()
  t.is(first.length, 1)
  t.is(second.length, 1)
  t.deepEqual(await writer.finish(), [])
  await publishPacks(store.storage, [...first, ...second])
  for (const { id, bytes } of [a, b]) t.deepEqual(Buffer.from(await reopened().readChunk(id)), bytes)
})

test('a long write publishes its data packs before its end, and never its node packs', async (t) => {
  for (const kind of ['data', 'node'] as const) {
    const { storage, store } = memoryStore()
    const writer = new StoreWriter(store, { kind, packBytes: 1000, endedPacks: 3 })
    const chunks = Array.from({ length: 20 }, (_, i) => randomChunk(1200, i + 1))
    for (const { id, bytes } of chunks) await writer.writeChunk(id, bytes)
    for (const { id, bytes } of chunks) {
      t.deepEqual(Buffer.from(await writer.readChunk(id)), bytes)
      t.false(await writer.writeChunk(id, bytes))
    }
    const live = (await readRoot(storage)).root.segments.reduce((sum, segment) => sum + segment.rows, 0)
    const rest = await writer.finish()
    t.is(live, kind === 'data' ? 18 : 0)
    t.is(rest.length, kind === 'data' ? 2 : 20)
    let stored = 0
    for await (const { size } of storage.list('packs/')) stored += size
    t.is(writer.storedBytes, stored)
  }
})

test('a pack is reported when it lies in the store', async (t) => {
  const { storage, store } = memoryStore()
  const seen: string[] = []
  const chunks = Array.from({ length: 4 }, (_, i) => randomChunk(1200, i + 1))
  const packs = await publishChunks(store, chunks, { packBytes: 1000, onPack: ({ key }) => seen.push(key) })
  t.deepEqual(new Set(seen), new Set(packs.map(({ key }) => key)))
  for (const { key } of packs) t.true((await storage.size(key))! > 1200)
})

test('after an error nothing more is written, and abort leaves no temporary file', async (t) => {
  const folder = temporaryFolder(t)
  const storage = createDirectoryStorage(folder)
  t.teardown(() => storage.close())
  const writer = new StoreWriter(new ObjectStore(storage), { kind: 'data' })
  const [a, b] = [randomChunk(600_000, 1), textChunk(100, 2)]
  await writer.writeChunk(a.id, a.bytes)
  t.is(fs.readdirSync(`${folder}/tmp`).length, 1)
  writer.abort()
  await t.throwsAsync(writer.writeChunk(b.id, b.bytes))
  await t.throwsAsync(writer.finish())
  t.deepEqual(fs.readdirSync(`${folder}/tmp`), [])
  t.deepEqual((await readRoot(storage)).root.segments, [])
})

test('a pack that cannot be put into the store fails the writer, and leaves no temporary file', async (t) => {
  const { storage } = memoryStore()
  const paths: string[] = []
  const full = {
    ...storage,
    temporaryPath: () => paths[paths.push(storage.temporaryPath()) - 1]!,
    putFile: () => Promise.reject(new Error('the disk is full')),
  }
  const writer = new StoreWriter(new ObjectStore(full), { kind: 'data' })
  await writer.writeChunk(textChunk(100, 1).id, textChunk(100, 1).bytes)
  await t.throwsAsync(writer.finish(), { message: 'the disk is full' })
  await t.throwsAsync(writer.finish(), { message: 'the disk is full' })
  t.is(paths.length, 1)
  t.false(fs.existsSync(paths[0]!))
})
