// Metadata in and out of Parquet files, which DuckDB reads and writes.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { MetaImportOptions, MetaItem } from '../../src/api/index.js'
import { openSql } from '../../src/sql/index.js'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'

const FIXED = { columns: [], types: {}, nulls: [], allowMissing: false, dryRun: false }

function load(made: TestRepository, file: string, more: Partial<MetaImportOptions> = {}) {
  return made.repository.importMetadata({ ...FIXED, file, path: { column: 'path' }, ...more })
}

async function all(made: TestRepository): Promise<[string, MetaItem['metadata']][]> {
  const items = await collect(made.repository.getMetadata({ paths: ['**'], keys: [] }))
  return items.map(({ path: at = '', metadata }) => [at, metadata])
}

async function exported(made: TestRepository): Promise<Buffer> {
  const options = { paths: [], effective: false, pathColumn: 'path', format: 'parquet' } as const
  return Buffer.concat(await collect(made.repository.exportMetadata(options)))
}

/** A Parquet file of what a SELECT gives. */
async function parquet(made: TestRepository, name: string, select: string): Promise<void> {
  const folder = path.dirname(made.root)
  const db = await openSql({ temporary: path.join(folder, 'spill'), readable: [folder] })
  await db.run(`COPY (${select}) TO '${path.join(folder, name)}' (FORMAT parquet)`)
  await db.close()
}

test('columns of a Parquet file are metadata of their types', async (t) => {
  const made = await testRepository(t, { 'a.tif': '1', 'b.tif': '2' })
  await parquet(
    made,
    'm.parquet',
    `SELECT 'b.tif' AS path, 7::INTEGER AS plate, 1.5::FLOAT AS gain, 12.25::DECIMAL(9,2) AS cost, true AS ok,
       DATE '2026-01-31' AS day, TIMESTAMP '2026-01-31 12:00:00.123456' AS at, ['x', 'y'] AS tags,
       [DATE '2026-01-01'] AS days, '007' AS well, {'a': 1} AS nested
     UNION ALL SELECT 'a.tif', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'NA', NULL`,
  )
  const result = await load(made, '../m.parquet', { nulls: ['NA'] })
  t.like(result, { rows: 2, changed: 1 })
  t.deepEqual(
    result.columns.map(({ name, type, values }) => `${name} ${type} ${values}`),
    [
      ...['plate int64 1', 'gain float64 1', 'cost float64 1', 'ok boolean 1', 'day date 1', 'at date 1'],
      ...['tags list 1', 'days list 1', 'well string 2', 'nested string 1'],
    ],
  )
  t.deepEqual(result.warnings, ["'at' has times finer than a millisecond: what is finer is cut off"])
  t.deepEqual(await all(made), [
    [
      'b.tif',
      {
        ...{ plate: 7, gain: 1.5, cost: 12.25, ok: true, well: '007', nested: "{'a': 1}" },
        ...{ day: { date: '2026-01-31T00:00:00.000Z' }, at: { date: '2026-01-31T12:00:00.123Z' } },
        ...{ tags: ['x', 'y'], days: [{ date: '2026-01-01T00:00:00.000Z' }] },
      },
    ],
  ])
  t.deepEqual(fs.readdirSync(path.join(made.root, '.dv/tmp')), [])
})

test('a Parquet file that is none, or has what metadata has not, changes nothing', async (t) => {
  const made = await testRepository(t, { a: '1' })
  fs.writeFileSync(path.join(made.root, '../no.parquet'), 'path,k\na,1\n')
  await t.throwsAsync(load(made, '../no.parquet'), { code: 'DV_BAD_TABLE' })
  await t.throwsAsync(load(made, '../none.parquet'), { code: 'DV_NOT_FOUND' })
  await parquet(made, 'list.parquet', "SELECT 'a' AS path, ['x', NULL] AS tags")
  await t.throwsAsync(load(made, '../list.parquet'), { code: 'DV_BAD_TABLE', message: /NULL/ })
  await parquet(made, 'text.parquet', "SELECT 'a' AS path, 'seven' AS plate")
  const types = { plate: 'int64' } as const
  await t.throwsAsync(load(made, '../text.parquet', { types }), { code: 'DV_BAD_VALUE' })
  await t.throwsAsync(load(made, '../text.parquet', { path: { column: 'pth' } }), {
    code: 'DV_UNKNOWN_COLUMN',
  })
  await parquet(made, 'missing.parquet', "SELECT 'not/' || range AS path, 1 AS k FROM range(20)")
  await t.throwsAsync(load(made, '../missing.parquet'), {
    code: 'DV_NO_MATCH',
    message: /None of the 20 rows/,
  })
  t.deepEqual(await all(made), [])
})

test('what is exported as Parquet is imported as it was', async (t) => {
  const made = await testRepository(t, { a: '1', b: '2' })
  const scalar = fc.constantFrom('s', '1', '1.5', 'true', '2026-01-31', '["x"]', '[1, 2]', '[]')
  const values = fc.dictionary(fc.constantFrom('k', 'Plate 7', 'well', 'q"q'), scalar)
  await fc.assert(
    fc.asyncProperty(values, async (set) => {
      await made.repository.setMetadata({
        paths: ['a', 'b'],
        set,
        types: {},
        unset: ['k', 'Plate 7', 'well', 'q"q'],
      })
      const before = await all(made)
      fs.writeFileSync(path.join(made.root, '../out.parquet'), await exported(made))
      await made.repository.setMetadata({ paths: ['a', 'b'], set: {}, types: {}, unset: Object.keys(set) })
      t.deepEqual(await all(made), [])
      await load(made, '../out.parquet')
      t.deepEqual(await all(made), before)
    }),
    { numRuns: 10 },
  )
})

test('values of several types are numbers where all are, else text; names that differ in case are refused', async (t) => {
  const made = await testRepository(t, { a: '1', b: '2' })
  const set = (at: string, values: Record<string, string>) =>
    made.repository.setMetadata({ paths: [at], set: values, types: {}, unset: [] })
  await set('a', { n: '1', m: '1' })
  await set('b', { n: '1.5', m: 'x' })
  const input = await exported(made)
  await made.repository.setMetadata({ paths: ['a', 'b'], set: {}, types: {}, unset: ['n', 'm'] })
  const { columns } = await load(made, '-', { input, format: 'parquet' })
  t.deepEqual(
    columns.map(({ name, type }) => `${name} ${type}`),
    ['m string', 'n float64'],
  )
  await set('a', { N: '1' })
  await t.throwsAsync(exported(made), { code: 'DV_USAGE', message: /'N' and 'n'/ })
})
