import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { ChunkRun, ObjectStore } from '../../src/store/index.js'
import type { Storage } from '../../src/storage/index.js'
import { edited, memoryStore, publishChunks, randomChunk, textChunk } from './builders.js'

/** Three packs of many small chunks, of large ones, and of deltas against some of them. */
async function filledStore() {
  const { storage, store } = memoryStore()
  const small = Array.from({ length: 400 }, (_, i) => textChunk(900 + (i % 5) * 300, i + 1))
  const large = Array.from({ length: 6 }, (_, i) => randomChunk(90_000, i + 1000))
  const deltas = large.map((chunk) => ({ ...edited(chunk, 'an edit'), bases: [chunk.id] }))
  for (const chunks of [small, large, deltas]) await publishChunks(store, chunks)
  return { storage, chunks: [...small, ...large, ...deltas] }
}

test('chunks come with their bytes in whatever order they are read', async (t) => {
  const { storage, chunks } = await filledStore()
  const places = fc.array(
    fc.record({ from: fc.nat(chunks.length - 1), count: fc.integer({ min: 1, max: 40 }) }),
    { minLength: 1, maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(places, async (runs) => {
      const reader = new ChunkRun(new ObjectStore(storage))
      const wanted = runs.flatMap(({ from, count }) => chunks.slice(from, from + count))
      const found: Uint8Array[] = []
      for (const { id, bytes } of wanted) found.push(await reader.read(id, bytes.length))
      // Whoever writes several at once holds them while the next are read.
      if (!wanted.every(({ bytes }, i) => bytes.equals(found[i]!))) t.fail('other bytes')
    }),
    { numRuns: 40 },
  )
  t.pass()
})

test('chunks that were stored one behind the other are read with few reads', async (t) => {
  const { storage, chunks } = await filledStore()
  let reads = 0
  const counting = Object.create(storage, {
    get: {
      value: (name: string, range?: { offset: number; length: number }) => {
        if (name.startsWith('packs/')) reads++
        return storage.get(name, range)
      },
    },
  }) as Storage
  const store = new ObjectStore(counting)
  await store.has(chunks[0]!.id)
  reads = 0
  const reader = new ChunkRun(store)
  for (const { id, bytes } of chunks.slice(0, 400)) await reader.read(id, bytes.length)
  t.true(reads < 20, `${reads} reads`)
})

test('whatever byte of a pack is wrong, a run gives the right bytes or DV_CORRUPT', async (t) => {
  const { storage, store } = memoryStore()
  const chunks = [textChunk(300, 1), textChunk(200, 2), textChunk(300, 3)]
  const [pack] = await publishChunks(store, chunks)
  const good = Buffer.from(await storage.get(pack!.key))
  let damagedReads = 0
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good)
    bad[at]! ^= 0x11
    const get: Storage['get'] = async (name, range) =>
      name === pack!.key
        ? bad.subarray(range?.offset, range && range.offset + range.length)
        : storage.get(name, range)
    const reader = new ChunkRun(new ObjectStore(Object.create(storage, { get: { value: get } }) as Storage))
    for (const { id, bytes } of chunks) {
      try {
        if (!bytes.equals(await reader.read(id, bytes.length))) t.fail(`byte ${at} gave other bytes`)
      } catch (error) {
        if (!isDvError(error, 'DV_CORRUPT')) t.fail(`byte ${at}: ${String(error)}`)
        damagedReads++
      }
    }
  }
  t.true(damagedReads > 100)
})
