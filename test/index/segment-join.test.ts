import test from 'ava'
import fc from 'fast-check'
import { type Id, ID_BYTES } from '../../src/hash/index.js'
import { addSegments, ChunkIndex, sortedIds } from '../../src/index/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import { idNumber, overwrite, plainRows, putSegment, rowNumber, rowsOf } from './builders.js'

const PACKS = ['0a', 'f0'].map((start) => start.padEnd(32, '3'))

function idAt(ids: Buffer, place: number): Id {
  return ids.subarray(place * ID_BYTES, (place + 1) * ID_BYTES) as Uint8Array as Id
}

/** Three segments: one id in four is in two of them. */
async function threeSegments() {
  const storage = memoryStorage()
  const again = Array.from({ length: 1000 }, (_, i) => rowNumber(i * 4, PACKS[1]))
  for (const rows of [rowsOf(0, 3000, PACKS[0]), again, rowsOf(3000, 4000, PACKS[0])])
    await addSegments(storage, [await putSegment(storage, rows)])
  return storage
}

for (const wholeBytes of [undefined, 0])
  for (const step of [1, 7, 400])
    test(`looking up every id in ${step} finds what looking up each does, whole: ${wholeBytes}`, async (t) => {
      const storage = await threeSegments()
      const index = new ChunkIndex(storage, wholeBytes === undefined ? {} : { wholeBytes })
      const wanted: Id[] = []
      // Beyond 4000 they are not there.
      for (let i = 0; i < 5000; i += step) wanted.push(idNumber(i))
      const ids = sortedIds(Buffer.concat(wanted))
      const found = []
      for await (const rows of index.lookupMany(ids))
        for (const row of rows) {
          t.deepEqual(Buffer.from(idAt(ids, row.place)), Buffer.from(row.id))
          found.push(row)
        }
      const expected = []
      for (const id of wanted) expected.push(...(await index.lookup(id)))
      t.deepEqual(plainRows(found), plainRows(expected))
    })

test('looking up no ids, or in an index of nothing, finds nothing', async (t) => {
  const nothing = new ChunkIndex(memoryStorage()).lookupMany(Buffer.from(idNumber(1)))
  t.true((await nothing.next()).done)
  const noIds = new ChunkIndex(await threeSegments()).lookupMany(Buffer.alloc(0))
  t.true((await noIds.next()).done)
})

test('looking up many ids refuses a damaged segment', async (t) => {
  const storage = memoryStorage()
  const ref = await putSegment(storage, rowsOf(0, 100))
  await addSegments(storage, [ref])
  const bytes = Buffer.from(await storage.get(ref.key))
  bytes[bytes.length >> 1]! ^= 1
  await overwrite(storage, ref.key, bytes)
  const rows = new ChunkIndex(storage).lookupMany(Buffer.from(idNumber(1)))
  await t.throwsAsync(rows.next(), { code: 'DV_CORRUPT' })
})

test('sorted ids ascend, are those given, and none comes twice', (t) => {
  // Few different bytes, so that many ids agree in their beginnings and as wholes.
  const id = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 5, maxLength: 5 }).map((bytes) => {
    const made = Buffer.alloc(ID_BYTES)
    bytes.forEach((byte, i) => (made[i * 7] = byte))
    return made
  })
  fc.assert(
    fc.property(fc.array(id, { maxLength: 60 }), (ids) => {
      const hex = (bytes: Buffer) => bytes.toString('hex')
      const sorted = sortedIds(Buffer.concat(ids))
      const found = Array.from({ length: sorted.length / ID_BYTES }, (_, i) =>
        hex(Buffer.from(idAt(sorted, i))),
      )
      t.deepEqual(found, [...new Set(ids.map(hex))].sort())
    }),
  )
})
