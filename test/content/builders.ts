import fs from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { Pool, type StoredFile, storeFiles, writeFiles, type WrittenFile } from '../../src/content/index.js'
import type { FileEntry } from '../../src/objects/index.js'
import { createDirectoryStorage, type DirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore, publishPacks, StoreWriter } from '../../src/store/index.js'
import { temporaryFolder } from '../storage/temporary.js'

export const CHUNK_AVG = 64 * 1024

export interface Bench {
  /** Folders: files to store, files written, temporary ones, the store. */
  source: string
  target: string
  storage: DirectoryStorage
  store: ObjectStore
  /** A pool that reads from `source`, or writes to `target`, closed with the test. */
  pool: (side: 'source' | 'target', workers: number) => Pool
}

export function contentBench(t: ExecutionContext): Bench {
  const folder = temporaryFolder(t)
  for (const name of ['source', 'target', 'tmp']) fs.mkdirSync(path.join(folder, name))
  const storeRoot = path.join(folder, 'store')
  const storage = createDirectoryStorage(storeRoot)
  t.teardown(() => storage.close())
  return {
    source: path.join(folder, 'source'),
    target: path.join(folder, 'target'),
    storage,
    store: new ObjectStore(storage),
    pool(side, workers) {
      const temporary = path.join(folder, 'tmp')
      const options = {
        storeRoot,
        chunkAvg: CHUNK_AVG,
        root: path.join(folder, side),
        temporaryFolder: temporary,
      }
      const pool = new Pool({ ...options, workers })
      t.teardown(() => pool.close())
      return pool
    },
  }
}

export interface StoredAll {
  files: Map<string, StoredFile>
  newBytes: number
  packBytes: number
}

/** Stores files of `source`, each against its previous entry, and publishes. */
export async function storeAll(
  bench: Bench,
  pool: Pool,
  names: readonly string[],
  previous: ReadonlyMap<string, FileEntry> = new Map(),
): Promise<StoredAll> {
  const nodes = new StoreWriter(bench.store, { kind: 'node' })
  const wanted = names.map((name) => {
    const before = previous.get(name)
    const { size } = fs.statSync(path.join(bench.source, name))
    return { path: name, size, ...(before && { previous: before }) }
  })
  const files = new Map<string, StoredFile>()
  for await (const batch of storeFiles(wanted, { pool, chunkAvg: CHUNK_AVG, nodes }))
    for (const stored of batch) files.set(stored.path, stored)
  const finished = await pool.runInAll({ type: 'finish' })
  const packs = [...finished.flatMap((result) => result.packs), ...(await nodes.finish())]
  await publishPacks(bench.storage, packs)
  await bench.store.index.refresh()
  return {
    files,
    newBytes: finished.reduce((sum, result) => sum + result.newBytes, 0),
    packBytes: packs.reduce((sum, pack) => sum + pack.offset + pack.length, 0),
  }
}

export function entryOf({ stat, content, recipe }: StoredFile): FileEntry {
  return { kind: 'file', size: stat.size, content, recipe }
}

/** Writes stored files to `target`. */
export async function writeAll(
  bench: Bench,
  pool: Pool,
  files: Iterable<StoredFile>,
  { isFresh = false } = {},
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = []
  let count = 0
  const temporaryPath = () => `${bench.target}/../tmp/large-${count++}`
  const wanted = [...files].map((file) => ({ path: file.path, entry: entryOf(file), isFresh }))
  for await (const batch of writeFiles(wanted, { pool, reader: bench.store, temporaryPath }))
    for (const file of batch) {
      if ('lost' in file) throw file.lost
      written.push(file)
    }
  return written
}
