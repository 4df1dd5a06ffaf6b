// Every parser of bytes from outside, with inputs that fast-check makes of sound ones, and with those that once made one
// fail. What goes deeper is a fuzzer's: docs/fuzzing.md.
import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { problemOf } from './session.js'
import { TARGETS, targetNamed } from './targets/index.js'

const RUNS = 200

/** A sound input, cut and mended: some bytes of it are others, some are gone, some come from another. */
function damaged(seeds: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  const edit = fc.record({ at: place, remove: fc.nat(12), insert: fc.uint8Array({ maxLength: 12 }) })
  return fc
    .record({ seed: fc.constantFrom(...seeds), edits: fc.array(edit, { maxLength: 6 }), tail: place })
    .map(({ seed, edits, tail }) => {
      let bytes: Buffer = Buffer.from(seed)
      for (const { at, remove, insert } of edits) {
        const from = Math.floor(at * (bytes.length + 1))
        bytes = Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)])
      }
      return tail < 0.2 ? bytes.subarray(0, Math.floor(tail * 5 * bytes.length)) : bytes
    })
}

// One after the other: what keeps the processor busy is measured of the whole process.
for (const target of TARGETS) {
  test.serial(`'${target.name}' takes its own samples`, async (t) => {
    t.true(target.seeds.length > 0)
    for (const seed of target.seeds) t.is(await problemOf(target, seed), undefined)
  })

  test.serial(`'${target.name}' returns or throws a DvError, whatever it is given`, async (t) => {
    const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    const input = fc.oneof({ weight: 4, arbitrary: damaged(target.seeds) }, { weight: 1, arbitrary: noise })
    await fc.assert(
      fc.asyncProperty(input, async (bytes) => {
        const problem = await problemOf(target, bytes)
        if (problem !== undefined) throw new Error(problem)
      }),
      { numRuns: RUNS },
    )
    t.pass()
  })
}

interface Found {
  target: string
  /** What it did before it was mended. */
  was: string
  /** base64. */
  input: string
}

test('what a fuzzer found once is refused, or read, as anything else', async (t) => {
  const found = JSON.parse(fs.readFileSync('spec/vectors/fuzz.json', 'utf8')) as { found: Found[] }
  t.true(found.found.length > 0)
  for (const { target, was, input } of found.found)
    t.is(await problemOf(targetNamed(target), Buffer.from(input, 'base64')), undefined, was)
})
