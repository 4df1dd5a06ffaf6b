import test from 'ava'
import type { DvError } from '../../src/base/index.js'
import { seal } from '../../src/codec/index.js'
import {
  createStoreFormat,
  decodeStoreFormat,
  encodeStoreFormat,
  readStoreFormat,
  STORE_FORMAT_NAME,
} from '../../src/repo/index.js'
import { memoryStorage } from '../../src/storage/index.js'

const good = {
  format: 1,
  id: '00112233445566778899aabbccddeeff',
  chunker: { avg: 131072 },
  features: { read: [], write: [], gc: [] },
  created: 1,
}

async function storeOf(record: object) {
  const storage = memoryStorage('memory:x')
  await storage.put(STORE_FORMAT_NAME, seal(record))
  return storage
}

test('a store says what it is from the moment it is made', async (t) => {
  const storage = memoryStorage()
  await t.throwsAsync(readStoreFormat(storage), { code: 'DV_NO_STORE' })
  const format = await createStoreFormat(storage, { avg: 65536, now: 5 })
  t.deepEqual(await readStoreFormat(storage, 'gc'), format)
  t.is(format.chunker.avg, 65536)
  t.regex(format.id, /^[0-9a-f]{32}$/)
})

test('a store is made once, also by racing processes', async (t) => {
  const storage = memoryStorage()
  const made = await Promise.allSettled(
    [1, 2, 3].map((now) => createStoreFormat(storage, { avg: 1024, now })),
  )
  t.is(made.filter(({ status }) => status === 'fulfilled').length, 1)
  await t.throwsAsync(createStoreFormat(storage, { avg: 1024, now: 4 }), { code: 'DV_ALREADY_EXISTS' })
})

test('a later format is DV_NEWER_FORMAT, whatever else the record holds', async (t) => {
  const storage = await storeOf({ format: 7, everything: 'else differs' })
  const error = (await t.throwsAsync(readStoreFormat(storage), { code: 'DV_NEWER_FORMAT' })) as DvError
  t.is(error.message, "The store 'memory:x' needs format 7, this version of dv has formats up to 1")
})

test('an unknown feature refuses what needs it, and nothing before', async (t) => {
  const storage = await storeOf({ ...good, features: { read: [], write: ['new-codec'], gc: ['marks'] } })
  t.is((await readStoreFormat(storage)).format, 1)
  const error = await t.throwsAsync(readStoreFormat(storage, 'write'), { code: 'DV_NEWER_FORMAT' })
  t.regex(error!.message, /needs 'new-codec' to write/)
  await t.throwsAsync(readStoreFormat(storage, 'gc'), {
    code: 'DV_NEWER_FORMAT',
    message: /'new-codec', 'marks'/,
  })
})

const damaged: [string, object][] = [
  ['no format', { ...good, format: undefined }],
  ['format 0', { ...good, format: 0 }],
  ['a bad id', { ...good, id: 'x' }],
  ['no chunker', { ...good, chunker: undefined }],
  ['a chunk of 2 bytes', { ...good, chunker: { avg: 2 } }],
  ['no features', { ...good, features: undefined }],
  ['features that are no list', { ...good, features: { read: 'x', write: [], gc: [] } }],
  ['a time that is none', { ...good, created: 'now' }],
]
for (const [name, record] of damaged) {
  test(`a format record with ${name} is DV_CORRUPT`, async (t) => {
    await t.throwsAsync(readStoreFormat(await storeOf(record)), { code: 'DV_CORRUPT' })
  })
}

test('any flipped bit of a format record is DV_CORRUPT', (t) => {
  const bytes = encodeStoreFormat(good)
  for (let i = 0; i < bytes.length; i++) {
    const flipped = Buffer.from(bytes)
    flipped[i]! ^= 4
    t.throws(() => decodeStoreFormat(flipped, 'here'), { code: 'DV_CORRUPT' })
  }
})

test('an average that no chunker has is refused', async (t) => {
  const storage = memoryStorage()
  await t.throwsAsync(createStoreFormat(storage, { avg: 1, now: 1 }), { code: 'DV_USAGE' })
  t.is(await storage.size(STORE_FORMAT_NAME), undefined)
})
