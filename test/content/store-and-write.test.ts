import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { hashFiles } from '../../src/content/index.js'
import { hashChunk } from '../../src/hash/index.js'
import { makeInput } from '../vectors/inputs.js'
import { type Bench, contentBench, entryOf, storeAll, writeAll } from './builders.js'

const random = (length: number, seed: number) => makeInput({ kind: 'random', seed, length })
const text = (length: number, seed: number) => makeInput({ kind: 'text', seed, length })
const K = 1024

function fill(bench: Bench, files: Readonly<Record<string, Uint8Array>>): string[] {
  for (const [name, bytes] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(bench.source, name)), { recursive: true })
    fs.mkdirSync(path.dirname(path.join(bench.target, name)), { recursive: true })
    fs.writeFileSync(path.join(bench.source, name), bytes)
  }
  return Object.keys(files)
}

function assertSame(t: ExecutionContext, bench: Bench, names: readonly string[]): void {
  for (const name of names) {
    const [a, b] = [bench.source, bench.target].map((root) => fs.readFileSync(path.join(root, name)))
    t.true(a!.equals(b!), name)
  }
}

for (const workers of [0, 2]) {
  const how = workers === 0 ? 'without threads' : 'in worker threads'

  test(`files of any size are stored and written back ${how}`, async (t) => {
    const bench = contentBench(t)
    const large = Buffer.alloc(20 * K * K)
    text(3_000_000, 9).copy(large, 1_000_000)
    random(4_000_000, 8).copy(large, 9_000_000)
    const names = fill(bench, {
      empty: Buffer.alloc(0),
      one: random(1, 1),
      'below a chunk': random(32 * K - 1, 2),
      'a chunk': random(32 * K, 3),
      'over a chunk': random(32 * K + 1, 4),
      'deep/er/medium': text(100 * K, 5),
      'over a stretch': random(1_500_000, 6),
      large,
    })
    const { files } = await storeAll(bench, bench.pool('source', workers), names)
    t.deepEqual([...files.keys()], names)
    for (const name of names) {
      const bytes = fs.readFileSync(path.join(bench.source, name))
      t.is(files.get(name)!.stat.size, bytes.length)
      t.deepEqual(Buffer.from(files.get(name)!.content), Buffer.from(hashChunk(bytes)), name)
    }
    const written = await writeAll(bench, bench.pool('target', workers), files.values())
    assertSame(t, bench, names)
    for (const { path: name, stat } of written) {
      const now = fs.statSync(path.join(bench.target, name), { bigint: true })
      t.deepEqual([stat.size, stat.mtimeNs, stat.inode], [Number(now.size), now.mtimeNs, now.ino])
    }
    t.deepEqual(fs.readdirSync(path.join(bench.target, '../tmp')), [])
  })

  test(`many files at once keep their own bytes ${how}`, async (t) => {
    const bench = contentBench(t)
    const entries = Array.from({ length: 700 }, (_, i) => [`f${i}`, text(500 + i * 37, i + 1)] as const)
    const names = fill(bench, Object.fromEntries(entries))
    const { files } = await storeAll(bench, bench.pool('source', workers), names)
    await writeAll(bench, bench.pool('target', workers), files.values())
    assertSame(t, bench, names)
  })

  test(`files are made in place where nothing stands, and never over what does, ${how}`, async (t) => {
    const bench = contentBench(t)
    const names = fill(bench, { a: text(500, 1), b: text(600, 2), big: random(9 * K * K, 3) })
    const { files } = await storeAll(bench, bench.pool('source', workers), names)
    const pool = bench.pool('target', workers)
    await writeAll(bench, pool, files.values(), { isFresh: true })
    assertSame(t, bench, names)
    fs.writeFileSync(path.join(bench.target, 'a'), 'mine')
    const again = writeAll(bench, pool, [files.get('a')!], { isFresh: true })
    await t.throwsAsync(again, { code: 'DV_FILE_CHANGED' })
    t.is(fs.readFileSync(path.join(bench.target, 'a'), 'utf8'), 'mine')
  })

  test(`content that comes several times is stored once ${how}`, async (t) => {
    const bench = contentBench(t)
    const same = random(3 * K * K, 1)
    const names = fill(bench, Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`copy${i}`, same])))
    const { newBytes, packBytes } = await storeAll(bench, bench.pool('source', workers), names)
    // Two workers that meet in one instant may both store a chunk.
    const most = workers === 0 ? same.length : same.length * 1.1
    t.true(newBytes >= same.length && newBytes <= most)
    t.true(packBytes < most * 1.01)
    t.is((await storeAll(bench, bench.pool('source', workers), names)).newBytes, 0)
  })
}

test('what a failed store claimed is stored by the next one of the same pool', async (t) => {
  const bench = contentBench(t)
  const names = fill(bench, { a: random(50 * K, 1) })
  const pool = bench.pool('source', 0)
  await pool.run({ type: 'store', paths: names, previous: new Map() })
  // Ended, but never published: its writer was interrupted.
  await pool.runInAll({ type: 'finish' })
  const { files } = await storeAll(bench, pool, names)
  await writeAll(bench, bench.pool('target', 0), files.values())
  assertSame(t, bench, names)
})

