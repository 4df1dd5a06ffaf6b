import test from 'ava'
import fc from 'fast-check'
import { compress, joinPlanes, splitPlanes } from '../../src/codec/index.js'

test('joining undoes splitting, for any length', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const split = splitPlanes(bytes)
      t.is(split.length, bytes.length)
      t.deepEqual(new Uint8Array(joinPlanes(split)), bytes)
    }),
  )
})

test('bytes of equal significance lie side by side, the odd rest at the end', (t) => {
  t.deepEqual([...splitPlanes(Uint8Array.of(1, 2, 3, 4, 11, 12, 13, 14, 9))], [1, 11, 2, 12, 3, 13, 4, 14, 9])
})

test('slowly changing floats compress better in planes', (t) => {
  const floats = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i / 500) * 100)
  const bytes = new Uint8Array(floats.buffer)
  t.true(compress(splitPlanes(bytes)).length < 0.9 * compress(bytes).length)
})
