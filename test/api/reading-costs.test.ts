// What reading a store elsewhere moves, counted at its storage.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Stores } from '../../src/api/stores.js'
import { readerOf } from '../../src/api/reader.js'
import type { Reader } from '../../src/api/index.js'
import { DvError } from '../../src/base/index.js'
import { readCommit } from '../../src/history/index.js'
import type { Row } from '../../src/index/index.js'
import { lookupMany } from '../../src/manifest/index.js'
import type { FileEntry } from '../../src/objects/index.js'
import { type ChunkRange, iterChunks } from '../../src/recipe/index.js'
import { readRef } from '../../src/refs/index.js'
import { readStoreFormat } from '../../src/repo/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { makeLargeManifest } from '../bench/large-manifest.js'
import { type CountingStorage, countingStorage } from '../helpers/counting-storage.js'
import { collect, temporaryFolder, testRepository } from '../helpers/repository.js'
import { makeInput } from '../vectors/inputs.js'

interface Counted {
  reader: Reader
  count: CountingStorage
  /** The address of the store, as an operand has it. */
  url: string
}

/** Reads the store of a working directory as if it were far away, and counts. */
async function counted(t: ExecutionContext, root: string): Promise<Counted> {
  const surroundings = { cwd: temporaryFolder(t), env: {}, clock: Date.now, zone: 0 }
  const count = countingStorage(openDirectoryStorage(path.join(root, '.dv', 'store'), { readOnly: true }))
  const { storage } = count
  const view = {
    ...{ surroundings, storage, prefix: '' },
    store: new ObjectStore(storage),
    format: await readStoreFormat(storage),
  }
  const none = new DvError('DV_NO_REPOSITORY', 'none here')
  const reader = readerOf(new Stores(surroundings, none, async () => view))
  t.teardown(() => reader.close())
  count.reads.length = 0
  return { reader, count, url: 's3://bucket/data' }
}

/** Stored bytes of the blocks that chunks of files of main lie in, and of those of their bases, each once. */
async function blockBytes(root: string, files: readonly string[], range: ChunkRange = {}): Promise<number> {
  const store = new ObjectStore(openDirectoryStorage(path.join(root, '.dv', 'store')))
  const main = (await readRef(store.storage, 'refs/heads/main'))!.value.target
  const { manifest } = await readCommit(store, main)
  const blocks = new Map<string, number>()
  const add = (row: Row) => blocks.set(`${row.pack}:${row.blockOffset}`, row.blockLength)
  for (const entry of await lookupMany(store, manifest, files)) {
    for await (const batch of iterChunks(store, entry as FileEntry, range)) {
      for (const { id } of batch) {
        const row = (await store.chosenCopy(id))!
        add(row)
        for (const base of row.bases) add((await store.chosenCopy(base, { full: true }))!)
      }
    }
  }
  store.storage.close()
  return [...blocks.values()].reduce((sum, length) => sum + length, 0)
}

async function content(reader: Reader, options: { address: string; offset?: number; length?: number }) {
  return Buffer.concat(await collect((await reader.cat(options)).content))
}

function isWithin(t: ExecutionContext, moved: number, wanted: number): void {
  t.true(moved >= wanted && moved <= 1.1 * wanted, `${moved} bytes were read for ${wanted}`)
}

const BIG = makeInput({ kind: 'random', seed: 1, length: 24_000_000 })

test('a range of a large file reads the blocks that hold it, in one request, and the way there', async (t) => {
  const { root } = await testRepository(t, { 'big.bin': BIG, 'a.txt': 'a' })
  const { reader, count, url } = await counted(t, root)
  const range = { offset: 10_000_000, length: 100_000 }
  const bytes = await content(reader, { address: `${url}@main:big.bin`, ...range })
  t.true(bytes.equals(BIG.subarray(10_000_000, 10_100_000)))
  t.is(count.bytes('chunks'), await blockBytes(root, ['big.bin'], range))
  t.is(count.reads.filter(({ kind }) => kind === 'chunks').length, 1)
  t.true(count.bytes() - count.bytes('chunks') < 20_000, `${count.bytes()} bytes in all`)
  t.true(count.requests.length <= 10, count.requests.join('\n'))
})

