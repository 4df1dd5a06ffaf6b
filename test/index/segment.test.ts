import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { idKey } from '../../src/hash/index.js'
import {
  decodeSegmentHeader,
  encodeSegment,
  openSegment,
  PageCache,
  type Row,
  segmentInMemory,
  type SegmentReader,
  verifySegment,
  verifyStoredSegment,
} from '../../src/index/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import { idNumber, overwrite, plainRows, putSegment, rowNumber, rowsOf } from './builders.js'

const PACKS = ['f0', '0a', '77'].map((start) => start.padEnd(32, '3'))

/** Rows with the same id in several packs. */
function rowsWithCopies(count: number): Row[] {
  const rows: Row[] = []
  for (let i = 0; rows.length < count; i++) {
    rows.push(rowNumber(i, PACKS[i % 3]))
    if (i % 4 === 0 && rows.length < count) rows.push({ ...rowNumber(i, PACKS[(i + 1) % 3]), bases: [] })
  }
  return rows
}

async function assertAgrees(t: ExecutionContext, reader: SegmentReader, rows: readonly Row[]): Promise<void> {
  const model = new Map<string, Row[]>()
  for (const row of rows) model.set(idKey(row.id), [...(model.get(idKey(row.id)) ?? []), row])
  for (const copies of model.values()) {
    t.deepEqual(plainRows(await reader.lookup(copies[0]!.id)), plainRows(copies))
  }
  for (let i = 0; i < 200; i++) t.deepEqual(await reader.lookup(idNumber(-1 - i)), [])
  const all: Row[] = []
  for await (const batch of reader.rows()) all.push(...batch)
  t.deepEqual(plainRows(all), plainRows(rows))
}

for (const count of [0, 1, 63, 64, 65, 1000, 20_000]) {
  test(`a segment of ${count} rows answers as a map does`, async (t) => {
    const rows = rowsWithCopies(count)
    const bytes = encodeSegment(rows)
    verifySegment(bytes)
    await assertAgrees(t, segmentInMemory(bytes), rows)
  })
}

for (const count of [65, 1000, 20_000]) {
  test(`a segment of ${count} rows that is read by pages answers as a map does`, async (t) => {
    const storage = memoryStorage()
    const rows = rowsWithCopies(count)
    const ref = await putSegment(storage, rows)
    const pages = new PageCache(64 * 1024)
    await assertAgrees(t, await openSegment(storage, ref, { pages, wholeBytes: 0 }), rows)
  })
}

test('rows of any numbers survive a segment', (t) => {
  const anyRow = fc.record({
    id: fc.nat({ max: 30 }).map(idNumber),
    pack: fc.constantFrom(...PACKS),
    blockOffset: fc.nat({ max: 2 ** 28 }),
    blockLength: fc.nat({ max: 2 ** 24 }),
    offset: fc.nat({ max: 2 ** 24 }),
    length: fc.nat({ max: 2 ** 24 }),
    bases: fc.array(fc.nat({ max: 9 }).map(idNumber), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 30 }), (rows) => {
      const reader = segmentInMemory(encodeSegment(rows))
      const found = [...new Map(rows.map((row) => [idKey(row.id), row.id])).values()].flatMap(
        (id) => reader.lookup(id) as Row[],
      )
      t.deepEqual(plainRows(found), plainRows(rows))
    }),
  )
})

test('rows whose ids agree in their first bytes are kept apart', async (t) => {
  const rows = rowsOf(0, 300).map((row, i) => {
    const id = Buffer.from(row.id)
    id.fill(7, 0, i % 2 === 0 ? 28 : 5)
    return { ...row, id }
  })
  await assertAgrees(t, segmentInMemory(encodeSegment(rows)), rows)
})

