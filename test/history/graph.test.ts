import test from 'ava'
import fc from 'fast-check'
import { createGraph, drawRow } from '../../src/history/index.js'
import { arbitraryShape, dagOf, type Shape } from './commit-dag.js'

function drawn(shape: Shape): string[] {
  const { ids, parents } = dagOf(shape)
  const add = createGraph()
  const order = ids.map((_, at) => at).reverse()
  return order.flatMap((at) =>
    drawRow(
      add(
        ids[at]!,
        parents[at]!.map((parent) => ids[parent]!),
      ),
    ),
  )
}

const times = [1, 2, 3, 4, 5, 6]

test('a line of commits is one column', (t) => {
  t.deepEqual(drawn({ parents: [[], [0], [1]], times }), ['*', '*', '*'])
})

test('a merge opens a column and the fork closes it', (t) => {
  t.deepEqual(drawn({ parents: [[], [0], [0], [1, 2]], times }), ['*', '|\\', '| *', '* |', '|/', '*'])
})

test('a fork crosses the columns between', (t) => {
  t.deepEqual(drawn({ parents: [[], [0], [0], [2], [0], [4, 3, 1]], times }), [
    '*',
    '|\\',
    '| |\\',
    '* | |',
    '| * |',
    '| * |',
    '|/ /',
    '| *',
    '|/',
    '*',
  ])
})

test('unrelated histories stand below each other', (t) => {
  t.deepEqual(drawn({ parents: [[], []], times }), ['*', '*'])
})

test('each edge of a row leads to the column of its parent in the rows below', (t) => {
  fc.assert(
    fc.property(arbitraryShape(16, 0), (shape) => {
      const { ids, parents } = dagOf(shape)
      const add = createGraph()
      let waiting: { column: number; parent: number }[] = []
      for (let at = ids.length - 1; at >= 0; at--) {
        const row = add(
          ids[at]!,
          parents[at]!.map((parent) => ids[parent]!),
        )
        for (const { column, parent } of waiting) t.true(parent !== at || column === row.column)
        const moved = waiting
          .filter(({ parent }) => parent !== at)
          .flatMap(({ column, parent }) =>
            row.edges.filter(({ from }) => from === column).map(({ to }) => ({ column: to, parent })),
          )
        const own = row.edges.filter(({ from }) => from === row.column)
        t.is(own.length, parents[at]!.length)
        waiting = [...moved, ...own.map(({ to }, which) => ({ column: to, parent: parents[at]![which]! }))]
        t.true(drawRow(row)[0]!.split(' ')[row.column] === '*')
      }
      t.deepEqual(waiting, [])
    }),
  )
})
