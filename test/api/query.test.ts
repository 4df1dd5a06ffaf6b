// dv query: what it answers, what it fetches, and what it must never read.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import type { QueryOptions, Reader } from '../../src/api/index.js'
import { readerOf } from '../../src/api/reader.js'
import { Stores } from '../../src/api/stores.js'
import { DvError } from '../../src/base/index.js'
import { readStoreFormat } from '../../src/repo/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { countingStorage } from '../helpers/counting-storage.js'
import { cat, PURGE } from '../helpers/purging.js'
import { pushed } from '../helpers/pushed.js'
import { collect, temporaryFolder, testRepository } from '../helpers/repository.js'
import { makeInput } from '../vectors/inputs.js'

const CELLS = 'cell,line\n1,AICS-13\n2,AICS-23\n3,AICS-23\n'
const FILES = {
  'cells.csv': CELLS,
  'cells/plate 7.tsv': 'well\tcount\nA1\t5\nA2\t6\n',
  'list.json': '[{"a": 1, "b": {"c": "x"}}, {"a": 2}]',
  'lines.jsonl': '{"a": 1}\n{"a": 2}\n',
  'notes.txt': 'no table\n',
}

const DROP = { paths: [], all: true, files: false, dryRun: false }

async function rows(reader: Reader, sql: string, options: Partial<QueryOptions> = {}): Promise<unknown[][]> {
  const { batches } = await reader.query({ sql, ...options })
  return (await collect(batches)).flat().map((row) => [...row])
}

async function world(t: ExecutionContext) {
  const made = await testRepository(t, FILES)
  made.write({ 'cells.csv': `${CELLS}4,AICS-10\n`, 'list.json': undefined, 'new.txt': 'new' })
  await made.commit('Second')
  return made
}

test('files, commits, refs and differences are tables that can be joined', async (t) => {
  const { repository } = await world(t)
  await repository.createTag({ name: 'v1', revision: 'HEAD~1', force: false })
  t.deepEqual(await rows(repository, 'SELECT path, size, extension FROM files ORDER BY path'), [
    ['cells.csv', 50n, 'csv'],
    ['cells/plate 7.tsv', 21n, 'tsv'],
    ['lines.jsonl', 18n, 'jsonl'],
    ['new.txt', 3n, 'txt'],
    ['notes.txt', 9n, 'txt'],
  ])
  const [second, first] = (
    await collect(
      repository.log({ revisions: [], paths: [], all: false, changes: false, topological: false }),
    )
  ).map(({ id }) => id)
  t.deepEqual(
    await rows(repository, 'SELECT id, parents, subject, author, time FROM commits ORDER BY time'),
    [
      [first, [], 'First', 'Ada', '2026-01-01 00:01:00'],
      [second, [first], 'Second', 'Ada', '2026-01-01 00:02:00'],
    ],
  )
  t.deepEqual(await rows(repository, 'SELECT * FROM refs ORDER BY name'), [
    ['main', 'branch', second],
    ['v1', 'tag', first],
  ])
  t.deepEqual(await rows(repository, "SELECT path, change FROM diff('v1', 'main') ORDER BY path"), [
    ['cells.csv', 'changed'],
    ['list.json', 'removed'],
    ['new.txt', 'added'],
  ])
  const both = "SELECT count(*) FROM diff('v1', 'main') a JOIN diff('main', 'v1') b USING (path)"
  t.deepEqual(await rows(repository, both), [[3n]])
  const last = 'SELECT path, subject FROM files JOIN commits ON commits.id = files."commit" ORDER BY path'
  t.deepEqual(await rows(repository, last), [
    ['cells.csv', 'Second'],
    ['cells/plate 7.tsv', 'First'],
    ['lines.jsonl', 'First'],
    ['new.txt', 'Second'],
    ['notes.txt', 'First'],
  ])
  t.deepEqual(await rows(repository, 'SELECT count(*) FROM files', { at: 'v1' }), [[5n]])
})

