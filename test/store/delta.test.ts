import test from 'ava'
import { encodeSegment, type Row } from '../../src/index/index.js'
import {
  encodeDeltaBlock,
  encodePackHeader,
  encodePackTrailer,
  newPackName,
  PACK_HEADER_BYTES,
  packKey,
} from '../../src/pack/index.js'
import type { Storage } from '../../src/storage/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'
import {
  chunkOf,
  edited,
  memoryStore,
  publishChunks,
  randomChunk,
  type TestChunk,
  textChunk,
} from './builders.js'

test('an edited chunk is stored as a small delta and reads back', async (t) => {
  const { store, reopened } = memoryStore()
  const base = textChunk(60_000, 1)
  const next = edited(base, 'an edit')
  await publishChunks(store, [base])
  await publishChunks(store, [{ ...next, bases: [base.id] }])
  const [row, ...others] = await reopened().locate(next.id)
  t.deepEqual(others, [])
  t.deepEqual(
    row!.bases.map((id) => Buffer.from(id)),
    [Buffer.from(base.id)],
  )
  t.true(row!.blockLength < 300, `${row!.blockLength} bytes`)
  t.deepEqual(Buffer.from(await reopened().readChunk(next.id)), next.bytes)
})

test('a chain of edits never gets deeper than one', async (t) => {
  const { store, reopened } = memoryStore()
  const versions = [textChunk(60_000, 1)]
  await publishChunks(store, versions)
  for (let i = 0; i < 12; i++) {
    const last = versions[versions.length - 1]!
    versions.push(edited(last, ` edit ${i}`))
    await publishChunks(store, [{ ...versions[versions.length - 1]!, bases: [last.id] }])
  }
  let deltas = 0
  for (const { id, bytes } of versions) {
    const [row] = await reopened().locate(id)
    deltas += row!.bases.length
    for (const base of row!.bases)
      t.true((await reopened().locate(base)).some((copy) => copy.bases.length === 0))
    t.deepEqual(Buffer.from(await reopened().readChunk(id)), bytes)
  }
  t.true(deltas >= 10)
})

test('a chunk that is like several displaced ones stands on all of them', async (t) => {
  const { store, reopened } = memoryStore()
  const parts = [textChunk(30_000, 1), textChunk(30_000, 2), textChunk(30_000, 3)]
  await publishChunks(store, parts)
  const joined = chunkOf(Buffer.concat(parts.map(({ bytes }) => bytes.subarray(5000, 25_000))))
  await publishChunks(store, [{ ...joined, bases: parts.map(({ id }) => id) }])
  const [row] = await reopened().locate(joined.id)
  t.is(row!.bases.length, 3)
  t.deepEqual(Buffer.from(await reopened().readChunk(joined.id)), joined.bytes)
})

test('a chunk is stored in full where a delta saves less than half, or has no bases it may use', async (t) => {
  const { store, reopened } = memoryStore()
  const magic = chunkOf(Buffer.concat([Buffer.from('37a430ec', 'hex'), textChunk(20_000, 4).bytes]))
  const huge = randomChunk(1024 * 1024 + 1, 5)
  const base = textChunk(20_000, 1)
  await publishChunks(store, [base, magic, huge])
  const cases = [
    { ...randomChunk(20_000, 6), bases: [base.id] },
    { ...edited(magic, 'x'), bases: [magic.id] },
    { ...edited(huge, 'x'), bases: [huge.id] },
    { ...edited(base, 'unknown base'), bases: [textChunk(100, 77).id] },
    { ...chunkOf('tiny'), bases: [base.id] },
  ]
  await publishChunks(store, cases)
  for (const { id, bytes } of cases) {
    const [row] = await reopened().locate(id)
    t.deepEqual(row!.bases, [])
    t.deepEqual(Buffer.from(await reopened().readChunk(id)), bytes)
  }
})

test('a chunk that shrinks by itself is a delta where that halves it again, or takes a sixteenth of it', async (t) => {
  const { store, reopened } = memoryStore()
  const base = chunkOf(Buffer.concat([randomChunk(1000, 1).bytes, Buffer.alloc(63_000)]))
  const other = chunkOf(
    Buffer.concat([base.bytes.subarray(0, 900), randomChunk(900, 2).bytes, Buffer.alloc(62_200)]),
  )
  const most = chunkOf(Buffer.concat([randomChunk(8000, 3).bytes, Buffer.alloc(56_000)]))
  await publishChunks(store, [base])
  await publishChunks(store, [
    { ...other, bases: [base.id] },
    { ...most, bases: [base.id] },
  ])
  t.is((await reopened().locate(other.id))[0]!.bases.length, 1)
  t.is((await reopened().locate(most.id))[0]!.bases.length, 0)
})

