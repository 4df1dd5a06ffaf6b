import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  cached,
  type CachedStorage,
  cacheUse,
  clearCache,
  memoryStorage,
  remembered,
  type Storage,
} from '../../src/storage/index.js'
import { countingStorage } from '../helpers/counting-storage.js'
import { temporaryFolder } from '../helpers/repository.js'

const STORE = 'ab'.repeat(16)
const OTHER = 'cd'.repeat(16)
const BYTES = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251))

async function world(t: ExecutionContext, limit = 1_000_000) {
  const below = memoryStorage()
  await below.put('packs/a', BYTES)
  const count = countingStorage(below)
  const root = temporaryFolder(t)
  const open = (store = STORE): Storage => cached(count.storage, { root, store, limit })
  return { below, count, root, open }
}

function files(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}

test('a range is asked for once, also by a process that comes later and wants a part of it', async (t) => {
  const { count, open, root } = await world(t)
  const first = open()
  t.deepEqual(
    Buffer.from(await first.get('packs/a', { offset: 100, length: 2000 })),
    BYTES.subarray(100, 2100),
  )
  const second = open()
  t.deepEqual(
    Buffer.from(await second.get('packs/a', { offset: 100, length: 2000 })),
    BYTES.subarray(100, 2100),
  )
  t.deepEqual(Buffer.from(await second.get('packs/a', { offset: 150, length: 10 })), BYTES.subarray(150, 160))
  t.is(count.reads.length, 1)
  await second.get('packs/a', { offset: 90, length: 20 })
  t.is(count.reads.length, 2)
  t.is(cacheUse(root).entries, 2)
})

test('stores do not answer for each other', async (t) => {
  const { count, open } = await world(t)
  await open().get('packs/a', { offset: 0, length: 10 })
  await open(OTHER).get('packs/a', { offset: 0, length: 10 })
  t.is(count.reads.length, 2)
})

test('mutable names, whole objects and large ranges are never kept', async (t) => {
  const { below, count, open, root } = await world(t)
  await below.put('packs/big', Buffer.alloc(2_000_000, 7))
  await below.compareAndSwap('refs/heads/main', undefined, Buffer.from('one'))
  const storage = open()
  const one = await storage.read('refs/heads/main')
  await below.compareAndSwap('refs/heads/main', one!.version, Buffer.from('two'))
  t.is(Buffer.from((await storage.read('refs/heads/main'))!.bytes).toString(), 'two')
  await storage.get('packs/a')
  await storage.get('packs/big', { offset: 0, length: 1_500_000 })
  t.is(cacheUse(root).entries, 0)
  t.is(count.reads.length, 2)
})

for (const [what, damage] of [
  [
    'damaged',
    (file: string) =>
      fs.writeFileSync(file, Buffer.concat([Buffer.from('x'), fs.readFileSync(file).subarray(1)])),
  ],
  ['cut short', (file: string) => fs.truncateSync(file, 40)],
  ['empty', (file: string) => fs.truncateSync(file, 0)],
  ['gone', (file: string) => fs.rmSync(file)],
] as const) {
  test(`an entry that is ${what} is fetched again`, async (t) => {
    const { count, open, root } = await world(t)
    const reader = open()
    await reader.get('packs/a', { offset: 0, length: 1000 })
    damage(files(root)[0]!)
    for (const storage of [reader, open()])
      t.deepEqual(
        Buffer.from(await storage.get('packs/a', { offset: 0, length: 1000 })),
        BYTES.subarray(0, 1000),
      )
    t.is(count.reads.length, 2)
  })
}

test('what was forgotten is asked for again', async (t) => {
  const { count, open, root } = await world(t)
  const storage = open()
  await storage.get('packs/a', { offset: 0, length: 1000 })
  t.true(storage.forget!('packs/a'))
  t.false(storage.forget!('packs/a'))
  t.is(cacheUse(root).entries, 0)
  await storage.get('packs/a', { offset: 0, length: 1000 })
  t.is(count.reads.length, 2)
})

test('the cache stays below its bound: what was used longest ago goes first', async (t) => {
  const { open, root } = await world(t, 4000)
  const storage = open()
  for (let i = 0; i < 3; i++) await storage.get('packs/a', { offset: i * 1000, length: 1000 })
  const [oldest] = files(root).filter((file) => file.endsWith('+0+1000'))
  fs.utimesSync(oldest!, 1, 1)
  await storage.get('packs/a', { offset: 3000, length: 1000 })
  storage.close()
  t.true(cacheUse(root).bytes <= 4000)
  t.false(fs.existsSync(oldest!))
  t.is(cacheUse(root).entries, 3)
})

