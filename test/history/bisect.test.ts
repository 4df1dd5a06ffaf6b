import test from 'ava'
import fc from 'fast-check'
import { type CommitId, idKey, toHex } from '../../src/hash/index.js'
import { narrowed, nextToTry, type Suspects, suspectsOf } from '../../src/history/index.js'
import { arbitraryShape, type Dag, dagOf, reachable } from './commit-dag.js'

const numberOf = ({ ids }: Dag, id: CommitId) => ids.findIndex((other) => toHex(other) === toHex(id))

interface Ended {
  left: Suspects
  tries: number
}

/** Tries until one is left or all that are left were skipped. */
async function search(
  dag: Dag,
  { bad, good }: { bad: number; good: readonly number[] },
  verdict: (number: number) => 'good' | 'bad' | 'skip',
): Promise<Ended> {
  const { reader, ids } = dag
  let left = await suspectsOf(
    reader,
    ids[bad]!,
    good.map((one) => ids[one]!),
  )
  const skipped = new Set<string>()
  for (let tries = 0; ; tries++) {
    const next = nextToTry(left, skipped)
    if (!next) return { left, tries }
    const said = verdict(numberOf(dag, next))
    if (said === 'skip') skipped.add(idKey(next))
    else left = narrowed(left, next, said === 'bad')
  }
}

const numbersOf = (dag: Dag, left: Suspects) => [...left.values()].map(({ id }) => numberOf(dag, id))

test('of any history with merges, the commit is found that is the only bad one without a bad parent', async (t) => {
  const input = fc.tuple(arbitraryShape(24, 60_000), fc.nat(), fc.nat(), fc.nat())
  let searched = 0
  await fc.assert(
    fc.asyncProperty(input, async ([shape, x, y, z]) => {
      const dag = dagOf(shape)
      const bad = x % dag.ids.length
      const ancestors = [...reachable(shape, [bad])]
      const good = ancestors[y % ancestors.length]!
      const before = reachable(shape, [good])
      const suspects = ancestors.filter((one) => !before.has(one))
      if (suspects.length === 0) return
      const culprit = suspects[z % suspects.length]!
      const isBad = (one: number) => reachable(shape, [one]).has(culprit)
      const { left, tries } = await search(dag, { bad, good: [good] }, (one) => (isBad(one) ? 'bad' : 'good'))
      const brute = suspects.filter((one) => isBad(one) && !shape.parents[one]!.some(isBad))
      t.deepEqual(numbersOf(dag, left), brute)
      t.true(tries < suspects.length)
      searched++
    }),
    { numRuns: 400 },
  )
  t.true(searched > 50)
})

test('with skipped commits the first bad one is among those left, and no other that could be told apart', async (t) => {
  const input = fc.tuple(arbitraryShape(24, 60_000), fc.nat(), fc.nat(), fc.func(fc.boolean()))
  await fc.assert(
    fc.asyncProperty(input, async ([shape, x, z, skips]) => {
      const dag = dagOf(shape)
      const bad = x % dag.ids.length
      const ancestors = [...reachable(shape, [bad])].filter((one) => one > 0)
      if (ancestors.length === 0) return
      const before = reachable(shape, [0])
      const suspects = ancestors.filter((one) => !before.has(one))
      const culprit = suspects[z % suspects.length]!
      const isBad = (one: number) => reachable(shape, [one]).has(culprit)
      const { left } = await search(dag, { bad, good: [0] }, (one) =>
        skips(one) ? 'skip' : isBad(one) ? 'bad' : 'good',
      )
      const numbers = numbersOf(dag, left)
      t.true(numbers.includes(culprit))
      // All but the last, which is known to be bad, could not be tried.
      for (const one of numbers.slice(0, -1)) t.true(skips(one))
    }),
    { numRuns: 300 },
  )
})

test('a line of 1,000 commits takes 10 tries', async (t) => {
  const parents = Array.from({ length: 1001 }, (_, at) => (at === 0 ? [] : [at - 1]))
  const dag = dagOf({ parents, times: parents.map((_, at) => at * 1000) })
  for (const culprit of [1, 2, 500, 999, 1000]) {
    const { left, tries } = await search(dag, { bad: 1000, good: [0] }, (one) =>
      one >= culprit ? 'bad' : 'good',
    )
    t.deepEqual(numbersOf(dag, left), [culprit])
    t.true(tries <= 10)
  }
})

test('several good ones leave only what none of them has', async (t) => {
  const dag = dagOf({ parents: [[], [0], [0], [1], [2], [3, 4]], times: [1, 2, 3, 4, 5, 6] })
  const left = await suspectsOf(dag.reader, dag.ids[5]!, [dag.ids[1]!, dag.ids[4]!])
  t.deepEqual(numbersOf(dag, left), [3, 5])
})
