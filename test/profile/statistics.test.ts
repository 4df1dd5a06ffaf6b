// Statistics against what SciPy and NumPy say (spec/vectors/statistics.json), and as laws.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { categoryDrift, ksPValue, numberDrift, type Samples } from '../../src/profile/index.js'
import { openSql, type Sql } from '../../src/sql/index.js'
import { temporaryFolder } from '../helpers/temporary.js'

type Written = number | string | null

interface NumberCase {
  name: string
  reference: Written[]
  current: Written[]
  quantiles: { p: number[]; reference: Written[]; current: Written[] }
  ks: { statistic: number; pValue: number } | null
  psi: number | null
}

interface CategoryCase {
  name: string
  reference: (string | null)[]
  current: (string | null)[]
  added: string[]
  gone: string[]
  psi: number | null
}

interface Vectors {
  numbers: NumberCase[]
  categories: CategoryCase[]
  pValues: { statistic: number; n: number; m: number; pValue: number }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/statistics.json', 'utf8')) as Vectors

async function open(t: ExecutionContext, memory?: number): Promise<Sql> {
  const temporary = path.join(temporaryFolder(), 'temporary')
  const db = await openSql({ temporary, threads: 1, ...(memory !== undefined && { memory }) })
  t.teardown(() => db.close())
  return db
}

async function put(
  db: Sql,
  type: string,
  sides: { reference: Written[]; current: Written[] },
): Promise<Samples> {
  for (const side of ['reference', 'current'] as const) {
    await db.run(`CREATE OR REPLACE TABLE ${side} (x ${type})`)
    const rows = sides[side].map((value) => [
      value === null ? undefined : type === 'DOUBLE' ? number(value) : value,
    ])
    await db.append(side, [rows])
  }
  return { reference: [{ from: 'reference', value: 'x' }], current: [{ from: 'current', value: 'x' }] }
}

const number = (value: Written): number =>
  value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value === 'nan' ? NaN : Number(value)

/** To 1e-9: absolutely, and of large values relatively. */
function isClose(t: ExecutionContext, [found, wanted]: [number | undefined, Written], what: string): void {
  if (wanted === null) return void t.is(found, undefined, what)
  const value = number(wanted)
  const isSame = found === value || Math.abs(found! - value) <= 1e-9 * Math.max(1, Math.abs(value))
  t.true(isSame, `${what}: ${found} instead of ${value}`)
}

test('p-values are those of SciPy, for samples of any size', (t) => {
  for (const { statistic, n, m, pValue } of vectors.pValues)
    isClose(t, [ksPValue(statistic, [n, m]), pValue], `D = ${statistic} of ${n} and ${m} values`)
})

/** As of columns that are known to have few different values: these are counted, not sorted. */
function repeating({ reference, current }: Samples): Samples {
  const known = (all: Samples['current']) => all.map((one) => ({ ...one, distinct: 1 }))
  return { reference: known(reference), current: known(current) }
}

for (const [way, of] of [
  ['sorted', (samples: Samples) => samples],
  ['counted', repeating],
] as const)
  test(`quantiles, Kolmogorov–Smirnov and PSI of numbers are those of SciPy and NumPy: ${way}`, async (t) => {
    const db = await open(t)
    for (const one of vectors.numbers) await isAsSciPy(t, db, { ...one, of })
  })

async function isAsSciPy(
  t: ExecutionContext,
  db: Sql,
  { name, reference, current, quantiles, ks, psi, of }: NumberCase & { of(samples: Samples): Samples },
): Promise<void> {
  const drift = await numberDrift(db, of(await put(db, 'DOUBLE', { reference, current })), {
    probabilities: quantiles.p,
  })
  for (const [i, found] of drift.quantiles.entries()) {
    isClose(t, [found.reference, quantiles.reference[i]!], `${name}: quantile ${found.p} of the reference`)
    isClose(t, [found.current, quantiles.current[i]!], `${name}: quantile ${found.p}`)
  }
  t.is(drift.quantiles.length, quantiles.p.length)
  isClose(t, [drift.ks?.statistic, ks && ks.statistic], `${name}: statistic`)
  isClose(t, [drift.ks?.pValue, ks && ks.pValue], `${name}: p-value`)
  isClose(t, [drift.psi?.value, psi], `${name}: PSI`)
}

test('PSI and new values of categories are those of the vectors', async (t) => {
  const db = await open(t)
  for (const { name, reference, current, added, gone, psi } of vectors.categories) {
    const drift = await categoryDrift(db, await put(db, 'VARCHAR', { reference, current }))
    isClose(t, [drift.psi?.value, psi], `${name}: PSI`)
    const names = (only: typeof drift.added) => only.named.map(({ category }) => category)
    t.deepEqual(names(drift.added), added.slice(0, 20), name)
    t.deepEqual(names(drift.gone), gone.slice(0, 20), name)
    t.deepEqual([drift.added.count, drift.gone.count], [added.length, gone.length], name)
  }
})

const values = fc.array(
  fc.oneof(
    fc.integer({ min: -5, max: 5 }),
    fc.double({ noNaN: true }),
    fc.constantFrom<Written>('inf', '-inf', null),
  ),
  { maxLength: 40 },
)

test('the statistic is the largest distance of the two distribution functions, reached at its location', async (t) => {
  const db = await open(t)
  await fc.assert(
    fc.asyncProperty(values, values, async (reference, current) => {
      const { ks, psi } = await numberDrift(db, await put(db, 'DOUBLE', { reference, current }))
      const [a, b] = [reference, current].map((side) => side.filter((v) => v !== null).map(number)) as [
        number[],
        number[],
      ]
      if (a.length === 0 || b.length === 0) return t.is(ks, undefined)
      const at = (x: number) =>
        Math.abs(a.filter((v) => v <= x).length / a.length - b.filter((v) => v <= x).length / b.length)
      const farthest = Math.max(...[...a, ...b].map(at))
      t.true(Math.abs(ks!.statistic - farthest) < 1e-12)
      t.true(Math.abs(at(ks!.location) - farthest) < 1e-12)
      t.true(psi!.value >= 0)
      t.is(
        psi!.bins.reduce((sum, bin) => sum + bin.current, 0),
        b.length,
      )
    }),
    { numRuns: 60 },
  )
})

test('a sample does not differ from itself, and both ways round differ alike', async (t) => {
  const db = await open(t)
  await fc.assert(
    fc.asyncProperty(values, values, async (one, two) => {
      const same = await numberDrift(db, await put(db, 'DOUBLE', { reference: one, current: one }))
      t.is(same.ks?.statistic ?? 0, 0)
      t.is(same.psi?.value ?? 0, 0)
      t.true(same.quantiles.every(({ shift = 0 }) => shift === 0))
      const there = await numberDrift(db, await put(db, 'DOUBLE', { reference: one, current: two }))
      const back = await numberDrift(db, await put(db, 'DOUBLE', { reference: two, current: one }))
      t.deepEqual(there.ks, back.ks)
    }),
    { numRuns: 40 },
  )
})

test('counted or sorted, numbers differ alike; no quantiles may be asked for', async (t) => {
  const db = await open(t)
  const zeros = fc.array(fc.constantFrom<Written>(-0, 0, 'nan', 1, null), { maxLength: 20 })
  const some = fc.oneof(values, zeros)
  await fc.assert(
    fc.asyncProperty(some, some, async (reference, current) => {
      const samples = await put(db, 'DOUBLE', { reference, current })
      const work = { probabilities: [] }
      const sorted = await numberDrift(db, samples, work)
      t.deepEqual(sorted.quantiles, [])
      t.deepEqual(await numberDrift(db, repeating(samples), work), sorted)
    }),
    { numRuns: 40 },
  )
})

test('samples beyond the memory of the database are sorted on disk', async (t) => {
  const rows = 1_000_000
  const db = await open(t, 24_000_000)
  const side = (shift: number) => [
    { from: `range(${rows}) t(i)`, value: `((i * 7919) % ${rows})::DOUBLE + ${shift}` },
  ]
  const { values, quantiles, ks, psi } = await numberDrift(db, {
    reference: side(0),
    current: side(rows / 10),
  })
  t.deepEqual(values, { reference: rows, current: rows })
  t.is(ks!.statistic, 0.1)
  t.is(quantiles[2]!.reference, (rows - 1) / 2)
  t.is(quantiles[2]!.current, (rows - 1) / 2 + rows / 10)
  t.deepEqual(
    psi!.bins.map(({ reference }) => reference),
    Array(10).fill(rows / 10),
  )
})
