import test from 'ava'
import fc from 'fast-check'
import { type Id, idKey } from '../../src/hash/index.js'
import { IdSet, RecentIds } from '../../src/maintenance/id-set.js'

/** Few different ids, so that repeats are likely, and some whose first bytes are the same. */
const someId = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 600 }))
  .map(([first, last]): Id => {
    const bytes = Buffer.alloc(32)
    bytes.writeUInt32LE(first, 0)
    bytes.writeUInt32LE(last * 2 + 1, 12)
    return bytes
  })

test('a set of ids answers as a Set of their keys does', (t) => {
  fc.assert(
    fc.property(fc.array(someId, { maxLength: 2000 }), someId, (ids, other) => {
      const set = new IdSet()
      const model = new Set<string>()
      for (const id of ids) {
        if (set.add(id) === model.has(idKey(id))) return false
        model.add(idKey(id))
      }
      return (
        set.size === model.size &&
        ids.every((id) => set.has(id)) &&
        set.has(other) === model.has(idKey(other))
      )
    }),
    { numRuns: 30 },
  )
  t.pass()
})

test('an id of zeros is an id like others', (t) => {
  const set = new IdSet()
  t.false(set.has(Buffer.alloc(32)))
  t.true(set.add(Buffer.alloc(32)))
  t.true(set.has(Buffer.alloc(32)))
})

test('recent ids may be forgotten, and none is taken for another', (t) => {
  fc.assert(
    fc.property(fc.array(someId, { maxLength: 500 }), (ids) => {
      const recent = new RecentIds(16)
      const seen = new Set<string>()
      for (const id of ids) {
        if (recent.touch(id) && !seen.has(idKey(id))) return false
        seen.add(idKey(id))
      }
      return ids.length === 0 || recent.touch(ids.at(-1)!)
    }),
    { numRuns: 50 },
  )
  t.pass()
})
