import test from 'ava'
import fc from 'fast-check'
import { count, number, signedSize, size } from '../../../src/cli/render/amounts.js'

for (const [bytes, text] of [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [1_234_567, '1.2 MB'],
  [4e12, '4.0 TB'],
  [-300, '-300 B'],
] as const) /* prettier-ignore */ {
  test(`size(${bytes}) is '${text}'`, (t) => t.is(size(bytes), text))
}

test('size() never takes more than eight characters up to an exabyte', (t) => {
  t.notThrows(() => fc.assert(fc.property(fc.maxSafeNat(), (bytes) => size(bytes).length <= 8)))
})

test('number() puts commas between thousands', (t) => {
  t.deepEqual([0, 999, 1000, 1234567].map(number), ['0', '999', '1,000', '1,234,567'])
})

test('count() and signedSize() agree with their number', (t) => {
  t.deepEqual([count(0, 'file'), count(1, 'file'), count(1204, 'file')], ['0 files', '1 file', '1,204 files'])
  t.deepEqual([signedSize(5), signedSize(-5)], ['+5 B', '-5 B'])
})
