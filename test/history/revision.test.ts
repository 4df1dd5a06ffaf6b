import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { type DvErrorCode, isDvError, nearest } from '../../src/base/index.js'
import {
  formatRange,
  formatRevision,
  isRange,
  isRevisionName,
  parseRange,
  parseRevision,
  type Revision,
  type RevisionRange,
} from '../../src/history/index.js'

interface Vectors {
  revisions: { text: string; canonical: string; data: Revision }[]
  ranges: { text: string; canonical: string; data: RevisionRange }[]
  refused: { text: string; code: DvErrorCode }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/revisions.json', 'utf8')) as Vectors

const name = fc
  .string({ unit: fc.constantFrom(...'ab09/.-_@{}%é'), minLength: 1, maxLength: 8 })
  .filter(isRevisionName)
  .filter((text) => !/@$|@\{/u.test(text))
const n = fc.integer({ min: 1, max: 1_000_000 })
const revision: fc.Arbitrary<Revision> = fc.record({
  base: fc.oneof(
    fc.constant({ kind: 'head' as const }),
    name.map((text) => ({ kind: 'name' as const, name: text })),
    fc.record({ kind: fc.constant('earlier' as const), n: fc.nat(1_000_000) }),
    fc.record({ kind: fc.constant('earlier' as const), name, n: fc.nat(1_000_000) }),
    fc.record({ kind: fc.constant('previous-branch' as const), n }),
  ),
  steps: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('ancestor' as const, 'parent' as const), n }),
      fc.constant({ kind: 'peel' as const }),
    ),
    { maxLength: 4 },
  ),
})

test('the vectors of spec/vectors/revisions.json hold', (t) => {
  for (const { text, canonical, data } of vectors.revisions) {
    t.deepEqual(parseRevision(text), data, text)
    t.is(formatRevision(data), canonical)
    t.deepEqual(parseRevision(canonical), data, canonical)
  }
  for (const { text, canonical, data } of vectors.ranges) {
    const parsed = parseRange(text)
    t.deepEqual(parsed, data, text)
    t.is(formatRange(data), canonical)
  }
  for (const { text, code } of vectors.refused) {
    t.true(
      isDvError(
        t.throws(() => parseRange(text)),
        code,
      ),
      text,
    )
  }
})

test('what formatRevision() writes parses to the same data', (t) => {
  fc.assert(fc.property(revision, (data) => t.deepEqual(parseRevision(formatRevision(data)), data)))
})

test('what formatRange() writes parses to the same data', (t) => {
  const range = fc.record({
    kind: fc.constantFrom('difference' as const, 'symmetric' as const),
    from: revision,
    to: revision,
  })
  fc.assert(
    fc.property(
      range.filter(({ from, to }) => !/\.$/u.test(formatRevision(from)) && !/^\./u.test(formatRevision(to))),
      (data) => {
        const parsed = parseRange(formatRange(data))
        t.true(isRange(parsed))
        t.deepEqual(parsed, data)
      },
    ),
  )
})

test('any text either parses or is DV_BAD_REVISION', (t) => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'a~^@{}.1-/:') }))
  fc.assert(
    fc.property(text, (input) => {
      try {
        const parsed = parseRange(input)
        t.truthy(isRange(parsed) ? formatRange(parsed) : formatRevision(parsed))
      } catch (error) {
        t.true(isDvError(error, 'DV_BAD_REVISION'))
      }
    }),
  )
})

test('nearest() gives names that are a typing mistake away, the nearest first', (t) => {
  const names = ['main', 'maintenance', 'feature/labels', 'v1', 'v10', 'train.csv']
  t.deepEqual(nearest('mian', names), ['main'])
  t.deepEqual(nearest('labels', names), ['feature/labels'])
  t.deepEqual(nearest('Main', names), ['main', 'maintenance'])
  t.deepEqual(nearest('train.cvs', names), ['train.csv'])
  t.deepEqual(nearest('zebra', names), [])
  t.deepEqual(nearest('', names), [])
})
