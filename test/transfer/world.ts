// Stores with hand-made histories, and a check of whole stores: the law that every transfer must keep, done or not.
import type { ExecutionContext } from 'ava'
import { comparePaths, DvError } from '../../src/base/index.js'
import {
  type ChunkId,
  type CommitId,
  hashChunk,
  type ManifestId,
  sameId,
  toHex,
} from '../../src/hash/index.js'
import { readCommit, walkCommits } from '../../src/history/index.js'
import { openSegment, type Row } from '../../src/index/index.js'
import { buildManifest, editManifest, iterEntries, nodeChildren } from '../../src/manifest/index.js'
import { encodeCommit, type FileEntry, isFile } from '../../src/objects/index.js'
import { decodeBlock, decodeBlockHeader, packKey } from '../../src/pack/index.js'
import { iterChunks, writeRecipe } from '../../src/recipe/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { idOf, ObjectStore, StoreWriter } from '../../src/store/index.js'

export type Tree = Record<string, string | Buffer>

export const CHUNK_BYTES = 4096

export function newStore(storage: Storage = memoryStorage()): ObjectStore {
  return new ObjectStore(storage)
}

let time = 1_700_000_000_000

/** Records a tree as a commit. Chunks of a path that `base` also has stand on what they take the place of. */
export async function commitTree(
  store: ObjectStore,
  tree: Tree,
  options: { parents?: readonly CommitId[]; base?: Tree; message?: string; at?: number } = {},
): Promise<CommitId> {
  const { parents = [], base = {}, message = 'a commit', at } = options
  const data = new StoreWriter(store, { kind: 'data' })
  const nodes = new StoreWriter(store, { kind: 'node' })
  const entries: [string, FileEntry][] = []
  for (const path of Object.keys(tree).sort(comparePaths)) {
    const bytes = Buffer.from(tree[path]!)
    const displaced = base[path] === undefined ? [] : cut(Buffer.from(base[path])).map(hashChunk)
    entries.push([path, await fileEntry({ data, nodes }, bytes, displaced)])
  }
  const manifest = await writeManifest(store, nodes, { entries, parent: parents[0] })
  const id = await nodes.writeObject('commit', commitBytes(manifest, parents, message, at), parents[0])
  await publish(store, [data, nodes])
  return id
}

async function writeManifest(
  store: ObjectStore,
  nodes: StoreWriter,
  { entries, parent }: { entries: [string, FileEntry][]; parent: CommitId | undefined },
): Promise<ManifestId> {
  if (!parent) return buildManifest(nodes, entries)
  const { manifest } = await readCommit(store, parent)
  const edits = new Map<string, FileEntry | undefined>()
  for await (const batch of iterEntries(store, manifest))
    for (const [path] of batch) edits.set(path, undefined)
  for (const [path, entry] of entries) edits.set(path, entry)
  const ordered = [...edits].sort(([a], [b]) => comparePaths(a, b))
  return editManifest(nodes, manifest, ordered)
}

export function commitBytes(
  manifest: ManifestId,
  parents: readonly CommitId[],
  message: string,
  at = (time += 1000),
): Buffer {
  const signature = { name: 'A', email: 'a@example.org', time: at, zone: 0 }
  return encodeCommit({
    manifest,
    parents,
    author: signature,
    committer: signature,
    message,
    metadata: new Map(),
  })
}

export async function publish(store: ObjectStore, writers: readonly StoreWriter[]): Promise<void> {
  const packs = []
  for (const writer of writers) packs.push(...(await writer.finish()))
  await store.index.add(packs.map((ref) => ({ ref })))
}

async function fileEntry(
  { data, nodes }: { data: StoreWriter; nodes: StoreWriter },
  bytes: Buffer,
  displaced: readonly ChunkId[],
): Promise<FileEntry> {
  const chunks = []
  for (const [i, piece] of cut(bytes).entries()) {
    const id = hashChunk(piece)
    await data.writeChunk(id, piece, displaced[i] ? [displaced[i]] : [])
    chunks.push({ id, length: piece.length })
  }
  const content = hashChunk(bytes)
  const recipe = await writeRecipe(nodes, chunks, { content })
  return { kind: 'file', size: bytes.length, content, recipe }
}

function cut(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) pieces.push(bytes.subarray(at, at + CHUNK_BYTES))
  return pieces
}

