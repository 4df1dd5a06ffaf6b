import test from 'ava'
import {
  addSegments,
  changeRoot,
  ChunkIndex,
  chooseMerge,
  EMPTY_ROOT,
  mergeSegments,
  openSegment,
  readRoot,
  type Row,
} from '../../src/index/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { damaging } from '../storage/damaging.js'
import { idNumber, overwrite, plainRows, putSegment, rowNumber, rowsOf } from './builders.js'

const packName = (i: number) => i.toString(16).padStart(32, '0')

/** Publishes rows [from, to) as one segment. */
async function publish(storage: Storage, from: number, to: number): Promise<void> {
  await addSegments(storage, [await putSegment(storage, rowsOf(from, to, packName(from)))])
}

async function segmentsOf(storage: Storage) {
  return (await readRoot(storage)).root.segments
}

test('an index of nothing knows nothing', async (t) => {
  const index = new ChunkIndex(memoryStorage())
  t.deepEqual(await index.lookup(idNumber(1)), [])
  t.deepEqual(await index.root(), EMPTY_ROOT)
  t.false(await index.refresh())
})

test('200 publishes leave few segments, and every row is found', async (t) => {
  const storage = memoryStorage()
  for (let i = 0; i < 200; i++) await publish(storage, i * 20, i * 20 + 20)
  const segments = await segmentsOf(storage)
  t.true(segments.length <= 16, `${segments.length} segments`)
  t.is(
    segments.reduce((sum, segment) => sum + segment.rows, 0),
    4000,
  )
  const index = new ChunkIndex(storage)
  for (let i = 0; i < 4000; i += 7)
    t.deepEqual(
      plainRows(await index.lookup(idNumber(i))),
      plainRows([rowNumber(i, packName(Math.floor(i / 20) * 20))]),
    )
})

test('writers that publish at once, merging as they go, lose nothing', async (t) => {
  const storage = slowed(memoryStorage())
  await Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      for (let i = 0; i < 8; i++) {
        const from = (writer * 8 + i) * 30
        await publish(storage, from, from + 30)
      }
    }),
  )
  const index = new ChunkIndex(storage)
  for (let i = 0; i < 6 * 8 * 30; i++) t.is((await index.lookup(idNumber(i))).length, 1, `row ${i}`)
  // Whoever changed the root last saw it whole, so no tier is left full.
  t.is(chooseMerge(await segmentsOf(storage)), undefined)
})

test('adding what is live already changes nothing', async (t) => {
  const storage = memoryStorage()
  const ref = await putSegment(storage, rowsOf(0, 10))
  await addSegments(storage, [ref])
  const before = await storage.read('index/root')
  await addSegments(storage, [ref])
  await addSegments(storage, [])
  t.deepEqual(await storage.read('index/root'), before)
})

test('a snapshot answers after its segments were merged away and deleted', async (t) => {
  const storage = memoryStorage()
  for (let i = 0; i < 4; i++) await publish(storage, i * 100, i * 100 + 100)
  const index = new ChunkIndex(storage, { wholeBytes: 0 })
  await index.root()
  const old = await segmentsOf(storage)
  const merged = await mergeSegments(storage, old)
  await changeRoot(storage, (root) => ({ ...root, segments: [merged] }))
  for (const ref of old) await storage.delete(ref.key)
  // Many at once: the first to refresh must not make the others believe that nothing changed.
  const rows = await Promise.all(Array.from({ length: 400 }, (_, i) => index.lookup(idNumber(i))))
  t.true(rows.every((found) => found.length === 1))
})

test('a miss counts only after the root was read again, for all who ask at once', async (t) => {
  const storage = slowed(memoryStorage())
  await publish(storage, 0, 100)
  const index = new ChunkIndex(storage)
  await index.root()
  await publish(storage, 100, 200)
  t.deepEqual(await index.lookup(idNumber(150)), [])
  const asked = Array.from({ length: 50 }, (_, i) => index.lookup(idNumber(100 + i), { fresh: true }))
  t.true((await Promise.all(asked)).every((found) => found.length === 1))
})

test('the first copy is enough for who asks only whether there is one', async (t) => {
  const storage = memoryStorage()
  await publish(storage, 0, 10)
  await addSegments(storage, [await putSegment(storage, rowsOf(0, 10, packName(7)))])
  const index = new ChunkIndex(storage)
  t.is((await index.lookup(idNumber(3))).length, 2)
  t.is((await index.lookup(idNumber(3), { first: true })).length, 1)
})

