import test from 'ava'
import fc from 'fast-check'
import { editDistance, nearest } from '../../src/cli/suggest.js'

test('nearest() finds slips of the finger and beginnings', (t) => {
  const verbs = ['commit', 'checkout', 'status', 'switch', 'diff', 'ls']
  t.is(nearest('comit', verbs), 'commit')
  t.is(nearest('stauts', verbs), 'status')
  t.is(nearest('check', verbs), 'checkout')
  t.is(nearest('zzzzzz', verbs), undefined)
  t.is(nearest('', verbs), undefined)
})

test('editDistance() is symmetric and zero only for equal words', (t) => {
  t.is(editDistance('abc', 'acb'), 1)
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const distance = editDistance(a, b)
        return distance === editDistance(b, a) && (distance === 0) === (a === b)
      }),
    ),
  )
})
