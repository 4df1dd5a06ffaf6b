// Columns of table files: what type they have, and how two versions of one differ.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { driftOf, typeColumns, type TypedTable } from '../../src/profile/index.js'
import { openSql } from '../../src/sql/index.js'
import { tableFormat } from '../../src/tables/index.js'
import { temporaryFolder } from '../helpers/temporary.js'

async function tables(t: ExecutionContext) {
  const folder = temporaryFolder()
  const db = await openSql({ temporary: path.join(folder, 'sql'), readable: [folder], threads: 1 })
  t.teardown(() => db.close())
  let count = 0
  const table = async (name: string, text: string): Promise<TypedTable> => {
    const file = path.join(folder, `${count++}-${name}`)
    fs.writeFileSync(file, text)
    return typeColumns(db, { path: name, file, format: tableFormat(name)! })
  }
  return { db, table, folder }
}

const typesOf = ({ columns }: TypedTable) =>
  Object.fromEntries(columns.map(({ name, type, missing }) => [name, [type, missing]]))

test('a column of CSV has the type that all of its cells have', async (t) => {
  const { table } = await tables(t)
  const csv = await table(
    'a.csv',
    [
      'i,n,b,d,w,t,m,e,f',
      '1,1,true,2026-01-01,2026-01-01 10:00:00,x,1,,1.0',
      '-2,2.5,false,2026-01-02,2026-01-02T11:00:00,y,two,,2.0',
      ',inf,,2026-02-28,2026-01-03 12:00:00,,3,,nan',
      '',
    ].join('\n'),
  )
  t.is(csv.rows, 3)
  t.deepEqual(typesOf(csv), {
    ...{ i: ['integer', 1], n: ['number', 0], b: ['boolean', 1], d: ['date', 0], w: ['timestamp', 0] },
    ...{ t: ['string', 1], m: ['string', 0], e: ['empty', 3], f: ['number', 1] },
  })
})

test('one cell far behind what is guessed from makes numbers text, and whole numbers numbers', async (t) => {
  const { table } = await tables(t)
  const rows = Array.from({ length: 50_000 }, (_, i) => `${i},${i}`)
  const csv = await table('a.csv', ['a,b', ...rows, 'none,0.5', ''].join('\n'))
  t.deepEqual(typesOf(csv), { a: ['string', 0], b: ['number', 0] })
})

test('what the first rows are does not decide: empty cells, infinities, and a date among times', async (t) => {
  const { table } = await tables(t)
  const rows = Array.from({ length: 15_000 }, () => ',inf,2026-01-01,1')
  const csv = await table('a.csv', ['e,f,w,i', ...rows, '7,2,2026-01-01 10:00:00,1.5', ''].join('\n'))
  t.deepEqual(typesOf(csv), {
    ...{ e: ['integer', 15_000], f: ['number', 0], w: ['timestamp', 0], i: ['number', 0] },
  })
  const times = await table('b.csv', 'w,x\n2026-01-01 10:00:00,infinity\ninfinity,infinity\n')
  t.deepEqual(typesOf(times), { w: ['string', 0], x: ['number', 0] })
})

test('a column of JSON has the type of its values, not of what they look like', async (t) => {
  const { table } = await tables(t)
  const lines = [
    { i: 1, n: 1, s: '1', d: '2026-01-01', l: [1], m: 1, o: { x: 1 }, b: true },
    { i: null, n: 1.5, s: '2', d: '2026-01-02', l: [], m: 'x', o: [2], b: false },
    { n: 7, s: '3', d: null, l: [2], m: 2 },
  ]
  const json = await table('a.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  t.deepEqual(typesOf(json), {
    ...{ i: ['integer', 2], n: ['number', 0], s: ['string', 0], d: ['date', 1], l: ['nested', 0] },
    ...{ m: ['other', 0], o: ['nested', 1], b: ['boolean', 1] },
  })
})

