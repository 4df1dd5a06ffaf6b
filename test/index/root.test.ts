import test from 'ava'
import fc from 'fast-check'
import { seal } from '../../src/codec/index.js'
import {
  changeRoot,
  decodeRoot,
  EMPTY_ROOT,
  encodeRoot,
  INDEX_ROOT_KEY,
  readRoot,
} from '../../src/index/index.js'
import { memoryStorage } from '../../src/storage/index.js'

const hex = (digit: string) => digit.repeat(32)
const segments = [
  { key: `packs/${hex('a')}`, offset: 123, length: 456, rows: 7, sum: hex('d') },
  { key: `segments/${hex('b')}`, offset: 0, length: 2 ** 33, rows: 0 },
]

test('a root survives its encoding', (t) => {
  t.deepEqual(decodeRoot(encodeRoot(EMPTY_ROOT)), EMPTY_ROOT)
  const collections = [{ id: hex('c'), state: 'marked' as const }]
  const root = { generation: 5, segments, collections, purged: [hex('d')] }
  t.deepEqual(decodeRoot(encodeRoot(root)), root)
})

test('every flipped bit of a root is refused', (t) => {
  const bytes = encodeRoot({ ...EMPTY_ROOT, generation: 1, segments })
  fc.assert(
    fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
      const copy = Buffer.from(bytes)
      copy[bit >> 3]! ^= 1 << (bit & 7)
      t.throws(() => decodeRoot(copy), { code: 'DV_CORRUPT' })
    }),
  )
})

test('a sealed record that is not a root is refused', (t) => {
  const bad = [
    { format: 2, generation: 0, segments: [] },
    { format: 1, generation: 0, segments: [[`packs/${hex('a')}`, 1, 2, 3, 'short']] },
    { format: 1, generation: 0, segments: [[`packs/${hex('a')}`, 1, 2, 3, null]] },
    { format: 1, generation: -1, segments: [] },
    { format: 1, generation: 0 },
    { format: 1, generation: 0, segments: {} },
    { format: 1, generation: 0, segments: [null] },
    { format: 1, generation: 0, segments: [['packs/../../etc', 0, 1, 1]] },
    { format: 1, generation: 0, segments: [[`packs/${hex('a')}`, 0.5, 1, 1]] },
    { format: 1, generation: 0, segments: [[`packs/${hex('a')}`, 0, 1]] },
  ]
  for (const record of bad) t.throws(() => decodeRoot(seal(record)), { code: 'DV_CORRUPT' })
})

test('changes of many at once are all kept', async (t) => {
  const storage = memoryStorage()
  const one = (i: number) => ({ ...segments[0]!, offset: i })
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      changeRoot(storage, (root) => ({
        ...root,
        generation: root.generation + 1,
        segments: [...root.segments, one(i)],
      })),
    ),
  )
  const { root } = await readRoot(storage)
  t.is(root.generation, 20)
  t.deepEqual(
    new Set(root.segments.map((segment) => segment.offset)),
    new Set(Array.from({ length: 20 }, (_, i) => i)),
  )
})

test('a change that wants nothing writes nothing', async (t) => {
  const storage = memoryStorage()
  t.is(await changeRoot(storage, () => undefined), undefined)
  t.is(await storage.read(INDEX_ROOT_KEY), undefined)
})
