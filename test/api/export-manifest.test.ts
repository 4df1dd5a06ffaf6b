// dv export-manifest: what other engines read is what dv says, whole or not there.
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import test, { type ExecutionContext } from 'ava'
import type { Reader } from '../../src/api/index.js'
import { blake3, toHex } from '../../src/hash/index.js'
import { openSql, type SqlRow } from '../../src/sql/index.js'
import { plates } from '../helpers/plates.js'
import { collect, testRepository } from '../helpers/repository.js'
import { clientOf, forServer, type RunningServer, startServer } from '../servers/index.js'
import { declareMissing } from '../servers/programs.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PYTHON = process.env['DV_SPARK_PYTHON'] ?? path.join(ROOT, '.servers/spark/bin/python')

/** Metadata of every type, inherited and own, keys called like columns, and nothing at all. */
const LINES: readonly object[] = [
  { op: 'put', path: 'README.md', data: 'Plates\n' },
  {
    op: 'put',
    path: 'labels.csv',
    data: 'id\n1\n',
    meta: { tags: ['labels', 'x'], size: 'large', commit: 7 },
  },
  {
    op: 'put',
    path: 'plates/p35/A01.tif',
    data: 'A01',
    meta: { reviewed: true, exposure: 0.25, note: 'é\n"' },
  },
  {
    op: 'put',
    path: 'plates/p35/A02.tif',
    data: 'A02 of 35',
    meta: { taken: { date: '2026-01-31T22:30:00.500Z' }, mixed: 1, at_commit: 'x' },
  },
  { op: 'put', path: 'plates/p36/A01.tif', data: 'A01 of 36', meta: { line: 'AICS-54', mixed: 'one' } },
  { op: 'put', path: 'plates/p37/Ü.tif', data: 'Ü', meta: { tags: [1, 'two'], exposure: 2 } },
  { op: 'meta', path: 'plates', set: { line: 'AICS-23' } },
  { op: 'meta', path: 'plates/p35', set: { plate: 35 } },
  { op: 'meta', path: 'plates/p36', set: { plate: 36 } },
  { op: 'meta', path: 'plates/p37', set: { plate: 37 } },
]
const ROWS = 10

async function world(t: ExecutionContext) {
  const made = await plates(t, LINES)
  return { ...made, tables: path.join(made.root, '../tables') }
}

async function query(reader: Reader, sql: string, at = 'data'): Promise<SqlRow[]> {
  return (await collect((await reader.query({ sql, at })).batches)).flat()
}

/** What DuckDB reads of all that was exported into a folder. */
async function read(folder: string, sql: string): Promise<SqlRow[]> {
  const db = await openSql({ temporary: `${folder}.tmp`, readable: [folder] })
  try {
    await db.run(
      `CREATE VIEW files AS FROM read_parquet('${folder}/*/*.parquet', hive_partitioning = true, union_by_name = true)`,
    )
    return await db.run(sql)
  } finally {
    await db.close()
  }
}

function namesIn(folder: string): string[] {
  return fs.readdirSync(folder).sort()
}

