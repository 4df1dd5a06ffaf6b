import test from 'ava'
import { chunkerParams, DEFAULT_CHUNK_AVG } from '../../src/chunker/index.js'

test('parameters follow from the average: a quarter, four times, two bits more and two bits fewer', (t) => {
  t.deepEqual(chunkerParams(4096), {
    avg: 4096,
    min: 1024,
    max: 16_384,
    strictMask: 0xfffc0000,
    looseMask: 0xffc00000,
  })
})

test('every power of two from 64 B to 4 MiB is an average, and the strict mask holds the loose one', (t) => {
  for (let avg = 64; avg <= 4 * 1024 * 1024; avg *= 2) {
    const { strictMask, looseMask } = chunkerParams(avg)
    t.is((strictMask & looseMask) >>> 0, looseMask)
  }
  t.notThrows(() => chunkerParams(DEFAULT_CHUNK_AVG))
})

for (const avg of [0, -64, 1, 32, 63, 65, 100_000, 64.5, 8 * 1024 * 1024, 2 ** 32, NaN, Infinity]) {
  test(`an average of ${avg} is refused`, (t) => {
    t.throws(() => chunkerParams(avg), { code: 'DV_BAD_CONFIG' })
  })
}

test('an average that is no number is refused', (t) => {
  t.throws(() => chunkerParams('4k' as unknown as number), { code: 'DV_BAD_CONFIG' })
  t.throws(() => chunkerParams(undefined as unknown as number), { code: 'DV_BAD_CONFIG' })
})