test('an object is stored against the one it replaces', async (t) => {
  const { store, reopened } = memoryStore()
  const writer = new StoreWriter(store, { kind: 'node' })
  const first = textChunk(20_000, 1).bytes
  const base = await writer.writeObject('manifest', first)
  await publishPacks(store.storage, await writer.finish())
  await store.index.refresh()
  const second = Buffer.concat([first.subarray(0, 9000), Buffer.from('new'), first.subarray(9000)])
  const next = new StoreWriter(store, { kind: 'node' })
  const id = await next.writeObject('manifest', second, base)
  t.deepEqual(Buffer.from(await next.readObject('manifest', id)), second)
  await publishPacks(store.storage, await next.finish())
  t.is((await reopened().locate(id))[0]!.bases.length, 1)
  t.deepEqual(Buffer.from(await reopened().readObject('manifest', id)), second)
})

test('a damaged base makes the next version a full copy, not a failure', async (t) => {
  const { storage, store, reopened } = memoryStore()
  const base = textChunk(60_000, 1)
  const [pack] = await publishChunks(store, [base])
  const bytes = Buffer.from(await storage.get(pack!.key))
  bytes[PACK_HEADER_BYTES + 500]! ^= 1
  await storage.delete(pack!.key)
  await storage.put(pack!.key, bytes)
  const next = edited(base, 'an edit')
  await publishChunks(reopened(), [{ ...next, bases: [base.id] }])
  t.deepEqual((await reopened().locate(next.id))[0]!.bases, [])
  t.deepEqual(Buffer.from(await reopened().readChunk(next.id)), next.bytes)
})

test('a delta whose base the store lacks is DV_MISSING_OBJECT, naming the base', async (t) => {
  const { storage, reopened } = memoryStore()
  const base = textChunk(5000, 1)
  const next = edited(base, 'x')
  await publishDelta(storage, next, { bases: [base], claimed: [base] })
  const error = await t.throwsAsync(reopened().readChunk(next.id), { code: 'DV_MISSING_OBJECT' })
  t.true(error.message.includes(Buffer.from(base.id).toString('hex')))
})

test('a delta whose base has only a delta copy is not followed', async (t) => {
  const { storage, reopened } = memoryStore()
  const [a, b] = [textChunk(5000, 1), edited(textChunk(5000, 1), 'b')]
  const c = edited(b, 'c')
  await publishDelta(storage, b, { bases: [a], claimed: [a] })
  await publishDelta(storage, c, { bases: [b], claimed: [b] })
  await t.throwsAsync(reopened().readChunk(c.id), { code: 'DV_MISSING_OBJECT' })
})

test('an index that passes a delta off as a full copy is caught: a chunk cannot stand on itself', async (t) => {
  const { storage, reopened } = memoryStore()
  const a = textChunk(5000, 1)
  await publishDelta(storage, a, { bases: [a], claimed: [] })
  await t.throwsAsync(reopened().readChunk(a.id), { code: 'DV_CORRUPT' })
})

test('an index that gives a delta other bases than its block is caught', async (t) => {
  const { storage, store, reopened } = memoryStore()
  const [base, other] = [textChunk(5000, 1), textChunk(5000, 2)]
  await publishChunks(store, [base, other])
  const next = edited(base, 'x')
  await publishDelta(storage, next, { bases: [base], claimed: [other] })
  await t.throwsAsync(reopened().readChunk(next.id), { code: 'DV_CORRUPT' })
})

/** A pack made by hand with one delta, indexed as standing on `claimed`. */
async function publishDelta(
  storage: Storage,
  chunk: TestChunk,
  { bases, claimed }: { bases: readonly TestChunk[]; claimed: readonly TestChunk[] },
): Promise<void> {
  const block = encodeDeltaBlock({ kind: 'chunk', length: chunk.bytes.length }, chunk.bytes, bases)
  const pack = newPackName()
  const row: Row = {
    id: chunk.id,
    pack,
    blockOffset: PACK_HEADER_BYTES,
    blockLength: block.length,
    offset: 0,
    length: chunk.bytes.length,
    bases: claimed.map(({ id }) => id),
  }
  const segment = encodeSegment([row])
  await storage.put(
    packKey(pack),
    Buffer.concat([encodePackHeader('data'), block, segment, encodePackTrailer(segment.length)]),
  )
  const offset = PACK_HEADER_BYTES + block.length
  await publishPacks(storage, [{ key: packKey(pack), offset, length: segment.length, rows: 1 }])
}
