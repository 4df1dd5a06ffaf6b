// dv diff of tables: two published versions of a data set, as a user would compare them.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { DiffOptions, DiffRecord, RowsOptions } from '../../src/api/index.js'
import { collect, NO_COMMIT_OPTIONS, testRepository, type TestRepository } from '../helpers/repository.js'

const ROWS: RowsOptions = { summary: false, required: true }
const DIFF: DiffOptions = { mergeBase: false, paths: [], content: false, context: 3, rows: ROWS }

function published(version: 2 | 3, file: string): Uint8Array {
  return fs.readFileSync(path.resolve('node_modules', `vega-datasets-${version}`, 'data', file))
}

async function diff({ repository }: TestRepository, options: Partial<DiffOptions>): Promise<DiffRecord[]> {
  return collect(repository.diff({ ...DIFF, ...options }))
}

const ofType = <T extends DiffRecord['type']>(records: DiffRecord[], type: T) =>
  records.filter((record): record is Extract<DiffRecord, { type: T }> => record.type === type)

async function twoVersions(t: Parameters<typeof testRepository>[0], ...names: string[]) {
  const files = (version: 2 | 3) => Object.fromEntries(names.map((name) => [name, published(version, name)]))
  const made = await testRepository(t, files(2))
  made.write(files(3))
  await made.commit('Version 3')
  return made
}

const VERSIONS = { from: 'HEAD~1', to: 'HEAD' }

test('the capitals of two published versions moved, each by its own row', async (t) => {
  const made = await twoVersions(t, 'us-state-capitals.json')
  const records = await diff(made, { ...VERSIONS, paths: ['us-state-capitals.json'] })
  t.deepEqual(
    records.map(({ type }) => type),
    ['diff', 'change', 'table', ...Array.from({ length: 50 }, () => 'row' as const), 'rows', 'summary'],
  )
  const [table] = ofType(records, 'table')
  t.deepEqual(
    [table!.key, table!.keySource, table!.rows],
    [['state'], 'automatic', { before: 50, after: 50 }],
  )
  const changed = ofType(records, 'row').find(
    (row) => row.change === 'changed' && row.key['state'] === 'Iowa',
  )
  t.deepEqual(changed, {
    ...{ type: 'row', change: 'changed', before: 15, after: 15, key: { state: 'Iowa' } },
    cells: [
      { column: 'lon', before: -93.620866, after: -93.6038358 },
      { column: 'lat', before: 41.590939, after: 41.5911079 },
    ],
  })
  t.deepEqual(ofType(records, 'rows')[0]!.cells, { lon: 50, lat: 50 })
})

test('bytes may differ where no row does', async (t) => {
  const made = await twoVersions(t, 'income.json')
  const records = await diff(made, { ...VERSIONS, paths: ['income.json'] })
  t.deepEqual(ofType(records, 'rows')[0], {
    ...{ type: 'rows', added: 0, removed: 0, changed: 0, unchanged: 520 },
    cells: {},
  })
})

test('a Parquet file of three million rows has a new type in one column', async (t) => {
  const made = await twoVersions(t, 'flights-3m.parquet')
  const rows = { summary: true, required: true, columns: ['delay', 'origin'] }
  const records = await diff(made, { ...VERSIONS, paths: ['flights-3m.parquet'], rows })
  const [table] = ofType(records, 'table')
  t.deepEqual(
    table!.columns.find(({ name }) => name === 'date'),
    { name: 'date', before: 'VARCHAR', after: 'TIMESTAMP' },
  )
  t.deepEqual(table!.rows, { before: 3_000_000, after: 3_000_000 })
  t.deepEqual(ofType(records, 'row'), [])
})

test('the working directory is compared as well, and leaves nothing behind', async (t) => {
  const made = await testRepository(t, { 'd/t.csv': 'id,v\n1,a\n2,b\n' })
  made.write({ 'd/t.csv': 'id,v\n2,c\n1,a\n' })
  const records = await diff(made, { paths: ['d/t.csv'], rows: { ...ROWS, key: ['id'] } })
  t.deepEqual(ofType(records, 'row'), [
    {
      ...{ type: 'row', change: 'changed', before: 2, after: 1, key: { id: '2' } },
      cells: [{ column: 'v', before: 'b', after: 'c' }],
    },
  ])
  t.deepEqual(fs.readdirSync(path.join(made.root, '.dv/tmp')), [])
})

test('rows that differ are a table of their own, printed or in a file', async (t) => {
  const made = await testRepository(t, { 't.csv': 'id,v,w\n1,a,x\n2,"b,",y\n3,c,z\n' })
  made.write({ 't.csv': 'id,v,w\n1,a,q\n3,c,z\n4,d,\n' })
  const options = { ...DIFF, paths: ['t.csv'], rows: ROWS }
  const bytes = await collect(made.repository.diffTableBytes({ ...options, format: 'json' }))
  const none = { before_v: null, after_v: null, before_w: null, after_w: null }
  t.deepEqual(
    Buffer.concat(bytes)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      {
        change: 'changed',
        before_row: 1,
        after_row: 1,
        count: 1,
        id: '1',
        ...none,
        before_w: 'x',
        after_w: 'q',
      },
      {
        change: 'removed',
        before_row: 2,
        after_row: null,
        count: 1,
        id: '2',
        ...none,
        before_v: 'b,',
        before_w: 'y',
      },
      { change: 'added', before_row: null, after_row: 3, count: 1, id: '4', ...none, after_v: 'd' },
    ],
  )
  const written = await made.repository.diffTableToFile({ ...options, format: 'csv', file: 'out.csv' })
  const text = made.read('out.csv')
  t.deepEqual(written, { file: 'out.csv', bytes: text.length })
  t.is(text.split('\n')[0], 'change,before_row,after_row,count,id,before_v,after_v,before_w,after_w')
  t.is(text.split('\n')[2], 'removed,2,,1,2,"b,",,y,')
  const bad = made.repository.diffTableToFile({ ...options, paths: ['*.csv'], format: 'csv', file: 'no.csv' })
  await t.throwsAsync(bad, { code: 'DV_NOT_A_TABLE' } as object)
  t.deepEqual(fs.readdirSync(made.root).sort(), ['.dv', 'out.csv', 't.csv'])
})