test('table files are read by their path, of any revision', async (t) => {
  const { repository } = await world(t)
  t.deepEqual(await rows(repository, "SELECT line, count(*) FROM 'cells.csv' GROUP BY ALL ORDER BY line"), [
    ['AICS-10', 1n],
    ['AICS-13', 1n],
    ['AICS-23', 2n],
  ])
  t.deepEqual(await rows(repository, `SELECT sum("count") FROM "cells/plate 7.tsv"`), [[11n]])
  t.deepEqual(await rows(repository, "FROM 'HEAD~1:list.json' ORDER BY a"), [
    [1n, { c: 'x' }],
    [2n, undefined],
  ])
  t.deepEqual(await rows(repository, "SELECT sum(a) FROM 'lines.jsonl'"), [[3n]])
  t.deepEqual(await rows(repository, "FROM 'cells.csv' EXCEPT FROM 'HEAD~1:cells.csv'"), [[4n, 'AICS-10']])
  await t.throwsAsync(rows(repository, "FROM 'notes.txt'"), { code: 'DV_BAD_SQL', message: /is no table/ })
  await t.throwsAsync(rows(repository, "FROM 'HEAD:list.json'"), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(rows(repository, "FROM 'nope:cells.csv'"), { code: 'DV_UNKNOWN_REVISION' })
})

test('what is wrong is told with its place and the nearest names', async (t) => {
  const { repository } = await world(t)
  const error = async (sql: string) => (await t.throwsAsync<DvError>(rows(repository, sql), undefined, sql))!
  const file = await error("SELECT *\nFROM 'cell.csv'")
  t.deepEqual([file.code, file.data], ['DV_BAD_SQL', { line: 2, column: 6, nearest: ['cells.csv'] }])
  t.deepEqual((await error('SELECT pth FROM files')).data['nearest'], ['path'])
  t.deepEqual((await error('FROM fils')).data['nearest'], ['files'])
  t.regex((await error('FROM cells.csv')).hint!, /in quotes: 'cells\.csv'/)
  t.is((await error("FROM diff('main')")).code, 'DV_BAD_SQL')
  t.is((await error("FROM diff('main', lower('V1'))")).code, 'DV_BAD_SQL')
  t.is((await error("FROM diff('main', 'nope')")).code, 'DV_UNKNOWN_REVISION')
  await t.throwsAsync(rows(repository, 'FROM files', { at: 'nope' }), { code: 'DV_UNKNOWN_REVISION' })
})

test('a table that is damaged is told by its line and column, and never read as something else', async (t) => {
  const late = `id,v\n${'1,a\n'.repeat(50_000)}`
  const { repository } = await testRepository(t, {
    'ragged.csv': 'a,b\n1,2\n3\n',
    'late.csv': `${late}2,b,c\n`,
    'latin.csv': Buffer.from('a,b\n1,caf\xe9\n', 'latin1'),
    'open.tsv': 'a\tb\n1\t"x\n',
    'twice.csv': 'a,a\n1,2\n',
    'wide.csv': Buffer.from('a,b\n1,2\n', 'utf16le'),
    'packed.csv.gz': gzipSync('a,b\n1\n'),
    'bad.jsonl': '{"a": 1}\n{"a": \n',
    'bad.parquet': 'PAR1 no',
    'bad.arrow': 'ARROW1 no',
    'empty.csv': '',
  })
  const fault = async (name: string) => {
    const error = (await t.throwsAsync<DvError>(
      rows(repository, `SELECT count(*) FROM '${name}'`),
      undefined,
      name,
    ))!
    t.true(error.message.includes(name) && !error.message.includes('derived'), error.message)
    return [error.code, error.data['line'], error.data['column']]
  }
  t.deepEqual(await fault('ragged.csv'), ['DV_BAD_TABLE', 3, 2])
  t.deepEqual(await fault('late.csv'), ['DV_BAD_TABLE', 50_002, 5])
  t.deepEqual(await fault('latin.csv'), ['DV_BAD_ENCODING', 2, 6])
  t.deepEqual(await fault('open.tsv'), ['DV_BAD_TABLE', 2, 3])
  t.deepEqual(await fault('twice.csv'), ['DV_BAD_TABLE', 1, undefined])
  t.deepEqual(await fault('wide.csv'), ['DV_BAD_ENCODING', undefined, undefined])
  t.deepEqual(await fault('packed.csv.gz'), ['DV_BAD_TABLE', 2, 2])
  t.deepEqual((await fault('bad.jsonl')).slice(0, 2), ['DV_BAD_TABLE', 2])
  t.deepEqual((await fault('bad.parquet'))[0], 'DV_BAD_TABLE')
  t.deepEqual((await fault('bad.arrow'))[0], 'DV_BAD_TABLE')
  t.deepEqual(await fault('empty.csv'), ['DV_BAD_TABLE', 1, undefined])
})

test('types are those of all rows: one that has another among its last is text, and names may differ in case', async (t) => {
  const { repository } = await testRepository(t, {
    'late.csv': `id,Id\n${'1,2\n'.repeat(30_000)}x,3\n`,
    'late.jsonl': `${'{"v": 1}\n'.repeat(30_000)}{"v": "x"}\n`,
    'tabs.tab': 'a\tb\n"1,5"\t2\n',
  })
  t.deepEqual(await rows(repository, "SELECT count(*), max(id), sum(Id_2) FROM 'late.csv'"), [
    [30_001n, 'x', 60_003n],
  ])
  t.deepEqual(await rows(repository, "SELECT count(*), min(v::VARCHAR) FROM 'late.jsonl'"), [
    [30_001n, '"x"'],
  ])
  t.deepEqual(await rows(repository, "FROM 'tabs.tab'"), [['1,5', 2n]])
})

test('nothing outside the tree is read, whatever a query names, and nothing is written', async (t) => {
  const { repository, root, commit } = await world(t)
  const secret = path.join(path.dirname(root), 'secret.csv')
  fs.writeFileSync(secret, 'a,b\n1,2\n')
  // Links of the tree lead out of it: what they lead to is no file of it.
  fs.symlinkSync('../secret.csv', path.join(root, 'link.csv'))
  fs.symlinkSync('..', path.join(root, 'through'))
  await commit('Links')
  fs.writeFileSync(path.join(root, 'untracked.csv'), 'a,b\n1,2\n')
  for (const from of [
    ...["'/etc/passwd'", `'${secret}'`, "'../secret.csv'", "'cells/../../secret.csv'", "'untracked.csv'"],
    ...[
      "'.dv/store/config'",
      "'*.csv'",
      "'http://127.0.0.1:1/a.csv'",
      "'s3://bucket/a.parquet'",
      "'file:///etc/passwd'",
    ],
    ...[
      "read_csv('/etc/passwd')",
      "read_text('cells.csv')",
      "glob('*')",
      "read_csv('cells.csv')",
      "sniff_csv('cells.csv')",
    ],
    ...[
      'duckdb_settings()',
      "query('FROM files')",
      "parquet_metadata('/etc/passwd')",
      "(SELECT 1 FROM read_blob('/etc/passwd'))",
      "'~/.netrc'",
      "'~root/x.csv'",
      `'${os.homedir()}/x.csv'`,
      "'**/*.parquet'",
      "'link.csv'",
      "'through/secret.csv'",
      "(SELECT getenv('HOME'))",
      'pragma_database_list()',
      'duckdb_databases()',
      "read_parquet(['/etc/passwd', '../secret.csv'])",
    ],
  ]) {
    const { code } = (await t.throwsAsync<DvError>(
      rows(repository, `SELECT * FROM ${from}`),
      undefined,
      from,
    ))!
    t.true(
      [
        'DV_BAD_SQL',
        'DV_BAD_ADDRESS',
        'DV_NO_STORE',
        'DV_UNKNOWN_PATH',
        'DV_BAD_REVISION',
        'DV_UNKNOWN_REVISION',
      ].includes(code),
      `${from}: ${code}`,
    )
  }
  for (const sql of [
    "SELECT getenv('HOME')",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    'LOAD httpfs',
    'PRAGMA enable_external_access',
    "EXPORT DATABASE 'stolen'",
    "SELECT * FROM files WHERE path IN (FROM glob('/etc/*'))",
    "COPY (FROM files) TO 'stolen.csv'",
    "ATTACH 'x.db'",
    'CREATE TABLE x AS FROM files',
    'PRAGMA database_list',
    'SET threads = 1',
    'INSTALL httpfs',
    'SELECT 1; SELECT 2',
  ])
    await t.throwsAsync(rows(repository, sql), { code: 'DV_BAD_SQL' }, sql)
  t.deepEqual(fs.readdirSync(root).sort(), [
    '.dv',
    'cells',
    'cells.csv',
    'lines.jsonl',
    'link.csv',
    'new.txt',
    'notes.txt',
    'through',
    'untracked.csv',
  ])
})

test('what someone puts into the folder of tables is not believed', async (t) => {
  const { repository, root } = await world(t)
  const before = await rows(repository, "FROM 'cells.csv'")
  const folder = path.join(root, '.dv/store/derived/query')
  const [table = ''] = fs.readdirSync(folder).filter((name) => name.startsWith('table-'))
  fs.writeFileSync(path.join(folder, table), 'cell,line\n9,FORGED\n')
  t.deepEqual(await rows(repository, "FROM 'cells.csv'"), before)
  fs.rmSync(path.join(folder, table))
  fs.symlinkSync('/etc/passwd', path.join(folder, table))
  t.deepEqual(await rows(repository, "FROM 'cells.csv'"), before)
  await rows(repository, 'FROM files')
  for (const name of fs.readdirSync(folder).filter((one) => one.endsWith('.json')))
    fs.truncateSync(path.join(folder, name), 20)
  t.is((await rows(repository, 'FROM files')).length, 5)
  for (const name of fs.readdirSync(folder).filter((one) => one.endsWith('.parquet')))
    fs.truncateSync(path.join(folder, name), 20)
  t.is((await rows(repository, 'FROM files')).length, 5)
  fs.rmSync(folder, { recursive: true })
  t.is((await rows(repository, 'FROM files')).length, 5)
})

test('a query of a store elsewhere moves only the table files that it names', async (t) => {
  const big = makeInput({ kind: 'random', seed: 1, length: 4_000_000 })
  const { root } = await testRepository(t, {
    ...FILES,
    'big.bin': big,
    'other.csv': makeInput({ kind: 'text', seed: 2, length: 1_000_000 }),
  })
  const home = temporaryFolder(t)
  const surroundings = { cwd: home, env: { HOME: home }, clock: Date.now, zone: 0 }
  const count = countingStorage(openDirectoryStorage(path.join(root, '.dv/store'), { readOnly: true }))
  const { storage } = count
  const view = {
    surroundings,
    storage,
    prefix: '',
    store: new ObjectStore(storage),
    format: await readStoreFormat(storage),
  }
  const reader = readerOf(
    new Stores(surroundings, new DvError('DV_NO_REPOSITORY', 'none here'), async () => view),
  )
  t.teardown(() => reader.close())
  count.reads.length = 0
  const at = 's3://bucket/data@main'
  t.deepEqual(await rows(reader, 'SELECT sum(size) FROM files', { at }), [
    [5_000_000n + BigInt(Object.values(FILES).join('').length)],
  ])
  t.is(count.bytes('chunks'), 0)
  t.is((await rows(reader, "FROM 'cells.csv'", { at })).length, 3)
  const moved = count.bytes('chunks')
  // It lies in a block with others, of at most 128 KiB.
  t.true(moved > 0 && moved <= 128 * 1024, `${moved} bytes`)
  t.is((await rows(reader, "FROM 'cells.csv'", { at })).length, 3)
  t.is((await rows(reader, "FROM 's3://bucket/data@main:cells.csv'", { at })).length, 3)
  t.is(count.bytes('chunks'), moved, 'what is kept is not fetched again')
  t.deepEqual(fs.readdirSync(home), ['.cache'])
})

test('a table file that is not here is fetched from its remote; out of reach it is absent', async (t) => {
  const { repository, remote } = await pushed(t, {
    'cells.csv': Buffer.from(CELLS),
    'b.bin': makeInput({ kind: 'random', seed: 3, length: 60_000 }),
  })
  await repository.drop(DROP)
  t.is((await rows(repository, "FROM 'cells.csv'")).length, 3)
  await repository.drop(DROP)
  fs.rmSync(path.join(repository.store, 'derived/query'), { recursive: true })
  fs.renameSync(remote, `${remote}-away`)
  await t.throwsAsync(rows(repository, "FROM 'cells.csv'"), { code: 'DV_ABSENT' })
  t.is((await rows(repository, 'FROM files')).length, 2)
})

test('a table file that was purged is told to be, and no copy of it is kept', async (t) => {
  const { repository } = await world(t)
  await rows(repository, "FROM 'cells.csv'")
  await repository.purge({ ...PURGE, paths: ['cells.csv'], files: true })
  await t.throwsAsync(rows(repository, "FROM 'cells.csv'"), { code: 'DV_PURGED' })
  const folder = path.join(repository.store, 'derived/query')
  const kept = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.startsWith('table-')) : []
  t.deepEqual(kept, [])
  await t.throwsAsync(cat(repository, 'cells.csv'), { code: 'DV_PURGED' })
})

