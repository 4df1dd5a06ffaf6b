import test from 'ava'
import fc from 'fast-check'
import { throughWork } from '../../src/content/through-work.js'

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

/** Doubles what it is given, in batches, and leaves out multiples of five. */
async function* double(jobs: AsyncIterable<number>): AsyncGenerator<{ of: number; twice: number }[]> {
  let batch: { of: number; twice: number }[] = []
  for await (const job of jobs) {
    if (job % 5 !== 0) batch.push({ of: job, twice: job * 2 })
    if (batch.length === 3) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

const stage = {
  job: (item: number) => (item % 2 === 1 ? item : undefined),
  work: double,
  isOf: ({ of }: { of: number; twice: number }, item: number) => of === item,
}

test('all items come out in order, those that need work with its result', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(8), { maxLength: 60 }), async (sizes) => {
      let next = 0
      const batches = sizes.map((size) => Array.from({ length: size }, () => next++))
      const seen: number[] = []
      for await (const batch of throughWork(stream(batches), stage)) {
        for (const { item, waited, result } of batch) {
          seen.push(item)
          if (waited !== (item % 2 === 1)) throw new Error(`${item} waited: ${waited}`)
          const wanted = item % 2 === 1 && item % 5 !== 0 ? item * 2 : undefined
          if (result?.twice !== wanted) throw new Error(`${item} gave ${result?.twice}`)
        }
      }
      t.deepEqual(
        seen,
        Array.from({ length: next }, (_, i) => i),
      )
    }),
    { numRuns: 50 },
  )
})

test('what needs no work is not held back by work that is long done', async (t) => {
  let made = 0
  async function* endless(): AsyncGenerator<number[]> {
    yield [1]
    for (;;) yield [(made += 2)]
  }
  const seen: number[] = []
  for await (const batch of throughWork(endless(), stage)) {
    seen.push(...batch.map(({ item }) => item))
    if (seen.length > 200) break
  }
  t.deepEqual(seen.slice(0, 3), [1, 2, 4])
  t.true(made < 1000)
})

test('a failure of the work ends the stream and closes its source', async (t) => {
  let closed = false
  async function* source(): AsyncGenerator<number[]> {
    try {
      for (let i = 1; ; i += 2) yield [i]
    } finally {
      closed = true
    }
  }
  const failing = {
    ...stage,
    async *work(jobs: AsyncIterable<number>): AsyncGenerator<never> {
      for await (const job of jobs) if (job > 5) throw new Error('no more')
    },
  }
  await t.throwsAsync(
    async () => {
      for await (const _ of throughWork(source(), failing));
    },
    { message: 'no more' },
  )
  t.true(closed)
})
