import test from 'ava'
import fc from 'fast-check'
import { type CommitId, idKey, toHex } from '../../src/hash/index.js'
import { walkCommits } from '../../src/history/index.js'
import { affordableGap } from '../../src/transfer/gaps.js'
import { shallowCommits } from '../../src/transfer/shallow-commits.js'
import { commitTree, newStore } from './world.js'

/** Each commit's parents, as numbers of earlier ones. */
const histories = fc
  .array(fc.array(fc.nat(), { maxLength: 2 }), { minLength: 1, maxLength: 12 })
  .map((all) => all.map((parents, i) => [...new Set(i === 0 ? [] : parents.map((n) => n % i))]))

test('so many commits of a line come, parents first, and the parents that do not come are named', async (t) => {
  await fc.assert(
    fc.asyncProperty(histories, fc.integer({ min: 1, max: 5 }), async (history, depth) => {
      const source = newStore()
      const ids: CommitId[] = []
      for (const [i, parents] of history.entries())
        ids.push(await commitTree(source, { f: String(i) }, { parents: parents.map((n) => ids[n]!) }))
      const tip = ids.at(-1)!
      const { commits, absent } = await shallowCommits(source, newStore(), { wants: [tip], depth })
      const here = new Set(commits.map(({ id }) => idKey(id)))
      const named = commits.flatMap(({ commit }) => commit.parents.map(idKey))
      const beyond = new Set(named.filter((key) => !here.has(key)))
      t.deepEqual(absent.map(idKey).sort(), [...beyond].sort())
      const seen = new Set<string>()
      for (const { id, commit } of commits) {
        for (const parent of commit.parents) t.true(!here.has(idKey(parent)) || seen.has(idKey(parent)))
        seen.add(idKey(id))
      }
      t.deepEqual(commits.map(({ id }) => toHex(id)).sort(), within(history, ids, depth))
    }),
    { numRuns: 40 },
  )
})

/** Commits at most `depth - 1` steps below the last one. */
function within(history: readonly number[][], ids: readonly CommitId[], depth: number): string[] {
  let level = new Set([ids.length - 1])
  const found = new Set<number>()
  for (let at = 0; at < depth; at++) {
    for (const n of level) found.add(n)
    level = new Set([...level].flatMap((n) => history[n]!))
  }
  return [...found].map((n) => toHex(ids[n]!)).sort()
}

test('what the target has ends the walk, and without a depth all else comes', async (t) => {
  const source = newStore()
  const first = await commitTree(source, { f: '1' })
  const second = await commitTree(source, { f: '2' }, { parents: [first] })
  const third = await commitTree(source, { f: '3' }, { parents: [second] })
  const target = { has: async (id: Uint8Array) => Buffer.compare(id, first) === 0 }
  const found = await shallowCommits(source, target, { wants: [third] })
  t.deepEqual(
    found.commits.map(({ id }) => toHex(id)),
    [toHex(second), toHex(third)],
  )
  t.deepEqual(found.absent, [])
  const all: string[] = []
  for await (const { id } of walkCommits(source, [third])) all.push(toHex(id))
  t.is((await shallowCommits(source, newStore(), { wants: [third] })).commits.length, all.length)
})

test('gaps that are read along are never more than the share that may be spared', (t) => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(2000)), {
    minLength: 1,
    maxLength: 30,
  })
  fc.assert(
    fc.property(gaps, (blocks) => {
      let end = 0
      const places = blocks.map(([size, gap]) => {
        const at = end + gap
        end = at + size
        return { at, size }
      })
      const longest = affordableGap(places, 0.05)
      const read = places.slice(1).map(({ at }, i) => at - places[i]!.at - places[i]!.size)
      const along = read.filter((gap) => gap <= longest).reduce((sum, gap) => sum + gap, 0)
      t.true(along <= 0.05 * places.reduce((sum, { size }) => sum + size, 0))
    }),
  )
})
