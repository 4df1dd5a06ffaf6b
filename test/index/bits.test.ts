import test from 'ava'
import fc from 'fast-check'
import { Bits } from '../../src/index/index.js'

const lengths = fc.oneof(fc.constantFrom(0, 1, 31, 32, 33, 511, 512, 513, 1024), fc.nat(3000))

test('bits are what was set, their ranks how many stand before', (t) => {
  const cases = fc.record({ length: lengths, seeds: fc.array(fc.nat(1e6)), gone: fc.array(fc.nat(1e6)) })
  fc.assert(
    fc.property(cases, ({ length, seeds, gone }) => {
      const bits = new Bits(length)
      const model = new Set<number>()
      for (const seed of length > 0 ? seeds : []) {
        const i = seed % length
        t.is(bits.set(i), !model.has(i))
        model.add(i)
      }
      t.is(bits.count, model.size)
      for (const seed of length > 0 ? gone : []) {
        bits.clear(seed % length)
        model.delete(seed % length)
      }
      const sorted = [...model].sort((a, b) => a - b)
      const walked = []
      for (let i = bits.next(0); i < length; i = bits.next(i + 1)) walked.push(i)
      t.deepEqual(walked, sorted)
      t.is(bits.count, sorted.length)
      for (let i = 0; i < length; i++) {
        t.is(bits.has(i), model.has(i))
        t.is(bits.rank(i), sorted.filter((other) => other < i).length)
      }
    }),
    { numRuns: 30 },
  )
})