test('a column of Parquet has the type it is stored with', async (t) => {
  const { db, folder } = await tables(t)
  const file = path.join(folder, 'a.parquet')
  const columns = [
    ...["i::INTEGER AS i, (i / 2)::FLOAT AS f, i::DECIMAL(9, 2) AS dec, 'x' || i AS t, i > 1 AS b"],
    ...[
      "DATE '1970-01-02' AS d, TIMESTAMP '1970-01-01 00:01:00' AS w, [i] AS l, {'k': i} AS s, 'y'::BLOB AS bin",
    ],
    ...["if(i = 0, 'nan'::DOUBLE, 1.5) AS nan, NULL::INTEGER AS e"],
  ]
  await db.run(`COPY (SELECT ${columns.join(', ')} FROM range(3) r(i)) TO '${file}' (FORMAT parquet)`)
  const table = await typeColumns(db, { path: 'a.parquet', file, format: 'parquet' })
  t.deepEqual(typesOf(table), {
    ...{ i: ['integer', 0], f: ['number', 0], dec: ['number', 0], t: ['string', 0], b: ['boolean', 0] },
    ...{ d: ['date', 0], w: ['timestamp', 0], l: ['nested', 0], s: ['nested', 0], bin: ['other', 0] },
    ...{ nan: ['number', 1], e: ['empty', 3] },
  })
  const drift = await driftOf(db, { reference: [table], current: [table], column: 'd' })
  t.is(drift.as === 'numbers' && drift.quantiles[0]!.reference, 86_400)
})

test('numbers that moved, rows that came and values that went are told', async (t) => {
  const { db, table } = await tables(t)
  const csv = (from: number, to: number) =>
    `x\n${Array.from({ length: to - from }, (_, i) => `${from + i}\n`).join('')}`
  const before = await table('a.csv', csv(0, 100))
  const after = await table('a.csv', `${csv(50, 250)}""\n""\n`)
  const drift = await driftOf(db, { reference: [before], current: [after], column: 'x' })
  if (drift.as !== 'numbers') return t.fail()
  t.like(drift, { rows: { reference: 100, current: 202 }, missing: { reference: 0, current: 2 } })
  t.is(drift.rowChange, 1.02)
  t.is(drift.missingChange, 2 / 202)
  t.like(drift.ks, { statistic: 0.75, location: 99 })
  t.is(drift.quantiles.find(({ p }) => p === 0.5)!.shift, 100 / 49.5)
  t.is(drift.psi!.bins.length, 10)
})

test('categories of text are compared by their text, those of a window of versions together', async (t) => {
  const { db, table } = await tables(t)
  const [one, two, three] = [
    await table('a.csv', 'k\na\nb\n'),
    await table('a.csv', 'k\nb\nc\n'),
    await table('a.csv', 'k\nc\nd\n'),
  ]
  const drift = await driftOf(db, { reference: [one, two], current: [three], column: 'k' })
  if (drift.as !== 'categories') return t.fail()
  t.deepEqual(drift.added, { count: 1, named: [{ category: 'd', count: 1 }] })
  t.deepEqual(drift.gone, {
    count: 2,
    named: [
      { category: 'b', count: 2 },
      { category: 'a', count: 1 },
    ],
  })
  t.deepEqual(drift.values, { reference: 4, current: 2 })
})

test('whole numbers are categories when that is asked for, and where one side is no number', async (t) => {
  const { db, table } = await tables(t)
  const [numbers, texts] = [await table('a.csv', 'k\n1\n2\n'), await table('a.csv', 'k\n2\nx\n')]
  const asked = await driftOf(db, {
    ...{ reference: [numbers], current: [numbers], column: 'k', asCategories: true },
  })
  t.is(asked.as, 'categories')
  const drift = await driftOf(db, { reference: [numbers], current: [texts], column: 'k' })
  t.like(drift, { as: 'categories', added: { count: 1 }, gone: { count: 1 } })
})

test('a column that is not there is an error with the nearest names', async (t) => {
  const { db, table } = await tables(t)
  const one = await table('a.csv', 'plate,line\n1,x\n')
  const error = await t.throwsAsync(driftOf(db, { reference: [one], current: [one], column: 'plato' }))
  t.like(error, { code: 'DV_UNKNOWN_COLUMN', data: { nearest: ['plate'] } })
})
