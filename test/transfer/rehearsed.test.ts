// What a rehearsal of a transfer counts is what the transfer then asks of its source, in however many batches.
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { CommitId } from '../../src/hash/index.js'
import { noTraffic, rehearsed } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import { commitTree, newStore, type Tree } from './world.js'

/** Files of each commit, and how long they are. */
const sizes = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd/e', 'd/f'), fc.integer({ min: 1, max: 900 }), {
  minKeys: 1,
})
const batchChunks = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(1000))

test('a rehearsal of a transfer counts as it does: packs taken apart, with deltas', (t) =>
  countsAlike(t, fc.array(sizes, { minLength: 1, maxLength: 4 }), 8_000_000))

test('a rehearsal of a transfer counts as it does: whole packs', (t) =>
  countsAlike(
    t,
    sizes.map((one) => [one]),
    1000,
  ))

async function countsAlike(
  t: ExecutionContext,
  histories: fc.Arbitrary<Record<string, number>[]>,
  wholePackBytes: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(histories, batchChunks, async (history, batchChunks) => {
      const source = newStore()
      const tip = await commitAll(source, history)
      const asked = async (rehearses: boolean) => {
        const traffic = noTraffic()
        const from = new ObjectStore(rehearsed(source.storage, traffic))
        const request = { source: from, target: newStore(), commits: [tip], haves: [] }
        const limits = { batchChunks, wholePackBytes, packBytes: 20_000 }
        await transfer(request, { limits, ...(rehearses && { rehearsal: traffic }) })
        return traffic
      }
      t.deepEqual(await asked(true), await asked(false))
    }),
    { numRuns: 50 },
  )
}

async function commitAll(
  store: ObjectStore,
  history: readonly Readonly<Record<string, number>>[],
): Promise<CommitId> {
  let tip: CommitId | undefined
  let base: Tree = {}
  for (const [n, lengths] of history.entries()) {
    const tree = Object.fromEntries(
      Object.entries(lengths).map(([path, lines]) => [path, text(path, n, lines)]),
    )
    tip = await commitTree(store, tree, { parents: tip ? [tip] : [], base })
    base = tree
  }
  return tip!
}

/** Versions of a text of which each chunk differs from that of the last, and stands on it. */
function text(path: string, version: number, lines: number): Buffer {
  const line = (_: unknown, i: number) =>
    `${i} ${(i * 7919) % 1009} ${i % 50 === 0 ? `${path} ${version}` : 'as ever'} ${'x'.repeat(i % 40)}\n`
  return Buffer.from(Array.from({ length: lines }, line).join(''))
}