test('rows that differ are a Parquet file, typed as the table is', async (t) => {
  const made = await testRepository(t, {
    't.json': '[{"id": 1, "v": 1, "w": true}, {"id": 2, "v": 2, "w": false}]',
  })
  const { repository } = made
  const table = async (name: string, sql: string) =>
    void (await repository.queryToFile({ sql, format: 'parquet', file: name }))
  const first = `SELECT * FROM (VALUES (1, 9007199254740993, DATE '2026-01-31', 1.25::DECIMAL(9,2), 'x', [1]),
    (2, 5, NULL, 2.5, 'y', [2])) t (id, big, day, price, name, list)`
  await table('t.parquet', first)
  await made.commit('First')
  await table('t.parquet', first.replace('9007199254740993', '9007199254740995').replace('2.5, ', '3.5, '))
  made.write({ 't.json': '[{"id": 1, "v": 1.5, "w": false}, {"id": 2, "v": "two", "w": false}]' })
  const rowsOf = async (file: string) => {
    const options = { ...DIFF, paths: [file], rows: ROWS }
    await repository.diffTableToFile({ ...options, format: 'parquet', file: 'd.parquet' })
    await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Rows', paths: ['d.parquet'] })
    const { columns, batches } = await repository.query({ sql: "FROM 'd.parquet'" })
    const rows = (await collect(batches)).flat()
    return { types: Object.fromEntries(columns.map(({ name, type }) => [name, type])), rows }
  }
  const parquet = await rowsOf('t.parquet')
  t.like(parquet.types, {
    ...{ change: 'VARCHAR', before_row: 'BIGINT', id: 'INTEGER', before_big: 'BIGINT', after_day: 'DATE' },
    ...{ after_price: 'DECIMAL(9,2)', before_name: 'VARCHAR', after_list: 'VARCHAR' },
  })
  t.deepEqual(
    parquet.rows.map((row) => [row[4], row[5], row[6], row[10]]),
    [
      [1, 9007199254740993n, 9007199254740995n, undefined],
      [2, undefined, undefined, '3.50'],
    ],
  )
  const json = await rowsOf('t.json')
  t.like(json.types, { id: 'BIGINT', before_v: 'BIGINT', after_v: 'VARCHAR', after_w: 'BOOLEAN' })
  t.deepEqual(fs.readdirSync(path.join(made.root, '.dv/tmp')), [])
})

test('what a killed comparison left behind is cleared away a day later by the next', async (t) => {
  const made = await testRepository(t, { 't.csv': 'id,v\n1,a\n' })
  made.write({ 't.csv': 'id,v\n1,b\n' })
  const left = (name: string, hours: number) => {
    const folder = path.join(made.root, '.dv/tmp', name)
    fs.mkdirSync(folder)
    fs.writeFileSync(path.join(folder, 'before.csv'), 'id,v\n')
    const time = Date.now() / 1000 - hours * 3600
    fs.utimesSync(folder, time, time)
  }
  left('diff-dead', 25)
  left('diff-alive', 23)
  t.is(ofType(await diff(made, { paths: ['t.csv'] }), 'row').length, 1)
  t.deepEqual(fs.readdirSync(path.join(made.root, '.dv/tmp')), ['diff-alive'])
})

test('what cannot be compared by rows is refused where rows were asked for, else compared by lines', async (t) => {
  const made = await testRepository(t, { 't.csv': 'id,v\n1,a\n', 'o.json': '{"a": 1}\n', 'n.txt': 'x\n' })
  made.write({ 't.csv': 'id,v\n1,a\n2\n', 'o.json': '{"a": 2}\n', 'n.txt': 'y\n' })
  await t.throwsAsync(diff(made, { paths: ['t.csv'] }), {
    code: 'DV_BAD_TABLE',
    message: "Line 3, column 2 of 't.csv': the row has 1 cell, where the head has 2",
  } as object)
  for (const paths of [['o.json'], ['n.txt'], ['n.txt', 't.csv'], ['*.csv']]) {
    await t.throwsAsync(diff(made, { paths }), { code: 'DV_NOT_A_TABLE' } as object)
  }
  const records = await diff(made, {
    paths: ['t.csv'],
    content: true,
    rows: { summary: false, required: false },
  })
  t.deepEqual(ofType(records, 'table'), [])
  t.is(ofType(records, 'change')[0]!.content?.type, 'text')
  t.deepEqual(fs.readdirSync(path.join(made.root, '.dv/tmp')), [])
})
