import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { type CommitId, toHex } from '../../src/hash/index.js'
import { countAheadBehind, isAncestor, mergeBases } from '../../src/history/index.js'
import { arbitraryShape, dagOf, reachable, type Shape } from './commit-dag.js'

const numberOf = (ids: readonly CommitId[], id: CommitId) =>
  ids.findIndex((other) => toHex(other) === toHex(id))
const WRONG_CLOCKS = 10_000_000

function modelBases(shape: Shape, a: number, b: number): number[] {
  const ofB = reachable(shape, [b])
  const common = [...reachable(shape, [a])].filter((item) => ofB.has(item))
  return common
    .filter((item) => !common.some((other) => other !== item && reachable(shape, [other]).has(item)))
    .sort()
}

test('mergeBases() and isAncestor() agree with a brute-force model, whatever the clocks say', async (t) => {
  const input = fc.tuple(arbitraryShape(18, WRONG_CLOCKS), fc.nat(), fc.nat())
  await fc.assert(
    fc.asyncProperty(input, async ([shape, x, y]) => {
      const { reader, ids } = dagOf(shape)
      const [a, b] = [x % ids.length, y % ids.length]
      const bases = await mergeBases(reader, ids[a]!, ids[b]!)
      t.deepEqual(bases.map((id) => numberOf(ids, id)).sort(), modelBases(shape, a, b))
      t.is(await isAncestor(reader, ids[a]!, ids[b]!), reachable(shape, [b]).has(a))
    }),
    { numRuns: 300 },
  )
})

test('countAheadBehind() counts what each side alone has, with clocks wrong by less than a day', async (t) => {
  const input = fc.tuple(arbitraryShape(18, 60_000), fc.nat(), fc.nat())
  await fc.assert(
    fc.asyncProperty(input, async ([shape, x, y]) => {
      const { reader, ids } = dagOf(shape)
      const [a, b] = [x % ids.length, y % ids.length]
      const [ofA, ofB] = [reachable(shape, [a]), reachable(shape, [b])]
      t.deepEqual(await countAheadBehind(reader, ids[a]!, ids[b]!), {
        ahead: [...ofA].filter((item) => !ofB.has(item)).length,
        behind: [...ofB].filter((item) => !ofA.has(item)).length,
      })
    }),
    { numRuns: 200 },
  )
})

test('a criss-cross has both of its bases, newest first', async (t) => {
  const { reader, ids } = dagOf({ parents: [[], [0], [0], [1, 2], [2, 1]], times: [1, 2, 3, 4, 5] })
  t.deepEqual(await mergeBases(reader, ids[3]!, ids[4]!), [ids[2]!, ids[1]!])
})

test('unrelated histories have no base', async (t) => {
  const { reader, ids } = dagOf({ parents: [[], []], times: [1, 2] })
  t.deepEqual(await mergeBases(reader, ids[0]!, ids[1]!), [])
  t.false(await isAncestor(reader, ids[0]!, ids[1]!))
})

test('mergeBases() reads no further than it must', async (t) => {
  const length = 500
  const parents = [
    ...Array.from({ length }, (_, at) => (at === 0 ? [] : [at - 1])),
    [length - 1],
    [length - 1],
  ]
  const dag = dagOf({ parents, times: parents.map((_, at) => at * 10) })
  t.deepEqual(await mergeBases(dag.reader, dag.ids[length]!, dag.ids[length + 1]!), [dag.ids[length - 1]!])
  t.true(dag.reads() < 10)
})

test('a commit that is not there is DV_MISSING_OBJECT', async (t) => {
  const { reader, ids } = dagOf({ parents: [[]], times: [1] })
  const error = await t.throwsAsync(mergeBases(reader, ids[0]!, Buffer.alloc(32, 7) as CommitId))
  t.true(isDvError(error, 'DV_MISSING_OBJECT'))
})