test('a damaged segment hides only what it alone holds', async (t) => {
  const storage = memoryStorage()
  await publish(storage, 0, 10)
  await publish(storage, 10, 20)
  const [first] = await segmentsOf(storage)
  const bytes = Buffer.from(await storage.get(first!.key))
  bytes[70]! ^= 1
  await overwrite(storage, first!.key, bytes)
  const index = new ChunkIndex(storage)
  t.is((await index.lookup(idNumber(15))).length, 1)
  await t.throwsAsync(index.lookup(idNumber(5)), { code: 'DV_CORRUPT' })
  await storage.delete(first!.key)
  const again = new ChunkIndex(storage)
  t.is((await again.lookup(idNumber(15))).length, 1)
  await t.throwsAsync(again.lookup(idNumber(5)), { code: 'DV_CORRUPT', message: /missing/ })
})

test('publishing succeeds where a merge fails, and nothing is lost', async (t) => {
  const storage = memoryStorage()
  for (let i = 0; i < 7; i++) await publish(storage, i * 10, i * 10 + 10)
  const [first] = await segmentsOf(storage)
  const bytes = Buffer.from(await storage.get(first!.key))
  bytes[70]! ^= 1
  await overwrite(storage, first!.key, bytes)
  await publish(storage, 70, 80)
  t.is((await segmentsOf(storage)).length, 8)
  t.is((await new ChunkIndex(storage).lookup(idNumber(75))).length, 1)
})

test('two merges of the same segments leave one result', async (t) => {
  const storage = memoryStorage()
  for (let i = 0; i < 7; i++) await publish(storage, i * 10, i * 10 + 10)
  const late = slowed(storage)
  await Promise.all([publish(late, 70, 80), publish(late, 80, 90)])
  const rows: Row[] = []
  for (const ref of await segmentsOf(storage)) {
    const reader = await new ChunkIndex(storage).segment(ref)
    for await (const batch of reader.rows()) rows.push(...batch)
  }
  t.is(rows.length, 90)
})

/** The same storage, each answer some turns of the event loop later, so that callers interleave. */
function slowed(storage: Storage): Storage {
  let state = 1
  const later = async () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    for (let turns = (state >> 8) % 4; turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    ...storage,
    async get(name, range) {
      await later()
      return storage.get(name, range)
    },
    async read(name) {
      await later()
      return storage.read(name)
    },
    async compareAndSwap(name, expected, bytes) {
      await later()
      return storage.compareAndSwap(name, expected, bytes)
    },
  }
}

for (const wholeBytes of [undefined, 0])
  test(`a segment from elsewhere that arrives damaged is read once more, wholeBytes: ${wholeBytes}`, async (t) => {
    const storage = memoryStorage()
    await publish(storage, 0, 500)
    const [ref] = await segmentsOf(storage)
    const options = wholeBytes === undefined ? {} : { wholeBytes }
    const line = damaging(storage, (_, nth) => nth === 1)
    const index = new ChunkIndex(line, options)
    t.deepEqual(plainRows(await index.lookup(idNumber(5))), plainRows([rowNumber(5, packName(0))]))
    t.true(line.total > 1)

    const hopeless = damaging(storage, () => true)
    await t.throwsAsync(new ChunkIndex(hopeless, options).lookup(idNumber(5)), {
      code: 'DV_CORRUPT',
      message: /^The copy at 'memory:' is damaged: /,
    })
    t.is(hopeless.reads.get(ref!.key), 2)
  })

test('a merge of segments from elsewhere never takes over what arrived damaged', async (t) => {
  const storage = memoryStorage()
  const refs = []
  for (let i = 0; i < 3; i++) refs.push(await putSegment(storage, rowsOf(i * 50, i * 50 + 50, packName(i))))
  let nth = 1
  for (; ; nth++) {
    const line = damaging(storage, (_, one) => one === nth)
    const merged = await mergeSegments(line, refs)
    if (line.total < nth) break
    const all: Row[] = []
    for await (const rows of (await openSegment(storage, merged)).rows()) all.push(...rows)
    t.deepEqual(plainRows(all), plainRows([0, 1, 2].flatMap((i) => rowsOf(i * 50, i * 50 + 50, packName(i)))))
  }
  t.is(nth, 4)
})
