import test from 'ava'
import fc from 'fast-check'
import { toHex } from '../../src/hash/index.js'
import { type WalkOptions, walkCommits } from '../../src/history/index.js'
import { arbitraryShape, type Dag, dagOf, reachable } from './commit-dag.js'

async function walked(dag: Dag, tips: number[], options: WalkOptions = {}): Promise<number[]> {
  const numbers: number[] = []
  const known = new Map(dag.ids.map((id, at) => [toHex(id), at]))
  const ids = tips.map((tip) => dag.ids[tip]!)
  for await (const { id } of walkCommits(dag.reader, ids, options)) numbers.push(known.get(toHex(id))!)
  return numbers
}

const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b)

function childrenFirst(dag: Dag, order: number[]): boolean {
  const at = new Map(order.map((number, index) => [number, index]))
  return order.every((number) =>
    dag.parents[number]!.every((parent) => (at.get(parent) ?? Infinity) > at.get(number)!),
  )
}

test('a topological walk gives each commit once and children before parents, whatever the clocks say', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryShape(18, 10_000_000),
      fc.array(fc.nat(), { maxLength: 3 }),
      async (shape, picks) => {
        const dag = dagOf(shape)
        const tips = picks.map((pick) => pick % dag.ids.length)
        const order = await walked(dag, tips, { order: 'topological' })
        t.is(new Set(order).size, order.length)
        t.deepEqual(sorted(order), sorted(reachable(shape, tips)))
        t.true(childrenFirst(dag, order))
      },
    ),
  )
})

test('a walk by date gives the same commits, children first when clocks are right', async (t) => {
  await fc.assert(
    fc.asyncProperty(arbitraryShape(18, 900), fc.array(fc.nat(), { maxLength: 3 }), async (shape, picks) => {
      const dag = dagOf(shape)
      const tips = picks.map((pick) => pick % dag.ids.length)
      const order = await walked(dag, tips)
      t.deepEqual(sorted(order), sorted(reachable(shape, tips)))
      t.true(childrenFirst(dag, order))
    }),
  )
})

test('excluding leaves out the ancestors of what is excluded', async (t) => {
  await fc.assert(
    fc.asyncProperty(arbitraryShape(18, 60_000), fc.nat(), fc.nat(), async (shape, x, y) => {
      const dag = dagOf(shape)
      const [tip, not] = [x % dag.ids.length, y % dag.ids.length]
      const order = await walked(dag, [tip], { excluding: [dag.ids[not]!] })
      const left = reachable(shape, [not])
      t.deepEqual(
        sorted(order),
        sorted(reachable(shape, [tip])).filter((number) => !left.has(number)),
      )
      t.true(childrenFirst(dag, order))
    }),
  )
})

test('a limited walk by date stops reading', async (t) => {
  const parents = Array.from({ length: 300 }, (_, at) => (at === 0 ? [] : [at - 1]))
  const dag = dagOf({ parents, times: parents.map((_, at) => at) })
  t.deepEqual(await walked(dag, [299], { limit: 2 }), [299, 298])
  t.true(dag.reads() < 5)
  t.deepEqual(await walked(dag, [299], { limit: 0 }), [])
})

test('firstParent follows the main line only', async (t) => {
  const dag = dagOf({ parents: [[], [0], [0], [1, 2]], times: [1, 2, 3, 4] })
  t.deepEqual(await walked(dag, [3], { firstParent: true }), [3, 1, 0])
  t.deepEqual(await walked(dag, [3], { firstParent: true, order: 'topological' }), [3, 1, 0])
})

test('commits of the same time come in a fixed order', async (t) => {
  const dag = dagOf({ parents: [[], [0], [0]], times: [5, 5, 5] })
  t.deepEqual(await walked(dag, [1, 2, 1]), [1, 2, 0])
})