test('clearing takes what is the cache’s own, and nothing else of the folder', async (t) => {
  const { open, root } = await world(t)
  fs.writeFileSync(path.join(root, 'mine.txt'), 'mine')
  fs.mkdirSync(path.join(root, 'documents'))
  await open().get('packs/a', { offset: 0, length: 1000 })
  t.deepEqual(clearCache(root), { entries: 1, bytes: 1032 })
  t.deepEqual(fs.readdirSync(root).sort(), ['documents', 'mine.txt'])
  t.deepEqual(clearCache(path.join(root, 'nothing')), { entries: 0, bytes: 0 })
})

test('of a range whose beginning and end are kept, only what lies between is fetched, in one request', async (t) => {
  const { count, open } = await world(t)
  const get = async (storage: Storage, offset: number, length: number) => {
    const before = count.reads.length
    const bytes = Buffer.from(await storage.get('packs/a', { offset, length }))
    t.deepEqual(bytes, BYTES.subarray(offset, offset + length))
    return count.reads.slice(before).map(({ offset, length }) => [offset, length])
  }
  const first = open()
  for (const offset of [1000, 1100, 2000, 3000]) await get(first, offset, 100)
  for (const storage of [first, open()]) t.deepEqual(await get(storage, 1000, 200), [])
  t.deepEqual(await get(open(), 1000, 2100), [[1200, 1800]])
  t.deepEqual(await get(open(), 900, 2300), [[900, 2300]])
  t.deepEqual(await get(open(), 0, 2000), [[0, 900]])
})

test('whatever ranges are read in whatever order, each is right, and nothing that is kept is fetched when all of it is', async (t) => {
  const range = fc.tuple(fc.nat(4999), fc.integer({ min: 1, max: 800 }))
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 12 }), async (ranges) => {
      const { count, open, root } = await world(t)
      for (const [offset, wanted] of [...ranges, ...ranges]) {
        const length = Math.min(wanted, BYTES.length - offset)
        const bytes = Buffer.from(await open().get('packs/a', { offset, length }))
        if (!bytes.equals(BYTES.subarray(offset, offset + length))) throw new Error(`${offset} ${length}`)
      }
      const before = count.reads.length
      for (const [offset, wanted] of ranges)
        await open().get('packs/a', { offset, length: Math.min(wanted, BYTES.length - offset) })
      if (count.reads.length !== before) throw new Error('fetched again')
      fs.rmSync(root, { recursive: true })
    }),
    { numRuns: 30 },
  )
  t.pass()
})

test('large ranges are kept for who wants all kept', async (t) => {
  const { below, count, open } = await world(t, 10_000_000)
  const big = Buffer.alloc(2_000_000, 7)
  await below.put('packs/big', big)
  const storage = open() as CachedStorage
  storage.keepAll()
  for (let i = 0; i < 2; i++)
    t.is((await storage.get('packs/big', { offset: 0, length: 1_500_000 })).length, 1_500_000)
  t.is(count.reads.length, 1)
})

test('what is remembered of a store answers the first question, and the store the next; a later reader is told the newest', async (t) => {
  const { below, count, root } = await world(t)
  const set = async (text: string) => {
    const known = await below.read('index/root')
    await below.compareAndSwap('index/root', known?.version, Buffer.from(text))
  }
  const open = () => remembered(count.storage, { root, store: STORE })
  const text = async (storage: Storage) => Buffer.from((await storage.read('index/root'))!.bytes).toString()
  t.is(await open().read('index/root'), undefined)
  await set('one')
  t.is(await text(open()), 'one')
  await set('two')
  const reader = open()
  t.is(await text(reader), 'one')
  t.is(await text(reader), 'two')
  t.is(await text(open()), 'two')
  await below.put('dv.json', Buffer.from('format'))
  for (let i = 0; i < 2; i++) t.is(Buffer.from(await open().get('dv.json')).toString(), 'format')
  t.is(count.reads.filter(({ name }) => name === 'dv.json').length, 1)
  open().forget!('dv.json')
  await open().get('dv.json')
  t.is(count.reads.filter(({ name }) => name === 'dv.json').length, 2)
})

test('where nothing can be written it reads all the same', async (t) => {
  const { below, root } = await world(t)
  const file = path.join(root, 'file')
  fs.writeFileSync(file, '')
  const storage = cached(below, { root: file, store: STORE, limit: 1000 })
  t.is((await storage.get('packs/a', { offset: 0, length: 10 })).length, 10)
  storage.close()
})
