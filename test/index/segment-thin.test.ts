import test from 'ava'
import fc from 'fast-check'
import { type Id, ID_BYTES, sameId } from '../../src/hash/index.js'
import {
  Bits,
  matchRows,
  mergeSegments,
  openSegment,
  PageCache,
  type Row,
  type SegmentReader,
  type SegmentRef,
  sortedIds,
  thinSegment,
  verifyStoredSegment,
} from '../../src/index/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { idNumber, plainRows, putSegment, rowNumber, rowsOf } from './builders.js'

const PACKS = ['0a', 'f0', '77'].map((start) => start.padEnd(32, '3'))

function open(storage: Storage, ref: SegmentRef, isWhole: boolean): Promise<SegmentReader> {
  return openSegment(storage, ref, { pages: new PageCache(), ...(!isWhole && { wholeBytes: 0 }) })
}

async function all(reader: SegmentReader): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of reader.rows()) rows.push(...batch)
  return rows
}

/** Of three packs, merged, some ids more than once. */
async function merged(storage: Storage, count: number): Promise<SegmentRef> {
  const parts = [
    rowsOf(0, count, PACKS[0]),
    rowsOf(count >> 1, count * 2, PACKS[1]),
    [rowNumber(3, PACKS[2])],
  ]
  return mergeSegments(storage, await Promise.all(parts.map((rows) => putSegment(storage, rows))))
}

test('a segment without some rows is as if it had been made of the others', async (t) => {
  const cases = fc.record({
    count: fc.integer({ min: 1, max: 400 }),
    seed: fc.nat(),
    share: fc.integer({ min: 1, max: 99 }),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, seed, share }) => {
      const storage = memoryStorage()
      const reader = await open(storage, await merged(storage, count), false)
      const rows = await all(reader)
      const kept = new Bits(rows.length)
      rows.forEach(
        (_, i) => void (((i * 7919 + seed) % 100 < share || i === seed % rows.length) && kept.set(i)),
      )
      const ref = await thinSegment(storage, reader, kept)
      await verifyStoredSegment(storage, ref)
      const thinned = await open(storage, ref, false)
      t.deepEqual(
        await all(thinned),
        rows.filter((_, i) => kept.has(i)),
      )
      for (const [i, row] of rows.entries()) {
        const found = await thinned.lookup(row.id)
        const expected = rows.filter((other, j) => kept.has(j) && sameId(row.id, other.id))
        t.deepEqual(plainRows(found), plainRows(expected), `row ${i}`)
      }
      // What no row names is gone from its tables too.
      const packs = new Set(rows.filter((_, i) => kept.has(i)).map(({ pack }) => pack))
      t.is(thinned.shape.packs, packs.size)
    }),
    { numRuns: 25 },
  )
})

for (const isWhole of [true, false])
  for (const step of [1, 9, 500])
    test(`the numbers of the rows of every id in ${step} are those of a look at each, whole: ${isWhole}`, async (t) => {
      const storage = memoryStorage()
      const reader = await open(storage, await merged(storage, 2000), isWhole)
      const rows = await all(reader)
      const wanted: Id[] = []
      // Beyond 4000 they are not there.
      for (let i = 0; i < 5000; i += step) wanted.push(idNumber(i))
      const ids = sortedIds(Buffer.concat(wanted))
      const found: [number, number, boolean][] = []
      await matchRows(reader, ids, ({ row, place, bases }) => void found.push([row, place, bases > 0]))
      const places = new Map<string, number>()
      for (let at = 0; at < ids.length; at += ID_BYTES)
        places.set(ids.toString('hex', at, at + ID_BYTES), at / ID_BYTES)
      const expected = rows.flatMap(({ id, bases }, row) => {
        const place = places.get(Buffer.from(id).toString('hex'))
        return place === undefined ? [] : [[row, place, bases.length > 0]]
      })
      t.deepEqual(found, expected)
      t.deepEqual(plainRows([await reader.row(found[0]![0])]), plainRows([rows[found[0]![0]]!]))
    })

test('looking for no ids finds no rows', async (t) => {
  const storage = memoryStorage()
  const reader = await open(storage, await merged(storage, 10), true)
  await matchRows(reader, Buffer.alloc(0), () => t.fail())
  t.pass()
})