test('answers are files too: CSV tells NULL from an empty text, JSON keeps digits, Parquet is one', async (t) => {
  const { repository, root } = await world(t)
  const sql = `SELECT NULL AS n, '' AS e, 'a"b' || chr(10) AS q, 9007199254740993 AS big, [1, NULL] AS list,
    {'d': DATE '2026-01-31'} AS struct, '\\x00\\xFF'::BLOB AS bytes, 1.50::DECIMAL(5, 2) AS exact, 'inf'::DOUBLE AS inf -- all`
  const bytes = async (format: 'csv' | 'json' | 'parquet') =>
    Buffer.concat(await collect(repository.queryBytes({ sql, format })))
  t.is(
    (await bytes('csv')).toString(),
    'n,e,q,big,list,struct,bytes,exact,inf\n,"","a""b\n",9007199254740993,"[1,null]","{""d"":""2026-01-31""}",\\x00ff,1.50,Infinity\n',
  )
  t.deepEqual(JSON.parse((await bytes('json')).toString()), {
    ...{ n: null, e: '', q: 'a"b\n', big: '9007199254740993', list: [1, null], struct: { d: '2026-01-31' } },
    ...{ bytes: '\\x00ff', exact: '1.50', inf: 'Infinity' },
  })
  t.is((await bytes('parquet')).toString('latin1', 0, 4), 'PAR1')
  const written = await repository.queryToFile({ sql: 'FROM files', format: 'parquet', file: 'out.parquet' })
  t.is(written.bytes, fs.statSync(path.join(root, 'out.parquet')).size)
  await t.throwsAsync(repository.queryToFile({ sql: 'FROM nope', format: 'csv', file: 'out.parquet' }), {
    code: 'DV_BAD_SQL',
  })
  t.is(written.bytes, fs.statSync(path.join(root, 'out.parquet')).size)
  t.deepEqual(
    fs.readdirSync(root).filter((name) => name.endsWith('.tmp')),
    [],
  )
  await t.throwsAsync(
    repository.queryToFile({ sql: 'FROM files', format: 'csv', file: 'no/such/folder.csv' }),
    { code: 'DV_NOT_FOUND' },
  )
})

test('queries run at once, are interrupted, and leave nothing behind', async (t) => {
  const { repository, root } = await world(t)
  const all = await Promise.all(
    Array.from({ length: 4 }, () => rows(repository, 'SELECT count(*) FROM files')),
  )
  t.deepEqual(
    all,
    Array.from({ length: 4 }, () => [[5n]]),
  )
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 300)
  const endless =
    'SELECT count(*) FROM files a, range(100000000000) b WHERE b.range % 7 = a.size GROUP BY a.path'
  await t.throwsAsync(
    async () =>
      rows(repository, endless, { signal: abort.signal }).catch((error: unknown) =>
        Promise.reject(new Error(String(error))),
      ),
    { message: /abort/i },
  )
  t.deepEqual(fs.readdirSync(path.join(root, '.dv/tmp')), [])
  t.deepEqual(
    fs.readdirSync(path.join(root, '.dv/store/derived/query')).filter((name) => name.endsWith('.tmp')),
    [],
  )
})