/** The files of a commit, rebuilt chunk by chunk. */
export async function readTree(store: ObjectStore, commit: CommitId): Promise<Record<string, string>> {
  const { manifest } = await readCommit(store, commit)
  const tree: Record<string, string> = {}
  for await (const batch of iterEntries(store, manifest)) {
    for (const [path, entry] of batch) {
      const pieces: Uint8Array[] = []
      if (isFile(entry))
        for await (const chunks of iterChunks(store, entry))
          for (const { id } of chunks) pieces.push(await store.readChunk(id))
      tree[path] = Buffer.concat(pieces).toString('latin1')
    }
  }
  return tree
}

/** Holds that a store is whole: every item its index names is what its id says, every delta stands on full copies, and
 * whatever a node names is there too, whether or not a ref leads to it. Returns how many copies it has. */
export async function checkStore(t: { fail(message: string): unknown }, storage: Storage): Promise<number> {
  const store = newStore(storage)
  let copies = 0
  for (const ref of (await store.index.root()).segments) {
    const segment = await openSegment(storage, ref)
    for await (const rows of segment.rows()) {
      for (const row of rows) await checkRow(t, store, row)
      copies += rows.length
    }
  }
  return copies
}

async function checkRow(t: { fail(message: string): unknown }, store: ObjectStore, row: Row): Promise<void> {
  const block = await store.storage.get(packKey(row.pack), {
    offset: row.blockOffset,
    length: row.blockLength,
  })
  const header = decodeBlockHeader(block)
  const bases: Uint8Array[] = []
  for (const id of header.bases) bases.push(await store.readFullCopy(header.items[0]!.kind, id))
  const raw = decodeBlock(block, header, bases)
  let at = 0
  const item = header.items.find(({ length }) => (at += length) - length === row.offset)!
  const bytes = raw.subarray(row.offset, row.offset + row.length)
  if (!sameId(idOf(item.kind, bytes), row.id)) t.fail(`'${toHex(row.id)}' is damaged`)
  if (item.kind === 'chunk') return
  const { commits, manifests, recipes, values, chunks } = nodeChildren(item.kind, bytes)
  for (const id of [...commits, ...manifests, ...recipes, ...values, ...chunks])
    if (!(await store.has(id)))
      t.fail(`${item.kind} '${toHex(row.id)}' names '${toHex(id)}', which is not there`)
}

/** Whether every commit behind `tips` can be read to its last byte, and is the same in both. */
export async function sameHistories(
  t: ExecutionContext,
  [a, b]: readonly [ObjectStore, ObjectStore],
  tips: readonly CommitId[],
): Promise<void> {
  for await (const { id } of walkCommits(a, tips)) t.deepEqual(await readTree(b, id), await readTree(a, id))
}

export interface Counted extends Storage {
  calls: number
  /** Bytes that went in by put and putFile. */
  puts: string[]
}

type Fault = { at: number; mode: 'before' | 'after' }

/** The same storage, whose calls are counted, and of which the `fault.at`-th (from 1) fails: without having done
 * anything, or after it has. */
export function countedStorage(storage: Storage, fault?: Fault): Counted {
  const counted = { calls: 0, puts: [] as string[] }
  async function call<T>(work: () => Promise<T>): Promise<T> {
    const fails = ++counted.calls === fault?.at
    if (fails && fault.mode === 'before') throw broken()
    const result = await work()
    if (fails) throw broken()
    return result
  }
  return Object.assign(counted, {
    properties: storage.properties,
    get: (name: string, range?: { offset: number; length: number }) => call(() => storage.get(name, range)),
    getFile: (name: string, path: string) => call(() => storage.getFile(name, path)),
    size: (name: string) => call(() => storage.size(name)),
    put: (name: string, bytes: Uint8Array) => call(() => (counted.puts.push(name), storage.put(name, bytes))),
    putFile: (name: string, path: string) =>
      call(() => (counted.puts.push(name), storage.putFile(name, path))),
    list: (prefix: string) => storage.list(prefix),
    delete: (name: string) => call(() => storage.delete(name)),
    read: (name: string) => call(() => storage.read(name)),
    compareAndSwap: (name: string, expected: string | undefined, bytes: Uint8Array | undefined) =>
      call(() => storage.compareAndSwap(name, expected, bytes)),
    listMutable: (prefix: string) => call(() => storage.listMutable(prefix)),
    temporaryPath: () => storage.temporaryPath(),
    close: () => storage.close(),
  })
}

function broken(): DvError {
  return new DvError('DV_IO', 'The line is broken')
}
