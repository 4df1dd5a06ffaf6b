// A database of the door: what a query may not do, what comes out of it, how it ends.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { DvError } from '../../src/base/index.js'
import { openSql, quoteName, quoteText, type Sql, type SqlRow, type SqlValue } from '../../src/sql/index.js'
import { temporaryFolder } from '../helpers/temporary.js'

async function open(t: ExecutionContext, readable: string[] = []): Promise<Sql> {
  const folder = temporaryFolder()
  const db = await openSql({ temporary: path.join(folder, 'temporary'), readable, threads: 2 })
  t.teardown(() => db.close())
  return db
}

async function rowsOf(db: Sql, sql: string): Promise<SqlRow[]> {
  const rows: SqlRow[] = []
  for await (const batch of (await db.query(sql)).batches) rows.push(...batch)
  return rows
}

async function failure(db: Sql, sql: string): Promise<DvError> {
  try {
    await rowsOf(db, sql)
  } catch (error) {
    if (error instanceof DvError) return error
    throw error
  }
  throw new Error(`'${sql}' was run`)
}

test('a query is one SELECT: what would write, set or load is refused', async (t) => {
  const db = await open(t)
  await db.run('CREATE TABLE kept AS SELECT 1 AS x')
  for (const sql of [
    'DROP TABLE kept',
    'INSERT INTO kept VALUES (2)',
    'UPDATE kept SET x = 2',
    'CREATE TABLE other AS SELECT 1',
    "COPY kept TO '/tmp/never.csv'",
    "ATTACH '/tmp/never.db'",
    'PRAGMA version',
    'SET threads = 9',
    'INSTALL httpfs',
    'LOAD httpfs',
    'CALL pragma_version()',
    "EXPORT DATABASE '/tmp/never'",
    'CHECKPOINT',
    'BEGIN',
    'EXPLAIN SELECT 1',
    'SELECT 1; DROP TABLE kept',
    'SELECT 1; SELECT 2',
    '',
    '  -- nothing',
    ';',
    'selec 1',
  ]) {
    const { code } = await failure(db, sql)
    t.is(code, 'DV_BAD_SQL', sql)
  }
  t.deepEqual(await db.run('FROM kept'), [[1]])
})

test('a query reads no file, no address and nothing of the machine', async (t) => {
  const folder = temporaryFolder()
  const readable = path.join(folder, 'readable')
  fs.mkdirSync(readable)
  fs.writeFileSync(path.join(folder, 'secret.csv'), 'a,b\n1,2\n')
  fs.symlinkSync('../secret.csv', path.join(readable, 'link.csv'))
  fs.symlinkSync('..', path.join(readable, 'up'))
  const db = await open(t, [readable])
  for (const from of [
    "'/etc/passwd'",
    `'${folder}/secret.csv'`,
    `'${readable}/link.csv'`,
    `'${readable}/up/secret.csv'`,
    `'${readable}/../secret.csv'`,
    `'${folder}/*.csv'`,
    "'http://127.0.0.1:1/a.parquet'",
    "'s3://bucket/a.parquet'",
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd')",
    "read_blob('/etc/passwd')",
    "parquet_metadata('/etc/passwd')",
    "sniff_csv('/etc/passwd')",
    "glob('/*')",
    "read_duckdb('/tmp/x.db')",
    'duckdb_settings()',
    'duckdb_secrets()',
    "enable_logging(storage = 'file', storage_path = '/tmp/never')",
    "query('SELECT 1')",
    "(SELECT (SELECT max(content) FROM read_text('/etc/passwd')))",
  ]) {
    const { code } = await failure(db, `SELECT * FROM ${from}`)
    t.is(code, 'DV_BAD_SQL', from)
  }
  // The same by statements of dv's own: it is DuckDB that has no access, not only the list of functions.
  for (const file of [
    '/etc/passwd',
    `${folder}/secret.csv`,
    `${readable}/link.csv`,
    `${readable}/up/secret.csv`,
  ])
    await t.throwsAsync(db.run(`FROM read_text(${quoteText(file)})`), { message: /has no access/ }, file)
  await t.throwsAsync(db.run("COPY (SELECT 1) TO '/tmp/never.csv'"), { message: /has no access/ })
  await t.throwsAsync(db.run('SET enable_external_access = true'), { message: /locked/ })
  fs.writeFileSync(path.join(readable, 'given.csv'), 'a,b\n1,2\n')
  t.deepEqual(await db.run(`FROM ${quoteText(path.join(readable, 'given.csv'))}`), [[1n, 2n]])
})

