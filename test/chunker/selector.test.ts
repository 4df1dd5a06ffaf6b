import test from 'ava'
import fc from 'fast-check'
import { chunkerParams, CutSelector, referenceCuts } from '../../src/chunker/index.js'
import { makeInput } from '../vectors/inputs.js'

const params = chunkerParams(64)
const loose = (position: number) => position * 2
const strict = (position: number) => position * 2 + 1

function select(candidates: number[], length: number): number[] {
  const selector = new CutSelector(params)
  return [...selector.feed(Uint32Array.from(candidates), length), ...selector.end()]
}

test('an empty file has no chunk', (t) => {
  t.deepEqual(select([], 0), [])
  t.deepEqual(referenceCuts(new Uint8Array(0), params), [])
})

test('below the minimum nothing cuts; from it on strict candidates do', (t) => {
  t.deepEqual(select([strict(15)], 60), [60])
  t.deepEqual(select([strict(16)], 60), [16, 60])
})

test('loose candidates cut from the average on', (t) => {
  t.deepEqual(select([loose(63)], 100), [100])
  t.deepEqual(select([loose(64)], 100), [64, 100])
})

test('without a candidate the maximum cuts, as often as needed', (t) => {
  t.deepEqual(select([], 256), [256])
  t.deepEqual(select([], 700), [256, 512, 700])
  t.deepEqual(select([strict(520)], 700), [256, 512, 700])
  t.deepEqual(select([strict(530)], 700), [256, 512, 530, 700])
})

test('a candidate at the maximum or at the end cuts once', (t) => {
  t.deepEqual(select([strict(256)], 300), [256, 300])
  t.deepEqual(select([strict(100)], 100), [100])
})

test('cuts are told as soon as they are certain, in offsets of the file', (t) => {
  const selector = new CutSelector(params)
  t.deepEqual(selector.feed(Uint32Array.of(strict(20)), 100), [20])
  t.deepEqual(selector.feed(Uint32Array.of(), 176), [276])
  t.is(selector.scanned, 276)
  t.deepEqual(selector.feed(Uint32Array.of(strict(16)), 16), [292])
  t.deepEqual(selector.end(), [])
})

test('chunks keep to minimum and maximum, and lie end to end', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000, size: 'max' }), (bytes) => {
      const cuts = referenceCuts(bytes, params)
      t.is(cuts.at(-1) ?? 0, bytes.length)
      const lengths = cuts.map((cut, i) => cut - (cuts[i - 1] ?? 0))
      t.true(
        lengths.every(
          (length, i) => length <= params.max && (length >= params.min || i === lengths.length - 1),
        ),
      )
    }),
  )
})

test('after an insertion the cuts come back into step', (t) => {
  const bytes = makeInput({ kind: 'random', seed: 21, length: 40_000 })
  const edited = Buffer.concat([bytes.subarray(0, 10_000), Buffer.from('inserted'), bytes.subarray(10_000)])
  const ends = new Set(referenceCuts(bytes, params).map((cut) => bytes.length - cut))
  const moved = referenceCuts(edited, params).filter((cut) => cut > 12_000)
  t.true(moved.length > 200)
  t.true(moved.every((cut) => ends.has(edited.length - cut)))
})
