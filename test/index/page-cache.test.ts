import test from 'ava'
import fc from 'fast-check'
import { PageCache } from '../../src/index/index.js'
import { makeInput } from '../vectors/inputs.js'

const PAGE = 16 * 1024
const object = makeInput({ kind: 'random', seed: 5, length: 7 * PAGE + 123 })

function counting() {
  const loads: number[] = []
  const load = async (offset: number, length: number) => {
    loads.push(offset)
    return Buffer.from(object.subarray(offset, offset + length))
  }
  return { loads, load }
}

test('a cache gives the bytes of any range', async (t) => {
  const cache = new PageCache(4 * PAGE)
  const { load } = counting()
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: object.length }), fc.nat({ max: 2 * PAGE }), async (at, wanted) => {
      const length = Math.min(wanted, object.length - at)
      if (at === object.length) return
      const bytes = await cache.read(0, { at, length, end: object.length }, load)
      t.deepEqual(bytes, object.subarray(at, at + length))
    }),
  )
})

test('a page is read once while it is used, and again when it was dropped', async (t) => {
  const cache = new PageCache(4 * PAGE)
  const { loads, load } = counting()
  const read = (page: number) => cache.read(0, { at: page * PAGE, length: 10, end: object.length }, load)
  for (const page of [0, 1, 2, 3, 0, 1, 2, 3]) await read(page)
  t.is(loads.length, 4)
  await read(0)
  await read(4)
  await read(0)
  t.is(loads.length, 5)
  await read(1)
  t.is(loads.length, 6)
})

test('a page that could not be read is tried again', async (t) => {
  const cache = new PageCache()
  const { load } = counting()
  const range = { at: 0, length: 10, end: object.length }
  await t.throwsAsync(async () => cache.read(0, range, () => Promise.reject(new Error('the line broke'))))
  t.deepEqual(await cache.read(0, range, load), object.subarray(0, 10))
})
