// Commits in memory, for tests of walks.
import fc from 'fast-check'
import { DvError } from '../../src/base/index.js'
import { type CommitId, type Id, idKey, type ManifestId, toHex } from '../../src/hash/index.js'
import { commitId, encodeCommit, NO_METADATA } from '../../src/objects/index.js'
import { NOTHING_PURGED } from '../../src/store/index.js'
import type { ObjectReader } from '../../src/store/types.js'

export interface Dag {
  reader: ObjectReader
  /** Ids by number; parents have lower numbers. */
  ids: CommitId[]
  parents: number[][]
  times: number[]
  /** How many objects were read. */
  reads(): number
}

export interface Shape {
  parents: number[][]
  times: number[]
}

export function dagOf({ parents, times }: Shape): Dag {
  const objects = new Map<string, Buffer>()
  const ids: CommitId[] = []
  let reads = 0
  parents.forEach((numbers, at) => {
    const signature = { name: 'A', email: 'a@example.org', time: times[at]!, zone: 0 }
    const bytes = encodeCommit({
      manifest: Buffer.alloc(32) as ManifestId,
      parents: numbers.map((number) => ids[number]!),
      author: signature,
      committer: signature,
      message: `commit ${at}`,
      metadata: NO_METADATA,
    })
    ids.push(commitId(bytes))
    objects.set(idKey(ids[at]!), bytes)
  })
  const reader: ObjectReader = {
    async readObject(_kind, id: Id) {
      reads++
      const bytes = objects.get(idKey(id))
      if (bytes === undefined) throw new DvError('DV_MISSING_OBJECT', `No object '${toHex(id)}'`)
      return bytes
    },
    readChunk: async () => Buffer.alloc(0),
    has: async (id) => objects.has(idKey(id)),
    purged: async () => NOTHING_PURGED,
  }
  return { reader, ids, parents, times, reads: () => reads }
}

/** Random histories of up to `size` commits. `skew`: how far clocks may contradict the order, milliseconds. */
export function arbitraryShape(size: number, skew: number): fc.Arbitrary<Shape> {
  const node = fc.record({
    merges: fc.integer({ min: 0, max: 9 }),
    picks: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
    skew: fc.integer({ min: 0, max: skew }),
  })
  return fc.array(node, { minLength: 1, maxLength: size }).map((nodes) => ({
    parents: nodes.map(({ merges, picks }, at) => {
      const count = Math.min(at, merges === 0 ? 0 : merges < 6 ? 1 : merges < 9 ? 2 : 3)
      // Near parents make long, braided histories rather than flat ones.
      return [...new Set(picks.slice(0, count).map((pick) => Math.max(0, at - 1 - (pick % 4))))]
    }),
    times: nodes.map((item, at) => 1_000_000 + at * 1000 - item.skew),
  }))
}

/** All numbers that can be reached, the start included. */
export function reachable({ parents }: Shape, starts: readonly number[]): Set<number> {
  const seen = new Set<number>()
  const todo = [...starts]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    todo.push(...parents[next]!)
  }
  return seen
}
