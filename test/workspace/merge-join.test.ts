import test from 'ava'
import fc from 'fast-check'
import { comparePaths } from '../../src/base/index.js'
import { mergeJoin } from '../../src/workspace/index.js'

const path = fc
  .array(fc.constantFrom('a', 'b', '-', '.', '😀', '\ue000'), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'))
const list = fc.uniqueArray(path).map((all) => all.toSorted(comparePaths).map((one) => ({ path: one })))

test('joining two lists gives what two Maps give, in order', (t) => {
  fc.assert(
    fc.property(list, list, (lefts, rights) => {
      const left = new Map(lefts.map((item) => [item.path, item]))
      const right = new Map(rights.map((item) => [item.path, item]))
      const all = [...new Set([...left.keys(), ...right.keys()])].sort(comparePaths)
      const expected = all.map((one) => ({ path: one, left: left.get(one), right: right.get(one) }))
      t.deepEqual([...mergeJoin(lefts, rights)], expected)
    }),
  )
})

test('a join that is left early ends both walks', (t) => {
  const ended: string[] = []
  function* walk(name: string) {
    try {
      yield { path: 'a' }
      yield { path: 'b' }
    } finally {
      ended.push(name)
    }
  }
  for (const { path: first } of mergeJoin(walk('left'), walk('right'))) {
    t.is(first, 'a')
    break
  }
  t.deepEqual(ended, ['left', 'right'])
})