test('an edited file takes little room, and reads back', async (t) => {
  const bench = contentBench(t)
  const before = text(2 * K * K, 1)
  const after = Buffer.concat([before.subarray(0, 900_000), Buffer.from('an edit'), before.subarray(900_010)])
  const names = fill(bench, { table: before, small: text(9000, 2) })
  const first = await storeAll(bench, bench.pool('source', 0), names)
  fill(bench, { table: after, small: Buffer.concat([text(9000, 2), Buffer.from('more')]) })
  const previous = new Map([...first.files].map(([name, file]) => [name, entryOf(file)]))
  const second = await storeAll(bench, bench.pool('source', 0), names, previous)
  t.true(second.packBytes < 4000, `${second.packBytes} bytes`)
  await writeAll(bench, bench.pool('target', 0), second.files.values())
  assertSame(t, bench, names)
})

test('a large file that was edited takes little room, and reads back', async (t) => {
  const bench = contentBench(t)
  const before = Buffer.concat(Array.from({ length: 9 }, (_, i) => text(2 * K * K, i + 1)))
  const edit = (at: number) => [before.subarray(at, at + 5_000_000), Buffer.from(`edit at ${at}`)]
  const after = Buffer.concat([
    ...edit(0),
    ...edit(5_000_000),
    ...edit(10_000_000),
    before.subarray(15_000_000),
  ])
  const names = fill(bench, { table: before })
  const pool = bench.pool('source', 2)
  const first = await storeAll(bench, pool, names)
  fill(bench, { table: after })
  const previous = new Map([['table', entryOf(first.files.get('table')!)]])
  const second = await storeAll(bench, pool, names, previous)
  t.true(second.packBytes < 30_000, `${second.packBytes} bytes`)
  await writeAll(bench, bench.pool('target', 2), second.files.values())
  assertSame(t, bench, names)
})

test('a file that is gone, or is none, fails with its name', async (t) => {
  const bench = contentBench(t)
  fill(bench, { a: text(10, 1), b: text(10, 2) })
  const pool = bench.pool('source', 0)
  const [a, gone, folder] = await pool.run({ type: 'store', paths: ['a', 'gone', '.'], previous: new Map() })
  t.true('content' in a!)
  t.true('error' in gone! && gone.error.code === 'DV_NOT_FOUND' && gone.error.message.includes("'gone'"))
  t.true('error' in folder!)
})

test('a large file that changes between its two passes fails as changed', async (t) => {
  const bench = contentBench(t)
  const names = fill(bench, { large: random(17 * K * K, 1) })
  const file = path.join(bench.source, 'large')
  for (const moment of ['scan', 'chunks', 'hash'] as const) {
    const pool = bench.pool('source', 0)
    const run = pool.run.bind(pool)
    let isChanged = false
    pool.run = (task) => {
      if (task.type === moment && !isChanged) {
        isChanged = true
        const fd = fs.openSync(file, 'r+')
        fs.writeSync(fd, moment, 5_000_000)
        fs.closeSync(fd)
      }
      return run(task)
    }
    await t.throwsAsync(storeAll(bench, pool, names), { code: 'DV_FILE_CHANGED', message: /'large'/ }, moment)
    await pool.close()
  }
})

test('hashFiles gives the content ids that storing gives, and leaves out what is gone', async (t) => {
  const bench = contentBench(t)
  const names = fill(bench, { a: text(10, 1), b: random(3 * K * K, 2), empty: Buffer.alloc(0) })
  const pool = bench.pool('source', 0)
  const wanted = [...names, 'gone'].map((name) => ({ path: name, size: 10 }))
  const hashed = []
  for await (const batch of hashFiles(wanted, { pool })) hashed.push(...batch)
  const { files } = await storeAll(bench, pool, names)
  t.deepEqual(
    hashed.map((file) => [file.path, Buffer.from(file.content)]),
    names.map((name) => [name, Buffer.from(files.get(name)!.content)]),
  )
})

test('a file whose chunk is damaged is not written, and what stood there stays', async (t) => {
  const bench = contentBench(t)
  const names = fill(bench, { a: random(50 * K, 1) })
  const { files } = await storeAll(bench, bench.pool('source', 0), names)
  const packs = path.join(bench.storage.properties.localRoot, 'packs')
  for (const entry of fs.readdirSync(packs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    const bytes = fs.readFileSync(file)
    bytes[1000]! ^= 1
    fs.chmodSync(file, 0o644)
    fs.writeFileSync(file, bytes)
  }
  fs.writeFileSync(path.join(bench.target, 'a'), 'what stood there')
  await t.throwsAsync(writeAll(bench, bench.pool('target', 0), files.values()), { code: 'DV_CORRUPT' })
  t.is(fs.readFileSync(path.join(bench.target, 'a'), 'utf8'), 'what stood there')
  t.deepEqual(fs.readdirSync(path.join(bench.target, '../tmp')), [])
})
