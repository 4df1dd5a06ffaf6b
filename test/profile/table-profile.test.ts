// What a table is like: figures that a plain loop over its values gives.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { type ColumnProfile, profileTable, type TableProfile } from '../../src/profile/index.js'
import { openSql } from '../../src/sql/index.js'
import { tableFormat } from '../../src/tables/index.js'
import { temporaryFolder } from '../helpers/temporary.js'

async function profiler(t: ExecutionContext) {
  const folder = temporaryFolder()
  const db = await openSql({ temporary: path.join(folder, 'sql'), readable: [folder], threads: 1 })
  t.teardown(() => db.close())
  return (name: string, text: string, onShare?: (share: number) => void): Promise<TableProfile> => {
    const file = path.join(folder, name)
    fs.writeFileSync(file, text)
    return profileTable(db, { path: name, file, format: tableFormat(name)! }, { onShare })
  }
}

test('numbers have a range, a mean, quantiles and a histogram; texts the most frequent', async (t) => {
  const profile = await profiler(t)
  const rows = Array.from(
    { length: 100 },
    (_, i) => `${i},${i / 4},${i % 3 === 0 ? 'red' : 'blue'},2026-01-0${1 + (i % 4)}`,
  )
  const shares: number[] = []
  const { rows: count, columns } = await profile('a.csv', ['i,x,colour,day', ...rows, ''].join('\n'), (s) =>
    shares.push(s),
  )
  t.is(count, 100)
  const [i, x, colour, day] = columns as [ColumnProfile, ColumnProfile, ColumnProfile, ColumnProfile]
  t.like(i, { type: 'integer', missing: 0, min: 0, max: 99, mean: 49.5, exact: true })
  t.deepEqual(i.distinct, { count: 100, exact: true })
  t.deepEqual(
    i.quantiles,
    [
      [0.05, 4.95],
      [0.25, 24.75],
      [0.5, 49.5],
      [0.75, 74.25],
      [0.95, 94.05],
    ].map(([p, value]) => ({ p, value })),
  )
  t.deepEqual(i.histogram, { from: 0, width: 5, counts: Array(20).fill(5) })
  t.like(x, { type: 'number', min: 0, max: 24.75 })
  t.deepEqual(colour.top, [
    { value: 'blue', count: 66 },
    { value: 'red', count: 34 },
  ])
  t.like(colour, { type: 'string', min: 'blue', max: 'red' })
  t.like(day, { type: 'date', min: '2026-01-01', max: '2026-01-04', mean: '2026-01-02T12:00:00.000Z' })
  t.true(shares.every((share) => share >= 0 && share <= 1))
})

test('what a table has not is not told: no values, one value, infinities', async (t) => {
  const profile = await profiler(t)
  const { columns } = await profile('a.csv', 'e,one,inf,both\n,7,inf,-inf\n,7,1,inf\n')
  const [e, one, inf, both] = columns as [ColumnProfile, ColumnProfile, ColumnProfile, ColumnProfile]
  t.deepEqual(e, { name: 'e', type: 'empty', missing: 2 })
  t.is(one.histogram, undefined)
  t.like(inf, { min: 1, max: 'Infinity', mean: 'Infinity' })
  t.is(inf.histogram, undefined)
  t.like(both, { min: '-Infinity', max: 'Infinity' })
  t.is(both.type, 'number')
  t.false('mean' in both)
  const few = (await profile('c.csv', 'a,b\n-inf,0\n0,0\n1,0\ninf,0\n')).columns[0]!
  t.is(
    few.histogram!.counts.reduce((sum, n) => sum + n, 0),
    2,
  )
  t.deepEqual((await profile('b.csv', 'a\n')).columns, [{ name: 'a', type: 'empty', missing: 0 }])
})

test('many different values are estimated, and said to be', async (t) => {
  const profile = await profiler(t)
  const { columns } = await profile(
    'a.csv',
    `a\n${Array.from({ length: 20_000 }, (_, i) => `v${i}\n`).join('')}`,
  )
  const { distinct, top } = columns[0]!
  t.false(distinct!.exact)
  t.true(Math.abs(distinct!.count / 20_000 - 1) < 0.1)
  t.is(top, undefined)
})

test('a profile is what a loop over the values finds', async (t) => {
  const profile = await profiler(t)
  const values = fc.array(fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined }), {
    minLength: 1,
    maxLength: 50,
  })
  await fc.assert(
    fc.asyncProperty(values, async (all) => {
      const lines = all.map((value) => JSON.stringify({ k: 1, ...(value !== undefined && { v: value }) }))
      const { columns, rows } = await profile('a.jsonl', `${lines.join('\n')}\n{"k":1,"v":null}\n`)
      const there = all.filter((value) => value !== undefined).sort((a, b) => a - b)
      const column = columns.find(({ name }) => name === 'v')!
      t.is(rows, all.length + 1)
      t.is(column.missing, rows - there.length)
      if (there.length === 0) return t.is(column.type, 'empty')
      t.is(column.min, there[0]! + 0)
      t.is(column.max, there.at(-1)! + 0)
      t.true(Math.abs((column.mean as number) - there.reduce((sum, v) => sum + v, 0) / there.length) < 1e-6)
      t.is(column.distinct!.count, new Set(there.map((v) => JSON.stringify(v))).size)
      const sum = column.histogram?.counts.reduce((a, b) => a + b, 0) ?? there.length
      t.is(sum, there.length)
    }),
    { numRuns: 40 },
  )
})
