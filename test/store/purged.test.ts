import fs from 'node:fs'
import test from 'ava'
import { utf8 } from '../../src/base/index.js'
import { seal } from '../../src/codec/index.js'
import { changeRoot } from '../../src/index/index.js'
import { hashChunk, parseId } from '../../src/hash/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import {
  decodePurgeRecord,
  encodePurgeRecord,
  ObjectStore,
  Purged,
  purgeKey,
  type PurgeRecord,
} from '../../src/store/index.js'

interface Case {
  name: string
  time: number
  by: string
  reason: string
  contents: [string, number][]
  paths: string[]
  text: string
}

interface Vectors {
  records: Case[]
  damaged: { name: string; text: string }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/purge.json', 'utf8')) as Vectors

function recordOf({ time, by, reason, contents, paths }: Omit<Case, 'name' | 'text'>): PurgeRecord {
  const all = contents.map(([id, size]) => ({ id: parseId<'content'>(id), size }))
  return { time, by, reason, contents: all, paths }
}

for (const vector of vectors.records)
  test(`the record of ${vector.name} is as the vector has it`, (t) => {
    t.is(encodePurgeRecord(recordOf(vector)).toString(), vector.text)
    t.is(encodePurgeRecord(decodePurgeRecord(utf8(vector.text))).toString(), vector.text)
  })

for (const { name, text } of vectors.damaged)
  test(`refused as a record: ${name}`, (t) => {
    t.throws(() => decodePurgeRecord(utf8(text)), { code: 'DV_CORRUPT' })
  })

const CONTENT = hashChunk(utf8('secret'))
const OTHER = hashChunk(utf8('open'))
const record = (time: number, reason: string): PurgeRecord => ({
  ...{ time, reason, by: 'Ann <ann@example.org>', paths: [] },
  contents: [{ id: CONTENT, size: 6 }],
})

test('records make a union in which the earliest of a content counts', (t) => {
  for (const order of [
    [record(2, 'second'), record(1, 'first')],
    [record(1, 'first'), record(2, 'second')],
  ]) {
    const union = new Purged(order)
    t.is(union.count, 1)
    t.like(union.noteOf(CONTENT), { time: 1, reason: 'first' })
    t.true(union.hasSize(6))
    t.false(union.has(OTHER))
    t.notThrows(() => union.refuse({ content: OTHER }))
    t.throws(() => union.refuse({ content: CONTENT }, 'a/b'), {
      code: 'DV_PURGED',
      message: "'a/b' was purged on 1970-01-01: first",
    })
  }
})

test('a record holds from the moment the index root names it', async (t) => {
  const storage = memoryStorage()
  const name = '0'.repeat(32)
  await storage.put(purgeKey(name), encodePurgeRecord(record(1, 'consent withdrawn')))
  const store = new ObjectStore(storage)
  t.is((await store.purged()).count, 0)
  await changeRoot(storage, (root) => ({ ...root, purged: [name] }))
  await store.index.refresh()
  t.true((await store.purged()).has(CONTENT))
  await changeRoot(storage, (root) => ({ ...root, purged: ['1'.repeat(32)] }))
  await store.index.refresh()
  await t.throwsAsync(store.purged(), { code: 'DV_NOT_FOUND' })
})

test('what is sealed rightly and is no record is damage', (t) => {
  const good = { format: 1, time: 1, by: '', reason: 'x', contents: [], paths: [] }
  t.notThrows(() => decodePurgeRecord(seal(good)))
  const bad = [
    { format: 2 },
    { time: -1 },
    { time: '1' },
    { time: 8_640_000_000_000_001 },
    { by: 5 },
    { reason: ' ' },
    { reason: 'x'.repeat(5000) },
    { contents: {} },
    { contents: [['00', 1]] },
    { contents: [[CONTENT, 1]] },
    { contents: [['0'.repeat(64), -1]] },
    { paths: [1] },
  ]
  for (const wrong of bad)
    t.throws(() => decodePurgeRecord(seal({ ...good, ...wrong })), { code: 'DV_CORRUPT' })
})