test('the files of a commit are rows of Parquet, sorted by path and cut into parts, with the columns of a query', async (t) => {
  const { repository, tables } = await world(t)
  const exported = await repository.exportManifest({ destination: tables, at: 'data', partRows: 4 })
  t.like(exported, { outcome: 'written', rows: ROWS, parts: 3 })
  t.is(exported.location, path.join(tables, `at_commit=${exported.commit}`))
  const names = ['path', 'size', 'id', 'line', 'plate', 'tags', 'taken', 'mixed', '"meta.size"', '"commit"']
  const sql = `SELECT ${names.join(', ')} FROM files ORDER BY path`
  const there = (await query(repository, sql)).map((row) => [...row])
  // An instant, which says so; and lists of several types, as JSON.
  for (const row of there) if (row[6] !== undefined) row[6] = `${String(row[6])}+00`
  t.deepEqual(await read(tables, sql), there)

  const record = JSON.parse(fs.readFileSync(path.join(exported.location, '_export.json'), 'utf8'))
  t.like(record, { format: 1, commit: exported.commit, rows: ROWS })
  t.deepEqual(
    record.columns.map(({ name }: { name: string }) => name),
    [
      ...['path', 'directory', 'name', 'extension', 'kind', 'size', 'id', 'commit'],
      ...['meta.at_commit', 'meta.commit', 'exposure', 'line', 'mixed', 'note', 'plate', 'reviewed'],
      ...['meta.size', 'tags', 'taken'],
    ],
  )
  let last = ''
  for (const { name, rows, bytes, blake3: sum } of record.parts) {
    const file = path.join(exported.location, name)
    t.deepEqual([fs.statSync(file).size, toHex(blake3.hash(fs.readFileSync(file)))], [bytes, sum])
    const paths = await read(tables, `SELECT path FROM '${file}'`)
    t.is(paths.length, rows)
    for (const [one] of paths) {
      t.true(last < String(one))
      last = String(one)
    }
  }
  t.deepEqual(namesIn(exported.location), [
    '_export.json',
    ...record.parts.map((part: { name: string }) => part.name),
  ])
})

test('several commits are one table with the column at_commit, and one without files has its columns', async (t) => {
  const { repository, tables, change } = await world(t)
  const first = await repository.exportManifest({ destination: tables, at: 'data' })
  await change([{ op: 'delete', path: 'plates/p35/A01.tif' }])
  const second = await repository.exportManifest({ destination: tables, at: 'data' })
  t.deepEqual(await read(tables, 'SELECT at_commit, count(*) FROM files GROUP BY ALL ORDER BY 2'), [
    [second.commit, BigInt(ROWS - 1)],
    [first.commit, BigInt(ROWS)],
  ])
  await repository.createBranch({ name: 'empty', start: 'main', force: false })
  await change([{ op: 'delete', path: 'main.txt' }], 'empty')
  const empty = await repository.exportManifest({ destination: `${tables}-2`, at: 'empty' })
  t.like(empty, { rows: 0, parts: 1 })
  t.deepEqual(await read(`${tables}-2`, 'SELECT path, "commit" FROM files'), [])
})

test('an export that is there stays as it is; one that is not whole, and what is none, are told', async (t) => {
  const { repository, tables } = await world(t)
  const options = { destination: tables, at: 'data', partRows: 4 }
  const { location, commit } = await repository.exportManifest(options)
  const [part] = namesIn(location).slice(1)
  const before = fs.statSync(path.join(location, part!))
  t.like(await repository.exportManifest({ ...options, partRows: 2 }), {
    outcome: 'there',
    rows: ROWS,
    parts: 3,
  })
  t.deepEqual(fs.statSync(path.join(location, part!)), before)
  fs.truncateSync(path.join(location, part!), 10)
  await t.throwsAsync(repository.exportManifest(options), { code: 'DV_CORRUPT', message: new RegExp(part!) })
  fs.writeFileSync(path.join(location, '_export.json'), 'no JSON')
  await t.throwsAsync(repository.exportManifest(options), { code: 'DV_CORRUPT' })
  fs.writeFileSync(path.join(location, '_export.json'), '{"format": 2}')
  await t.throwsAsync(repository.exportManifest(options), { code: 'DV_UNSUPPORTED' })
  fs.rmSync(path.join(location, '_export.json'))
  await t.throwsAsync(repository.exportManifest(options), { code: 'DV_WOULD_OVERWRITE' })
  fs.rmSync(location, { recursive: true })
  t.like(await repository.exportManifest(options), { outcome: 'written', commit })
})