test('a whole file is read in few large requests', async (t) => {
  const { root } = await testRepository(t, { 'big.bin': BIG })
  const { reader, count, url } = await counted(t, root)
  t.true((await content(reader, { address: `${url}@main:big.bin` })).equals(BIG))
  isWithin(t, count.bytes('chunks'), await blockBytes(root, ['big.bin']))
  t.true(count.requests.length <= 20, `${count.requests.length} requests`)
})

test('the second version of a file is read with the bases it stands on, each once', async (t) => {
  const text = makeInput({ kind: 'text', seed: 7, length: 8_000_000 })
  const made = await testRepository(t, { 'table.csv': text })
  const edited = Buffer.from(text)
  for (let at = 5000; at < edited.length; at += 100_000) edited.write('EDITED', at)
  made.write({ 'table.csv': edited })
  await made.commit('Edit')
  const { reader, count, url } = await counted(t, made.root)
  t.true((await content(reader, { address: `${url}@main:table.csv` })).equals(edited))
  isWithin(t, count.bytes('chunks'), await blockBytes(made.root, ['table.csv']))
  t.true(count.requests.length <= 24, `${count.requests.length} requests`)
})

test('get of a tenth of many files reads the blocks they lie in, not the packs', async (t) => {
  const names = Array.from(
    { length: 3000 },
    (_, i) => `f/${String(i % 10)}/${String(i).padStart(5, '0')}.bin`,
  )
  const files = Object.fromEntries(
    names.map((name, i) => [name, makeInput({ kind: 'random', seed: i + 1, length: 3000 + (i % 7) * 500 })]),
  )
  const { root } = await testRepository(t, files)
  const { reader, count, url } = await counted(t, root)
  const destination = path.join(temporaryFolder(t), 'out')
  const { written } = await reader.get({ address: `${url}@main:f/3`, destination, force: false })
  const wanted = names.filter((name) => name.startsWith('f/3/'))
  t.is(written.files, wanted.length)
  for (const name of wanted) {
    const got = fs.readFileSync(path.join(destination, path.basename(name)))
    if (!got.equals(files[name]!)) t.fail(name)
  }
  isWithin(t, count.bytes('chunks'), await blockBytes(root, wanted))
  t.true(count.requests.length <= 20, `${count.requests.length} requests`)
})

test('ls of a directory of a million entries reads at most five nodes', async (t) => {
  const root = path.join(temporaryFolder(t), 'work')
  await makeLargeManifest(root, { files: 1_000_000, copies: 10 })
  const { reader, count, url } = await counted(t, root)
  const found = await collect(reader.ls({ operands: [`${url}@main:data/part-000500`], recursive: false }))
  t.is(found.length, 1000)
  const nodes = count.reads.filter(({ kind }) => kind === 'nodes')
  t.true(nodes.length <= 5, `${nodes.length} blocks of nodes`)
  t.true(count.bytes() <= 5 * 128 * 1024, `${count.bytes()} bytes in all`)
  t.true(count.requests.length <= 12, count.requests.join('\n'))
})

test('ls of what an expression says of paths reads only there, and the way back to what is handed down', async (t) => {
  const root = path.join(temporaryFolder(t), 'work')
  await makeLargeManifest(root, { files: 100_000, copies: 100 })
  const { reader, count, url } = await counted(t, root)
  const nodes = async (where: string, files: number) => {
    count.reads.length = 0
    const operands = [`${url}@first:`]
    t.is((await collect(reader.ls({ operands, recursive: false, where }))).length, files)
    return { blocks: count.reads.filter(({ kind }) => kind === 'nodes').length, bytes: count.bytes('nodes') }
  }
  // The commit, the root, the leaves, and those where the directories above would stand.
  const few = [
    await nodes("path LIKE 'data/part-000050/image-000500%' AND size >= 0", 100),
    await nodes("path = 'flat/image-00095000.jpg'", 1),
    await nodes("path IN ('data/part-000010/image-00010000.jpg', 'flat/image-00095000.jpg')", 2),
    await nodes("directory = 'data/part-000051' AND size >= 0", 1000),
  ]
  const whole = await nodes('size >= 0', 100_000)
  for (const { blocks, bytes } of few) t.true(blocks <= 5 && bytes * 5 < whole.bytes, `${blocks} ${bytes}`)
})
