import test from 'ava'
import fc from 'fast-check'
import { besideOf, createRows, inTurn, median, ratio, worst } from './measure.js'

const figures = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 })

test('the median is the middle one, and between the two in the middle of an even number', (t) => {
  t.is(median([3, 1, 2]), 2)
  t.is(median([4, 1, 3, 2]), 2.5)
})

test('as many figures lie below the median as above it, whatever their order', (t) => {
  fc.assert(
    fc.property(figures, (list) => {
      const middle = median(list)
      const below = list.filter((value) => value < middle).length
      const above = list.filter((value) => value > middle).length
      t.true(below <= list.length / 2 && above <= list.length / 2)
      t.is(median([...list].reverse()), middle)
    }),
  )
})

test('the worst is the longest time, or the lowest rate', (t) => {
  t.is(worst({ unit: 's' }, [1, 3, 2]), 3)
  t.is(worst({ unit: 'GB/s' }, [2, 1, 3]), 1)
})

test('samples of one thing at one size make a row, which finds what it stands beside at the same size', (t) => {
  const { rows, record } = createRows()
  const tree = { group: 'tree', unit: 's' } as const
  for (const size of [10, 100]) {
    record({ ...tree, what: 'copy', size }, { value: size })
    record({ ...tree, what: 'commit', size, beside: 'copy' }, { value: 2 * size })
    record({ ...tree, what: 'commit', size, beside: 'copy' }, { value: 4 * size })
  }
  t.deepEqual(
    rows.map(({ what, size, samples }) => [what, size, samples.length]),
    [
      ['copy', 10, 1],
      ['commit', 10, 2],
      ['copy', 100, 1],
      ['commit', 100, 2],
    ],
  )
  const [, , copy, commit] = rows
  t.is(besideOf(rows, commit!), copy)
  t.is(ratio(commit!, copy!), 3)
  t.is(besideOf(rows, copy!), undefined)
})

test('every second round goes the other way round', async (t) => {
  const done: string[] = []
  const contenders = ['a', 'b', 'c'].map((name) => async () => void done.push(name))
  for (const round of [0, 1]) await inTurn(round, contenders)
  t.deepEqual(done, ['a', 'b', 'c', 'c', 'b', 'a'])
})
