import fs from 'node:fs'
import test from 'ava'
import { isDvError } from '../../src/base/index.js'
import { type ChunkId, hashChunk, toHex } from '../../src/hash/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import {
  type FinishedPack,
  ObjectStore,
  publishPacks,
  readPromises,
  StoreWriter,
} from '../../src/store/index.js'
import { Delivery } from '../../src/transfer/index.js'

const NAME = 'origin'

/** Bytes that do not compress, the same for the same seed. */
function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed * 2654435761 + 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

const CHUNKS = Array.from({ length: 12 }, (_, i) => noise(i, 40_000))
const IDS = CHUNKS.map((bytes) => hashChunk(bytes))

/** Stores all chunks, a few to a pack. */
async function deliverAll(local: ObjectStore, remote: ObjectStore): Promise<void> {
  const delivery = new Delivery({ local, remote, name: NAME })
  const deliver = (pack: FinishedPack) => delivery.deliver(pack)
  const writer = new StoreWriter(local, { kind: 'data', packBytes: 100_000, endedPacks: 2, deliver })
  try {
    for (const [i, bytes] of CHUNKS.entries()) await writer.writeChunk(IDS[i]!, bytes)
    await writer.finish()
  } finally {
    writer.abort()
  }
}

async function packNames(storage: Storage): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of storage.list('packs/')) names.push(name)
  return names
}

test('packs lie at the remote only, and both indexes name what is in them', async (t) => {
  const local = new ObjectStore(memoryStorage())
  const remote = new ObjectStore(memoryStorage())
  await deliverAll(local, remote)
  t.deepEqual(await packNames(local.storage), [])
  const packs = await packNames(remote.storage)
  t.true(packs.length >= 4)
  const { away } = (await readPromises(local.storage)).get(NAME)!
  t.deepEqual([...away].map((name) => `packs/${name}`).sort(), packs.sort())
  const there = new ObjectStore(remote.storage)
  const here = new ObjectStore(local.storage)
  for (const [i, id] of IDS.entries()) {
    t.deepEqual(Buffer.from(await there.readChunk(id)), CHUNKS[i])
    t.true(await here.has(id))
    t.true(isDvError(await t.throwsAsync(here.readChunk(id)), 'DV_ABSENT'))
  }
})

test('what has arrived is known, and not stored again', async (t) => {
  const local = new ObjectStore(memoryStorage())
  const remote = new ObjectStore(memoryStorage())
  await deliverAll(local, remote)
  const before = await packNames(remote.storage)
  await deliverAll(new ObjectStore(local.storage), new ObjectStore(remote.storage))
  t.deepEqual(await packNames(remote.storage), before)
})

const CHANGES = ['put', 'putFile', 'compareAndSwap'] as const

/** A storage whose changes fail from a moment on, as they do for a process that was killed. */
function failing(storage: Storage, left: { changes: number }): Storage {
  return new Proxy(storage, {
    get(target, operation) {
      const value = Reflect.get(target, operation) as unknown
      if (typeof value !== 'function') return value
      const isChange = CHANGES.includes(operation as (typeof CHANGES)[number])
      return (...args: unknown[]) => {
        if (isChange && left.changes-- <= 0) return Promise.reject(new Error('killed'))
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
}

test('killed before any of its changes, no index names what nobody has, and another try ends it', async (t) => {
  for (let changes = 0; ; changes++) {
    const [own, far] = [memoryStorage(), memoryStorage()]
    const left = { changes }
    const isDone = await deliverAll(
      new ObjectStore(failing(own, left)),
      new ObjectStore(failing(far, left)),
    ).then(
      () => true,
      () => false,
    )
    const here = new ObjectStore(own)
    const there = new ObjectStore(far)
    for (const id of IDS) {
      if (await there.has(id)) await t.notThrowsAsync(there.readChunk(id), `${toHex(id)} after ${changes}`)
      if (await here.has(id)) t.true(await there.has(id), `${toHex(id)} after ${changes}`)
    }
    await deliverAll(new ObjectStore(own), new ObjectStore(far))
    const again = new ObjectStore(far)
    for (const id of IDS) t.true(await again.has(id))
    if (isDone) break
  }
})

test('a pack with a delta whose base the remote lacks stays here', async (t) => {
  const local = new ObjectStore(memoryStorage())
  const remote = new ObjectStore(memoryStorage())
  const base = CHUNKS[0]!
  const first = new StoreWriter(local, { kind: 'data' })
  await first.writeChunk(IDS[0]!, base)
  await publishPacks(local.storage, await first.finish())
  await local.index.refresh()
  const edited = Buffer.from(base)
  edited.write('edited', 100)
  const id: ChunkId = hashChunk(edited)
  const delivery = new Delivery({ local, remote, name: NAME })
  const writer = new StoreWriter(local, { kind: 'data', deliver: (pack) => delivery.deliver(pack) })
  await writer.writeChunk(id, edited, [IDS[0]!])
  await writer.finish()
  t.deepEqual(await packNames(remote.storage), [])
  t.deepEqual(Buffer.from(await new ObjectStore(local.storage).readChunk(id)), edited)
})

test('an aborted delivery leaves no file behind', async (t) => {
  const abort = new AbortController()
  const local = new ObjectStore(memoryStorage())
  const delivery = new Delivery({ local, remote: local, name: NAME, signal: abort.signal })
  const files: string[] = []
  const deliver = (pack: FinishedPack) => {
    files.push(pack.path)
    abort.abort(new Error('stopped'))
    return delivery.deliver(pack)
  }
  const writer = new StoreWriter(local, { kind: 'data', deliver })
  await writer.writeChunk(IDS[0]!, CHUNKS[0]!)
  await t.throwsAsync(writer.finish(), { message: 'stopped' })
  t.deepEqual(
    files.map((file) => fs.existsSync(file)),
    [false],
  )
})
