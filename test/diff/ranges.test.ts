import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { hashChunk } from '../../src/hash/index.js'
import { changedRanges, type ChangedRanges } from '../../src/diff/index.js'
import { compareLists, type Item } from '../../src/diff/lists.js'
import type { ChunkRef, FileEntry } from '../../src/objects/index.js'
import { type RecipeParams, writeRecipe } from '../../src/recipe/index.js'
import { type MemoryObjects, memoryObjects } from '../helpers/memory-objects.js'

/** Nodes of 2 to 5 items: sixty chunks make a tree of several levels. */
const TINY: RecipeParams = { minItems: 2, normalItems: 3, maxItems: 5, strictBits: 2, looseBits: 1 }

const known = new Map<number, ChunkRef>()
function chunk(number: number): ChunkRef {
  const found = known.get(number) ?? {
    id: hashChunk(Buffer.from(`chunk ${number}`)),
    length: (number % 5) + 1,
  }
  known.set(number, found)
  return found
}
const bytesOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + chunk(number).length, 0)

async function fileOf(
  store: MemoryObjects,
  numbers: readonly number[],
  params?: RecipeParams,
): Promise<FileEntry> {
  const recipe = await writeRecipe(store, numbers.map(chunk), params ? { params } : {})
  return { kind: 'file', size: bytesOf(numbers), content: hashChunk(Buffer.from(numbers.join())), recipe }
}

/** The new file rebuilt from the old one and the added bytes, chunk numbers standing for bytes. */
function rebuilt(before: number[], after: number[], { ranges }: ChangedRanges): number[] {
  const [old, fresh] = [before, after].map((numbers) =>
    numbers.flatMap((number) => Array(chunk(number).length).fill(number)),
  )
  const bytes: number[] = []
  let at = 0
  for (const range of ranges) {
    bytes.push(...old!.slice(at, range.before.offset))
    bytes.push(...fresh!.slice(range.after.offset, range.after.offset + range.after.length))
    at = range.before.offset + range.before.length
  }
  return [...bytes, ...old!.slice(at)]
}

const numbers = fc.array(fc.nat(30), { minLength: 0, maxLength: 60 })

test('the old file with its changed ranges replaced is the new one, for recipes of every form', async (t) => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.array(fc.nat(40), { maxLength: 4 })), {
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(numbers, edits, async (before, list) => {
      let after = before
      for (const [at, remove, add] of list) after = after.toSpliced(at % (after.length + 1), remove, ...add)
      const store = memoryObjects()
      const result = await changedRanges(
        store,
        await fileOf(store, before, TINY),
        await fileOf(store, after, TINY),
      )
      const whole = after.flatMap((number) => Array(chunk(number).length).fill(number))
      t.deepEqual(rebuilt(before, after, result), whole)
      t.is(result.addedBytes - result.removedBytes, bytesOf(after) - bytesOf(before))
      t.true(result.newBytes <= result.addedBytes)
      t.is(result.count, result.ranges.length)
    }),
    { numRuns: 200 },
  )
})

test('one changed chunk of a long file is found without reading the rest of its recipe', async (t) => {
  const store = memoryObjects()
  const before = Array.from({ length: 200_000 }, (_, at) => at)
  const after = before.with(100_000, 999_999)
  const files = [await fileOf(store, before), await fileOf(store, after)] as const
  store.reads = 0
  const result = await changedRanges(store, ...files)
  t.is(result.count, 1)
  t.is(result.ranges[0]!.before.offset, bytesOf(before.slice(0, 100_000)))
  t.is(result.newBytes, chunk(999_999).length)
  t.true(store.reads < 12, `${store.reads} reads`)
})

test('what only moved is changed, but not new', async (t) => {
  const store = memoryObjects()
  const result = await changedRanges(
    store,
    await fileOf(store, [1, 2, 3, 4, 5]),
    await fileOf(store, [5, 1, 2, 3, 4]),
  )
  t.is(result.newBytes, 0)
  t.true(result.count > 0)
})

test('a missing recipe node is an error, not a difference', async (t) => {
  const store = memoryObjects()
  const before = await fileOf(
    store,
    Array.from({ length: 100 }, (_, at) => at),
  )
  const after = await fileOf(
    store,
    Array.from({ length: 100 }, (_, at) => at + 1),
  )
  store.objects.clear()
  t.true(isDvError(await t.throwsAsync(changedRanges(store, before, after)), 'DV_MISSING_OBJECT'))
})

async function* listOf(all: readonly number[]): AsyncGenerator<Item[]> {
  for (let at = 0; at < all.length; at += 3) yield all.slice(at, at + 3).map(chunk)
}

test('with a short read-ahead, stretches that are too long to match count as rewritten', async (t) => {
  await fc.assert(
    fc.asyncProperty(numbers, numbers, fc.integer({ min: 1, max: 5 }), async (before, after, readAhead) => {
      const ranges = []
      for await (const stretch of compareLists(listOf(before), listOf(after), readAhead)) {
        const spans = [stretch.before, stretch.after].map(({ offset, items }) => ({
          offset,
          length: items.reduce((sum, { length }) => sum + length, 0),
        }))
        ranges.push({ before: spans[0]!, after: spans[1]! })
      }
      const whole = after.flatMap((number) => Array(chunk(number).length).fill(number))
      t.deepEqual(rebuilt(before, after, { ranges } as ChangedRanges), whole)
    }),
  )
})