test('a segment does not depend on the order its rows are given in', (t) => {
  const rows = rowsOf(0, 500).map((row) => ({ ...row, bases: [] }))
  const shuffled = rows.map((row, i) => ({ row, at: (i * 7919) % 500 })).sort((a, b) => a.at - b.at)
  t.deepEqual(encodeSegment(shuffled.map(({ row }) => row)), encodeSegment(rows))
})

test('every flipped bit of a segment is found by verifySegment', (t) => {
  const bytes = encodeSegment(rowsOf(0, 70))
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = Buffer.from(bytes)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    const error = thrownBy(() => verifySegment(copy))
    if (!isDvError(error, 'DV_CORRUPT')) t.fail(`bit ${bit}: ${String(error)}`)
  }
  t.pass()
})

test('a segment cut short, or with bytes behind it, is refused', (t) => {
  const bytes = encodeSegment(rowsOf(0, 10))
  for (let length = 0; length < bytes.length; length++)
    t.true(
      isDvError(
        thrownBy(() => verifySegment(bytes.subarray(0, length))),
        'DV_CORRUPT',
      ),
    )
  t.throws(() => verifySegment(Buffer.concat([bytes, Buffer.alloc(1)])), { code: 'DV_CORRUPT' })
})

test('a header that claims billions of rows is refused before anything is allocated', async (t) => {
  const storage = memoryStorage()
  const ref = await putSegment(storage, rowsOf(0, 100))
  for (const at of [8, 12, 16, 28, 32]) {
    const bytes = Buffer.from(await storage.get(ref.key))
    bytes.writeUInt32LE(0x7fffffe0, at)
    await overwrite(storage, ref.key, bytes)
    t.throws(() => verifySegment(bytes), { code: 'DV_CORRUPT' })
    await t.throwsAsync(openSegment(storage, ref, { wholeBytes: 0 }), { code: 'DV_CORRUPT' })
  }
})

test('numbers of a damaged large segment that lead nowhere are refused, never followed', async (t) => {
  const storage = memoryStorage()
  const rows = rowsOf(0, 400)
  const ref = await putSegment(storage, rows)
  const good = Buffer.from(await storage.get(ref.key))
  const shape = decodeSegmentHeader(good)
  const known = new Set(plainRows(rows).map((line) => line.slice(0, 64)))
  for (let at = shape.blocksAt; at < shape.length - 32; at += 17) {
    const bytes = Buffer.from(good)
    bytes[at]! ^= 0xff
    await overwrite(storage, ref.key, bytes)
    const reader = await openSegment(storage, ref, { wholeBytes: 0, pages: new PageCache() })
    for (let i = 0; i < 400; i += 40) {
      try {
        for (const row of await reader.lookup(rows[i]!.id))
          t.true(known.has(plainRows([row])[0]!.slice(0, 64)))
      } catch (error) {
        t.true(isDvError(error, 'DV_CORRUPT'), String(error))
      }
    }
    await t.throwsAsync(verifyStoredSegment(storage, ref), { code: 'DV_CORRUPT' })
  }
})

test('a segment whose root entry is wrong about it is refused', async (t) => {
  const storage = memoryStorage()
  const ref = await putSegment(storage, rowsOf(0, 100))
  const options = { wholeBytes: 0 }
  await t.notThrowsAsync(openSegment(storage, ref, options))
  await t.notThrowsAsync(verifyStoredSegment(storage, ref))
  await t.throwsAsync(openSegment(storage, { ...ref, length: ref.length - 1 }, options), {
    code: 'DV_CORRUPT',
  })
  await t.throwsAsync(openSegment(storage, { ...ref, rows: 99 }, options), { code: 'DV_CORRUPT' })
  await t.throwsAsync(openSegment(storage, { ...ref, offset: 1 }, options), { code: 'DV_CORRUPT' })
  await t.throwsAsync(openSegment(storage, { ...ref, length: 10 }, options), { code: 'DV_CORRUPT' })
  await storage.delete(ref.key)
  await t.throwsAsync(openSegment(storage, ref, options), { code: 'DV_NOT_FOUND' })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
