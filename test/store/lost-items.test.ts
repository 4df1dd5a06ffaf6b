import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { utf8 } from '../../src/base/index.js'
import { seal } from '../../src/codec/index.js'
import { eachId, hashChunk } from '../../src/hash/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import {
  addLostItems,
  changePromises,
  LostItems,
  ObjectStore,
  readLostItems,
  setLostItems,
  withPromised,
} from '../../src/store/index.js'
import { decodeLostItems, encodeLostItems } from '../../src/store/lost-items.js'

const { cases } = JSON.parse(fs.readFileSync('spec/vectors/lost.json', 'utf8')) as {
  cases: { name: string; ids: string[]; text: string }[]
}

const idOf = (n: number) => Buffer.from(hashChunk(utf8(`${n}`)))
const sorted = (ids: readonly Buffer[]) => Buffer.concat([...ids].sort(Buffer.compare))

for (const { name, ids, text } of cases)
  test(`the record of ${name} is as the vector has it`, (t) => {
    t.is(encodeLostItems(new LostItems(Buffer.from(ids.join(''), 'hex'))).toString(), text)
    t.deepEqual(
      eachId(decodeLostItems(utf8(text)).ids).map((id) => id.toString('hex')),
      ids,
    )
  })

test('a record that says anything else is damage', (t) => {
  const [a, b] = ['aa'.repeat(32), 'bb'.repeat(32)]
  const bad = [
    { format: 2, ids: [] },
    { format: 1 },
    { format: 1, ids: a },
    { format: 1, ids: ['../x'] },
    { format: 1, ids: [a.slice(2)] },
    { format: 1, ids: [b, a] },
    { format: 1, ids: [a, a] },
    { format: 1, ids: [a.toUpperCase()] },
    { format: 1, ids: [a, 7] },
    { format: 1, ids: Array.from({ length: 100_001 }, (_, i) => i.toString(16).padStart(64, '0')) },
  ]
  for (const record of bad) t.throws(() => decodeLostItems(seal(record)), { code: 'DV_CORRUPT' })
})

test('what is added at once by several is all noted, in order, none twice', async (t) => {
  const lists = fc.array(fc.uniqueArray(fc.nat(30), { maxLength: 8 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(lists, async (all) => {
      const storage = memoryStorage()
      await Promise.all(all.map((ids) => addLostItems(storage, sorted(ids.map(idOf)))))
      const expected = sorted([...new Set(all.flat())].map(idOf))
      t.deepEqual((await readLostItems(storage)).ids, expected)
    }),
    { numRuns: 50 },
  )
})

test('of more than the record takes the first are noted', async (t) => {
  const storage = memoryStorage()
  const ids = Array.from({ length: 100_001 }, (_, i) => Buffer.from(i.toString(16).padStart(64, '0'), 'hex'))
  await setLostItems(storage, Buffer.concat(ids))
  const { count, has } = await readLostItems(storage).then((lost) => ({
    count: lost.count,
    has: lost.has(ids[0]! as never),
  }))
  t.deepEqual([count, has], [100_000, true])
})

test('what is lost is missing, whatever a remote promised; what is not is absent', async (t) => {
  const storage = memoryStorage()
  await changePromises(storage, (now) => withPromised(now, 'origin', (old) => ({ ...old, lazy: true })))
  await setLostItems(storage, idOf(1))
  const store = new ObjectStore(storage)
  await t.throwsAsync(store.readChunk(hashChunk(utf8('1'))), { code: 'DV_MISSING_OBJECT' })
  await t.throwsAsync(store.readChunk(hashChunk(utf8('2'))), { code: 'DV_ABSENT' })
})