test('what is interrupted leaves nothing, and of two at once one is there', async (t) => {
  const { repository, tables } = await world(t)
  const options = { destination: tables, at: 'data', partRows: 4 }
  await t.throwsAsync(repository.exportManifest({ ...options, ...abortedAt(8) }), { message: 'Enough' })
  t.deepEqual(namesIn(tables), [])
  const old = path.join(tables, `.at_commit=${'0'.repeat(64)}.beef.tmp`)
  fs.mkdirSync(old)
  fs.utimesSync(old, 1, 1)
  const both = await Promise.all([repository.exportManifest(options), repository.exportManifest(options)])
  t.is(both[0].location, both[1].location)
  t.deepEqual(namesIn(tables), [`at_commit=${both[0].commit}`])
  t.deepEqual(await read(tables, 'SELECT count(*) FROM files'), [[BigInt(ROWS)]])
})

/** Ends the work once so many rows are done. */
function abortedAt(rows: number) {
  const ending = new AbortController()
  const onProgress = ({ phase, done }: { phase: string; done: number }) => {
    if (phase === 'Exporting' && done >= rows) ending.abort(new Error('Enough'))
  }
  return { signal: ending.signal, onProgress }
}

test('a store, a web server and files without rows are no places for an export', async (t) => {
  const { repository, root } = await world(t)
  const throws = (destination: string, code: string) =>
    t.throwsAsync(repository.exportManifest({ destination }), { code })
  await throws('.dv/store', 'DV_USAGE')
  await throws('https://127.0.0.1:1/tables', 'DV_READ_ONLY')
  await throws('gs://bucket', 'DV_UNSUPPORTED')
  fs.writeFileSync(path.join(root, 'file'), '')
  await throws('file', 'DV_IO')
  await t.throwsAsync(repository.exportManifest({ destination: 'x', partRows: 0 }), { code: 'DV_USAGE' })
  await t.throwsAsync(repository.exportManifest({ destination: 'x', at: 'nothing' }), {
    code: 'DV_UNKNOWN_REVISION',
  })
})

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test('in a bucket an export is the same, goes on after an interruption, and is whole when its record is there', async (t) => {
    const { repository, tables } = await worldAt(t)
    const address = server.newAddress()
    // The endpoint is that of a remote in the same bucket.
    const options = { destination: address, at: 'data', partRows: 4 }
    await t.throwsAsync(repository.exportManifest({ ...options, partRows: 3, ...abortedAt(3) }), {
      message: 'Enough',
    })
    await t.throwsAsync(repository.exportManifest({ ...options, ...abortedAt(8) }), { message: 'Enough' })
    const left = await objects(address)
    t.is(left.size, 3)
    let exported
    const requests = await server.requestsDuring(async () => {
      exported = await repository.exportManifest(options)
    })
    t.like(exported, { outcome: 'written', rows: ROWS, parts: 3 })
    t.is(requests.filter(({ operation }) => operation === 'PutObject').length, 2)
    const { location } = await repository.exportManifest({ ...options, destination: tables })
    const local = new Map(namesIn(location).map((name) => [name, fs.readFileSync(path.join(location, name))]))
    const there = await objects(address)
    t.deepEqual(
      [...there.keys()].sort(),
      [...local.keys()].map((name) => `${path.basename(location)}/${name}`),
    )
    for (const [name, bytes] of local) t.deepEqual(there.get(`${path.basename(location)}/${name}`), bytes)
    t.like(await repository.exportManifest({ ...options, partRows: 3 }), { outcome: 'there', parts: 3 })
    t.is((await objects(address)).size, 4)
  })

  test('two exports at once into a bucket, cut otherwise, leave one', async (t) => {
    const { repository } = await worldAt(t)
    const options = { destination: server.newAddress(), at: 'data' }
    const both = await Promise.all(
      [3, 4, 5].map((partRows) => repository.exportManifest({ ...options, partRows })),
    )
    t.is(new Set(both.map(({ parts }) => parts)).size, 1)
    const there = await objects(options.destination)
    t.is(there.size, both[0]!.parts + 1)
  })

  test('the prefix of a store is no place for an export', async (t) => {
    const { repository, remote } = await worldAt(t)
    await repository.push({ refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false })
    await t.throwsAsync(repository.exportManifest({ destination: remote }), { code: 'DV_USAGE' })
  })

  async function worldAt(t: ExecutionContext) {
    const made = await testRepository(t, { 'a.txt': 'a' }, { env: server.env })
    const remote = server.newAddress()
    await made.repository.addRemote({ name: 'origin', url: remote, settings: server.settings })
    const { change } = await plates(t, LINES, made)
    return { ...made, change, remote, tables: path.join(made.root, '../tables') }
  }

  /** All objects below an address, by the rest of their keys. */
  async function objects(address: string): Promise<Map<string, Buffer>> {
    const [, , Bucket, prefix] = address.split('/')
    const s3 = clientOf(server)
    try {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix}/` }))
      const found = new Map<string, Buffer>()
      for (const { Key } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: Key! }))
        found.set(Key!.slice(prefix!.length + 1), Buffer.from(await Body!.transformToByteArray()))
      }
      return found
    } finally {
      s3.destroy()
    }
  }
})

if (!fs.existsSync(PYTHON))
  declareMissing("Spark is not here: '.ci/spark' installs it, DV_SPARK_PYTHON names a Python with pyspark")
else
  test('Spark answers from the files as dv does, of a subset and of all commits at once', async (t) => {
    const { repository, tables, change } = await world(t)
    await repository.exportManifest({ destination: tables, at: 'data', partRows: 3 })
    await change([{ op: 'meta', path: 'plates/p37', set: { line: 'AICS-13' } }])
    const { commit } = await repository.exportManifest({ destination: tables, at: 'data', partRows: 3 })
    const meant = [
      "line = 'AICS-23' AND plate > 35",
      "line = 'AICS-23' AND NOT plate > 35",
      'reviewed OR exposure >= 2',
      "tags IS NULL AND extension = 'tif' AND size > 3",
      "path LIKE 'plates/p3_/A01%' AND line IS NOT NULL",
    ]
    const sql = [
      'SELECT line, count(*) AS n, sum(size) AS bytes, avg(exposure) AS exposure FROM files GROUP BY line ORDER BY line NULLS FIRST',
      'SELECT path, `commit`, id, kind, plate, `meta.size`, note FROM files ORDER BY path',
      "SELECT path FROM files WHERE taken = TIMESTAMP '2026-01-31 22:30:00.500'",
    ]
    const spark = [
      ...meant.map(
        (where) => `SELECT path FROM files WHERE at_commit = '${commit}' AND (${where}) ORDER BY path`,
      ),
      ...sql.map((one) =>
        one
          .replace('FROM files', `FROM files WHERE at_commit = '${commit}'`)
          .replace(/WHERE (.*) WHERE/, 'WHERE $1 AND')
          .replace("500'", "500 UTC'"),
      ),
      'SELECT count(DISTINCT at_commit), count(*) FROM files',
    ]
    const answers = await askSpark(tables, spark)
    for (const [i, where] of meant.entries()) {
      const entries = await collect(repository.ls({ operands: ['data'], recursive: true, where }))
      t.true(entries.length > 0, where)
      t.deepEqual(
        answers[i],
        entries.map((entry) => [entry.path]),
        where,
      )
    }
    for (const [i, one] of sql.entries()) {
      const rows = (await query(repository, one.replaceAll('`', '"'))).map((row) =>
        row.map((value) => (typeof value === 'bigint' ? Number(value) : (value ?? null))),
      )
      t.true(rows.length > 0)
      t.deepEqual(answers[meant.length + i], rows, one)
    }
    t.deepEqual(answers.at(-1), [[2, 2 * ROWS]])
  })

async function askSpark(folder: string, statements: readonly string[]): Promise<unknown[][][]> {
  const script = path.join(ROOT, 'test/api/spark.py')
  return new Promise((resolve, reject) => {
    const child = execFile(PYTHON, [script, folder], (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.slice(-4000), { cause: error }))
      else resolve(JSON.parse(stdout))
    })
    child.stdin!.end(JSON.stringify(statements))
  })
}
