// What dv apply asks of a bucket, counted at the storage; and that it holds little however many lines there are.
import test from 'ava'
import { applyTo } from '../../src/api/apply.js'
import type { ApplyTarget } from '../../src/api/apply-target.js'
import { hashChunk } from '../../src/hash/index.js'
import { readCommit } from '../../src/history/index.js'
import { buildManifest, iterEntries, type PathEntry } from '../../src/manifest/index.js'
import { readRef, updateRef } from '../../src/refs/index.js'
import { createStoreFormat } from '../../src/repo/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { ObjectStore, StoreWriter } from '../../src/store/index.js'
import { countedStorage } from '../helpers/counted-storage.js'
import { commitBytes, publish } from '../transfer/world.js'

const FILES = 100_000
const REF = 'refs/heads/main'

async function largeBranch(): Promise<Storage> {
  const storage = memoryStorage()
  await createStoreFormat(storage, { avg: 131_072, now: 0 })
  const store = new ObjectStore(storage)
  const data = new StoreWriter(store, { kind: 'data' })
  const nodes = new StoreWriter(store, { kind: 'node' })
  const entries: PathEntry[] = []
  for (let i = 0; i < FILES; i++) {
    const bytes = Buffer.from(`the content of file ${i}`)
    const content = hashChunk(bytes)
    await data.writeChunk(content, bytes)
    const name = `d${String(Math.floor(i / 1000)).padStart(3, '0')}/f${String(i % 1000).padStart(3, '0')}`
    entries.push([name, { kind: 'file', size: bytes.length, content, recipe: { form: 'whole' } }])
  }
  const manifest = await buildManifest(nodes, entries)
  const target = await nodes.writeObject('commit', commitBytes(manifest, [], 'all'))
  await publish(store, [data, nodes])
  await updateRef(storage, REF, { expected: undefined, next: { target, operation: 'x', updated: 0 } })
  return storage
}

function targetOf(storage: Storage): ApplyTarget {
  const signature = { name: 'A', email: 'a@example.org', time: 0, zone: 0 }
  return {
    ...{ ref: REF, store: new ObjectStore(storage), isNear: false, signature },
    surroundings: { cwd: '/', env: {}, clock: () => 0, zone: 0 },
    format: {
      format: 1,
      id: '',
      chunker: { avg: 131_072 },
      features: { read: [], write: [], gc: [] },
      created: 0,
    },
    async move(expected, target) {
      await updateRef(storage, REF, { expected, next: { target, operation: 'apply-1', updated: 0 } })
    },
    async close() {},
  }
}

async function* linesOf(count: number, line: (i: number) => object): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.from(`${JSON.stringify(line(i))}\n`)
}

const FIXED = { target: '', message: 'x', create: false, dryRun: false }

test('one small put on a branch of 100,000 files moves its chunk, one manifest path and O(1) requests', async (t) => {
  const { storage, requests } = countedStorage(await largeBranch())
  const input = linesOf(1, () => ({ op: 'put', path: 'd042/new', data: 'hello' }))
  const result = await applyTo(targetOf(storage), { ...FIXED, input })
  const told = requests.map(({ operation, name, bytes }) => `${operation} ${name} ${bytes}`).join('\n')
  t.log(told)
  t.is(result.changes.added, 1)
  const writes = requests.filter(({ operation }) => /^(put|putFile|compareAndSwap)$/.test(operation))
  t.is(writes.length, 4, told)
  t.true(writes.reduce((sum, { bytes }) => sum + bytes, 0) < 10_000, told)
  t.true(requests.length <= 20, told)
  t.true(requests.reduce((sum, { bytes }) => sum + bytes, 0) < 1_000_000, told)
})

test('lines beyond what is held wait on disk in runs and come out in order', async (t) => {
  const storage = await largeBranch()
  const count = 70_000
  const input = linesOf(count, (i) => ({ op: 'put', path: `n${(i * 7919) % count}`, data: `${i % 100}` }))
  const result = await applyTo(targetOf(storage), { ...FIXED, input })
  t.is(result.changes.added, count)
  t.is(result.total.files, FILES + count)
  const stored = await readRef(storage, REF)
  const store = new ObjectStore(storage)
  const { manifest } = await readCommit(store, stored!.value.target)
  let seen = 0
  for await (const batch of iterEntries(store, manifest, { from: 'n' })) seen += batch.length
  t.is(seen, count)
})
