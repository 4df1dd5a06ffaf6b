import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { Pool } from '../../src/content/index.js'
import { contentBench } from './builders.js'

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