test('an error tells the line, the column in characters, and the nearest names', async (t) => {
  const db = await open(t)
  await db.run('CREATE TABLE files (path VARCHAR, size BIGINT)')
  const column = await failure(db, "SELECT 'é',\n\tsise FROM files")
  t.is(column.message, "Referenced column 'sise' not found in FROM clause (line 2, column 2)")
  t.is(column.hint, " sise FROM files\n ^\ndid you mean 'size'?")
  t.deepEqual(column.data, { line: 2, column: 2, nearest: ['size'] })
  const table = await failure(db, 'SELECT * FROM file')
  t.is(table.message, 'Table with name file does not exist (line 1, column 15)')
  t.deepEqual(table.data['nearest'], ['files'])
  const syntax = await failure(db, 'SELECT\n  FRM files')
  t.deepEqual([syntax.code, syntax.data['line']], ['DV_BAD_SQL', 2])
  const value = await failure(db, "SELECT CAST('x' || path AS INTEGER) FROM (SELECT 'a' AS path)")
  t.is(value.code, 'DV_QUERY_FAILED')
  const long = await failure(db, `SELECT ${'1 + '.repeat(100)}nope FROM files`)
  t.true(long.hint!.split('\n')[0]!.length <= 100)
  t.regex(long.hint!, /nope FROM files\n +\^/)
})

test('names of tables are found where DuckDB finds them, those of WITH left out', async (t) => {
  const db = await open(t)
  const tables = async (sql: string) => (await db.parse(sql)).tables.map(({ name }) => name).sort()
  t.deepEqual(await tables("SELECT * FROM 'a b/x.csv' JOIN files USING (path)"), ['a b/x.csv', 'files'])
  t.deepEqual(await tables(`WITH "y.csv" AS (FROM 'y.csv') FROM "y.csv"`), ['y.csv'])
  t.deepEqual(await tables('WITH a AS (FROM x), b AS (FROM a) SELECT * FROM A, b, c'), ['c', 'x'])
  t.deepEqual(
    await tables('WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, s WHERE n < 3) FROM r'),
    ['s'],
  )
  t.deepEqual(await tables('SELECT (SELECT max(x) FROM p) FROM q WHERE EXISTS (FROM r) AND x IN (FROM s)'), [
    'p',
    'q',
    'r',
    's',
  ])
  t.deepEqual(await tables(`SUMMARIZE 'x.csv'`), ['x.csv'])
  t.deepEqual(await tables(`DESCRIBE files`), ['files'])
  t.deepEqual(await tables(`SELECT '''quoted'' FROM no' -- FROM comment\nFROM yes`), ['yes'])
  const { tableFunctions, columns, star } = await db.parse("SELECT a.b, count(*) FROM diff('x', 1, 'y')")
  t.deepEqual(tableFunctions, [{ name: 'diff', texts: ['x', undefined, 'y'], position: 26 }])
  t.deepEqual([[...columns], star], [['a', 'b'], false])
})

test('values come as plain data', async (t) => {
  const db = await open(t)
  const { columns, batches } =
    await db.query(`SELECT 1::TINYINT AS small, 9007199254740993 AS big, 1.5::DOUBLE AS double,
    1.50::DECIMAL(9, 2) AS exact, NULL AS none, '' AS empty, true AS yes, '\\x00\\xFF'::BLOB AS bytes,
    DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 12:34:56.789' AS moment, [1, NULL, 3] AS list,
    {'a': 1, 'b': [DATE '2024-01-01']} AS struct, MAP {'k': 1} AS map, '{"a": 1}'::JSON AS json, 170141183460469231731687303715884105727 AS huge,
    INTERVAL 2 DAYS AS span, 'a'::ENUM('a', 'b') AS choice, 'nan'::DOUBLE AS nan`)
  const rows: SqlRow[] = []
  for await (const batch of batches) rows.push(...batch)
  t.deepEqual(rows, [
    [
      ...[1, 9007199254740993n, 1.5, '1.50', undefined, '', true, new Uint8Array([0, 255])],
      ...['2024-02-29', '2024-02-29 12:34:56.789', [1, undefined, 3], { a: 1, b: ['2024-01-01'] }],
      ...[[{ key: 'k', value: 1 }], '{"a": 1}', 2n ** 127n - 1n, '2 days', 'a', NaN],
    ],
  ])
  t.deepEqual(
    columns.slice(0, 4).map(({ name, type }) => `${name} ${type}`),
    ['small TINYINT', 'big BIGINT', 'double DOUBLE', 'exact DECIMAL(9,2)'],
  )
  t.is(columns.find(({ name }) => name === 'json')!.type, 'JSON')
})

