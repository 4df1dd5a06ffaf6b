import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { ProgressEvent } from '../../src/base/index.js'
import { storeFiles, writeFiles, type StoredFile } from '../../src/content/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'
import { makeInput } from '../vectors/inputs.js'
import { CHUNK_AVG, contentBench, entryOf } from './builders.js'

test('progress counts bytes, within a large file too, up to what there is', async (t) => {
  const bench = contentBench(t)
  const sizes = { small: 1000, large: 40 * 1024 * 1024 }
  for (const [name, length] of Object.entries(sizes)) {
    fs.writeFileSync(path.join(bench.source, name), makeInput({ kind: 'text', seed: 1, length }))
  }
  const events: ProgressEvent[] = []
  const onProgress = (event: ProgressEvent) => void events.push(event)
  const nodes = new StoreWriter(bench.store, { kind: 'node' })
  const stored: StoredFile[] = []
  const pool = bench.pool('source', 2)
  const wanted = Object.entries(sizes).map(([name, size]) => ({ path: name, size }))
  for await (const batch of storeFiles(wanted, { pool, chunkAvg: CHUNK_AVG, nodes, onProgress }))
    stored.push(...batch)
  const finished = await pool.runInAll({ type: 'finish' })
  await publishPacks(bench.storage, [
    ...finished.flatMap((result) => result.packs),
    ...(await nodes.finish()),
  ])
  await bench.store.index.refresh()
  assertCounts()
  events.length = 0
  const files = stored.map((file) => ({ path: file.path, entry: entryOf(file) }))
  const temporaryPath = () => `${bench.target}/../tmp/large`
  const options = { pool: bench.pool('target', 2), reader: bench.store, temporaryPath, onProgress }
  for await (const _ of writeFiles(files, options));
  assertCounts()

  function assertCounts(): void {
    const counts = events.map(({ done }) => done)
    t.deepEqual(
      [...counts].sort((a, b) => a - b),
      counts,
    )
    t.is(counts.at(-1), sizes.small + sizes.large)
    t.true(counts.length > 4, `${counts.length} reports`)
    t.true(events.every(({ unit }) => unit === 'bytes'))
  }
})
