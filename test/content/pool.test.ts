import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { sameId } from '../../src/hash/index.js'
import { Pool } from '../../src/content/index.js'
import { contentBench, storeAll } from './builders.js'

test('a pool that was given nothing to do starts no worker, and closes', async (t) => {
  const pool = contentBench(t).pool('source', 2)
  t.deepEqual(await pool.runInAll({ type: 'finish' }), [])
  await pool.close()
  await pool.close()
  t.throws(() => pool.run({ type: 'hash', paths: [] }), { instanceOf: TypeError })
})

test('workers are used all, and each finishes what it stored', async (t) => {
  const bench = contentBench(t)
  for (let i = 0; i < 8; i++) fs.writeFileSync(path.join(bench.source, `${i}`), `file ${i}`)
  const pool = bench.pool('source', 2)
  const tasks = Array.from({ length: 8 }, (_, i) =>
    pool.run({ type: 'store', paths: [`${i}`], previous: new Map() }),
  )
  await Promise.all(tasks)
  const finished = await pool.runInAll({ type: 'finish' })
  t.is(finished.length, 2)
  t.is(
    finished.reduce((sum, { newBytes }) => sum + newBytes, 0),
    8 * 6,
  )
})

test('a failure of a worker keeps its code and its data', async (t) => {
  const bench = contentBench(t)
  for (const workers of [0, 1]) {
    const pool = bench.pool('source', workers)
    const stat = { size: 10, mtimeNs: 0n, ctimeNs: 0n, inode: 0n }
    const error = await t.throwsAsync(pool.run({ type: 'scan', path: 'gone', stat, offset: 0, length: 10 }), {
      code: 'DV_NOT_FOUND',
    })
    t.is((error as unknown as { data: { path: string } }).data.path, 'gone')
    t.deepEqual(await pool.run({ type: 'hash', paths: [] }), [])
  }
})

test('a worker that cannot start fails every task, and the pool still closes', async (t) => {
  const bench = contentBench(t)
  const pool = new Pool({
    storeRoot: path.join(bench.source, 'no such store'),
    chunkAvg: 64 * 1024,
    root: bench.source,
    temporaryFolder: bench.source,
    workers: 1,
  })
  await t.throwsAsync(pool.run({ type: 'hash', paths: [] }), { code: 'DV_NO_STORE' })
  await t.throwsAsync(pool.run({ type: 'hash', paths: [] }), { code: 'DV_NO_STORE' })
  await t.throwsAsync(pool.runInAll({ type: 'finish' }))
  await pool.close()
  t.pass()
})

test('little work starts no worker, more than a batch does; both give the same', async (t) => {
  const bench = contentBench(t)
  const write = (count: number) => {
    for (let i = 0; i < count; i++) fs.writeFileSync(path.join(bench.source, `${i}`), `file ${i}`)
    return Array.from({ length: count }, (_, i) => `${i}`)
  }
  const little = bench.pool('source', 1)
  const few = await storeAll(bench, little, write(256))
  t.is(little.started, 0)
  t.is(few.files.size, 256)
  const much = bench.pool('source', 1)
  const many = await storeAll(bench, much, write(257))
  t.is(much.started, 1)
  for (const [name, { content }] of few.files) t.true(sameId(many.files.get(name)!.content, content))
  t.is(many.newBytes, 'file 256'.length)
})

test('workers are prepared for the tasks that are to come, and never more than the pool may have', async (t) => {
  const pool = contentBench(t).pool('source', 2)
  pool.prepare(1)
  t.is(pool.started, 1)
  pool.prepare(70)
  t.is(pool.started, 2)
  t.deepEqual(await pool.run({ type: 'hash', paths: [] }), [])
  t.is(pool.started, 2)
  await pool.close()
})

test('what was stored and not finished is gone when the pool closes, in workers and here', async (t) => {
  const bench = contentBench(t)
  fs.writeFileSync(path.join(bench.source, 'a'), 'file a')
  for (const isLittle of [true, false]) {
    const pool = bench.pool('source', 1)
    await pool.run({ type: 'store', paths: ['a'], previous: new Map() }, { isLittle })
    t.is(temporaryPacks(bench.storage.properties.location), 1)
    await pool.close()
    t.is(temporaryPacks(bench.storage.properties.location), 0)
  }
})

function temporaryPacks(store: string): number {
  return fs.readdirSync(path.join(store, 'tmp')).length
}