test('rows that are put in come out', async (t) => {
  const db = await open(t)
  await db.run('CREATE TABLE t (n BIGINT, i BIGINT, x DOUBLE, s VARCHAR, b BOOLEAN, y BLOB, l VARCHAR[])')
  const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
  const row = fc.tuple(
    fc.nat(),
    ...[
      orNull(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
      orNull(fc.double()),
      orNull(fc.string({ unit: 'binary' })),
    ],
    ...[orNull(fc.boolean()), orNull(fc.uint8Array()), orNull(fc.array(orNull(fc.string())))],
  ) as fc.Arbitrary<SqlValue[]>
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      await db.run('DELETE FROM t')
      const numbered = rows.map(([, ...rest], n) => [BigInt(n), ...rest])
      t.is(await db.append('t', [numbered]), rows.length)
      t.deepEqual(await db.run('FROM t ORDER BY n'), numbered)
    }),
    { numRuns: 50 },
  )
  const many = Array.from({ length: 5000 }, (_, n) => [n])
  await db.run('CREATE TABLE many (n BIGINT)')
  await db.append('many', [many.slice(0, 4999), many.slice(4999)])
  t.deepEqual(await db.run('SELECT count(*), sum(n) FROM many'), [[5000n, 12497500n]])
})

test('parameters are values, never SQL', async (t) => {
  const db = await open(t)
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      const [row] = await db.run(
        `SELECT $1, ${quoteText(text.replaceAll('\0', ''))}, 1 AS ${quoteName(`n${text.replaceAll('\0', '')}`)}`,
        [text],
      )
      t.deepEqual(row, [text, text.replaceAll('\0', ''), 1])
    }),
    { numRuns: 50 },
  )
})

test('rows stream: a query of more rows than memory holds is left early, and several run at once', async (t) => {
  const db = await open(t)
  const { batches } = await db.query('SELECT * FROM range(1000000000000)')
  const other = await db.query('SELECT 42 AS x')
  const first = await batches.next()
  t.deepEqual(first.value![1], [1n])
  t.deepEqual(await other.batches.next().then(({ value }) => value), [[42]])
  await batches.return(undefined)
  t.true((await batches.next()).done)
})

test('an interrupted query ends, whatever it is doing', async (t) => {
  const db = await open(t)
  const abort = new AbortController()
  const running = db.query(
    'SELECT count(*) FROM range(100000000000) a WHERE a.range % 7 = 3 GROUP BY a.range % 5',
    {
      signal: abort.signal,
    },
  )
  setTimeout(() => abort.abort(), 50)
  const error: unknown = await running
    .then(({ batches }) => batches.next())
    .catch((reason: unknown) => reason)
  t.is(error, abort.signal.reason)
  t.deepEqual(await rowsOf(db, 'SELECT 1'), [[1]])
})

test('closing ends what still runs', async (t) => {
  const db = await open(t)
  const pending = db.query('SELECT count(*) FROM range(100000000000) GROUP BY range % 5')
  await new Promise((resolve) => setTimeout(resolve, 50))
  await Promise.all([db.close(), t.throwsAsync(async () => pending, { code: 'DV_INTERRUPTED' })])
})

test('closing right after a query was given ends it too', async (t) => {
  for (let i = 0; i < 20; i++) {
    const db = await openSql({ temporary: path.join(temporaryFolder(), 'temporary'), threads: 2 })
    const asked = [db.query('SELECT 1'), db.run('SELECT 1'), db.parse('SELECT 1')]
    await new Promise((resolve) => setTimeout(resolve, i / 2))
    await db.close()
    for (const { reason } of (await Promise.allSettled(asked)) as { reason?: unknown }[])
      if (reason !== undefined) t.like(reason, { code: 'DV_INTERRUPTED' })
  }
  t.pass()
})

test('a statement of dv that is interrupted ends, and the database goes on', async (t) => {
  const db = await open(t)
  const abort = new AbortController()
  const running = db.run(
    'SELECT count(*) FROM range(100000000000) a WHERE a.range % 7 = 3 GROUP BY a.range % 5',
    [],
    {
      signal: abort.signal,
    },
  )
  setTimeout(() => abort.abort(), 50)
  t.is(await running.catch((reason: unknown) => reason), abort.signal.reason)
  t.deepEqual(await db.run('SELECT 1'), [[1]])
})

test('what needs more memory than it may have goes to its folder, or fails as a query', async (t) => {
  const folder = temporaryFolder()
  const temporary = path.join(folder, 'temporary')
  const db = await openSql({ temporary, memory: 60_000_000, threads: 1 })
  const sql = 'SELECT range, md5(range::VARCHAR) AS h FROM range(2000000) ORDER BY h LIMIT 1 OFFSET 1999999'
  t.is((await rowsOf(db, sql)).length, 1)
  const { code } = await failure(
    db,
    "SELECT length(string_agg(range::VARCHAR || repeat('x', 1000), ',')) FROM range(1000000)",
  )
  t.is(code, 'DV_QUERY_FAILED')
  await db.close()
  t.deepEqual(fs.existsSync(temporary) ? fs.readdirSync(temporary) : [], [])
})
