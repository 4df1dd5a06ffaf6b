import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { contentOf } from '../../src/content/index.js'
import { batchesOf } from '../../src/content/batches.js'
import { claimIn, clearClaims, createClaims } from '../../src/content/claims.js'
import { displacedChunks, idsOf, preparePrevious } from '../../src/content/displaced.js'
import { inOrder } from '../../src/content/in-order.js'
import { joinIds } from '../../src/content/store-runner.js'
import type { ChunkList } from '../../src/content/tasks.js'
import { hashChunk, idKey } from '../../src/hash/index.js'
import { noise } from '../helpers/noise.js'
import { temporaryFolder } from '../helpers/repository.js'

const idNumber = (i: number) => hashChunk(Buffer.from(`chunk ${i}`))
const listOf = (chunks: readonly (readonly [number, number])[]): ChunkList => ({
  ids: joinIds(chunks.map(([i]) => idNumber(i))),
  lengths: Uint32Array.from(chunks, ([, length]) => length),
})

test('the first to claim an id gets it, whoever asks', (t) => {
  const claims = createClaims()
  const [one, other] = [claimIn(claims), claimIn(claims)]
  fc.assert(
    fc.property(fc.nat(), (i) => {
      const isFirst = one(idNumber(i))
      t.false(other(idNumber(i)))
      t.false(one(idNumber(i)))
      if (!isFirst) return
      clearClaims(claims)
      t.true(other(idNumber(i)))
    }),
  )
})

test('a table of claims that is full lets everyone store', (t) => {
  const claims = createClaims()
  const claim = claimIn(claims)
  const ids = Array.from({ length: 40 }, (_, i) => Buffer.from(idNumber(i)).fill(9, 0, 4))
  const first = ids.map((id) => claim(id))
  t.true(first.every((isFirst) => isFirst))
  const again = ids.map((id) => claim(id))
  t.is(again.filter((isFirst) => !isFirst).length, 32)
})

const anyChunks = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 100 })), { maxLength: 25 })

test('bases are previous chunks, at most four, none twice, and none for a chunk that was there', (t) => {
  fc.assert(
    fc.property(anyChunks, anyChunks, fc.nat({ max: 500 }), fc.boolean(), (before, after, start, isEnd) => {
      const previous = preparePrevious(listOf(before))
      const known = new Set(previous.ids.map(idKey))
      const next = listOf(after)
      const result = displacedChunks(previous, { ids: idsOf(next), lengths: next.lengths, start, isEnd })
      t.is(result.length, after.length)
      for (const [i, bases] of result.entries()) {
        const keys = bases.map(idKey)
        t.true(keys.length <= 4 && new Set(keys).size === keys.length)
        t.true(keys.every((key) => known.has(key)))
        if (known.has(idKey(idNumber(after[i]![0])))) t.deepEqual(bases, [])
      }
    }),
  )
})

test('a replaced chunk takes the place of the one that stood there', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.nat(),
      fc.integer({ min: 40, max: 60 }),
      (count, pick, length) => {
        const at = pick % count
        const before = Array.from({ length: count }, (_, i) => [i, 50] as const)
        const after = before.map((chunk, i) => (i === at ? ([999, length] as const) : chunk))
        const next = listOf(after)
        const result = displacedChunks(preparePrevious(listOf(before)), {
          ids: idsOf(next),
          lengths: next.lengths,
          start: 0,
          isEnd: true,
        })
        t.deepEqual(result[at]!.map(idKey), [idKey(idNumber(at))])
        t.is(result.flat().length, 1)
      },
    ),
  )
})

test('two chunks that became one stand for both', (t) => {
  const before = listOf([
    [1, 50],
    [2, 60],
    [3, 40],
    [4, 50],
  ])
  const next = listOf([
    [1, 50],
    [9, 101],
    [4, 50],
  ])
  const where = { ids: idsOf(next), lengths: next.lengths, start: 0, isEnd: true }
  const [, bases] = displacedChunks(preparePrevious(before), where)
  t.deepEqual(bases!.map(idKey), [idNumber(2), idNumber(3)].map(idKey))
})

test('batches hold all files in order and stay within their limits', async (t) => {
  const MB = 1024 * 1024
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 9 * MB })), { maxLength: 600 }),
      async (sizes) => {
        const batches: { size: number }[][] = []
        for await (const batch of batchesOf(sizes.map((size) => ({ size })))) batches.push(batch)
        t.deepEqual(
          batches.flat().map((file) => file.size),
          sizes,
        )
        for (const batch of batches) {
          const bytes = batch.reduce((sum, file) => sum + file.size, 0)
          t.true(batch.length > 0 && batch.length <= 256)
          t.true(batch.length === 1 || bytes <= 4 * MB)
        }
      },
    ),
  )
})

test('results come in the order of the items, however long each takes', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 3 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (delays, window) => {
        let under = 0
        let most = 0
        const results: number[] = []
        const start = async ([i, turns]: [number, number]) => {
          most = Math.max(most, ++under)
          for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
          under--
          return i
        }
        for await (const i of inOrder(delays.entries(), window, start)) results.push(i)
        t.deepEqual(results, [...delays.keys()])
        t.true(most <= window)
      },
    ),
  )
})

test('after a failure nothing new is started, and what is under way is waited for', async (t) => {
  const started: number[] = []
  let ended = 0
  const start = async (i: number) => {
    started.push(i)
    await new Promise((resolve) => setImmediate(resolve))
    ended++
    if (i === 1) throw new Error('the second fails')
    return i
  }
  const results: number[] = []
  await t.throwsAsync(
    (async () => {
      for await (const i of inOrder([0, 1, 2, 3, 4, 5, 6], 3, start)) results.push(i)
    })(),
    { message: 'the second fails' },
  )
  t.deepEqual(results, [0])
  t.deepEqual(started, [0, 1, 2, 3])
  t.is(ended, 4)
})

test('the id of a file on disk is that of its bytes, whatever its size', (t) => {
  const folder = temporaryFolder(t)
  for (const size of [0, 1, 1000, 1_048_575, 1_048_576, 1_048_577, 3_000_000]) {
    const bytes = noise(size, size)
    const file = path.join(folder, String(size))
    fs.writeFileSync(file, bytes)
    t.deepEqual(Buffer.from(contentOf(file)), Buffer.from(hashChunk(bytes)), `${size} bytes`)
  }
})
