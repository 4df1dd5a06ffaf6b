// Commits that no dv would make, written byte by byte.
import { Writer } from '../../src/codec/index.js'
import { type CommitId, hashChunk } from '../../src/hash/index.js'
import { encodeCommit, NO_METADATA } from '../../src/objects/index.js'
import { branchRef, updateRef } from '../../src/refs/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore, publishPacks, StoreWriter } from '../../src/store/index.js'

/** What a forged tree holds at a path: a file's text, or where a link points. */
export type ForgedEntry = readonly [path: string, entry: string | { link: string }]

const KIND = { file: 0, link: 2 }
const CONTENT = Buffer.from('forged')

/** A leaf with these entries in this order; nothing is checked. Every file has the same few bytes. */
export function forgeLeaf(entries: readonly ForgedEntry[]): Buffer {
  const writer = new Writer().u8(1).u8(0).varint(entries.length)
  // In keys '/' and NUL change places.
  const keys = entries.map(([path]) =>
    Buffer.from(path.replace(/[/\0]/g, (char) => (char === '/' ? '\0' : '/'))),
  )
  const shared = keys.map((key, i) => sharedLength(keys[i - 1] ?? Buffer.alloc(0), key))
  for (const length of shared) writer.varint(length)
  keys.forEach((key, i) => writer.varint(key.length - shared[i]!))
  keys.forEach((key, i) => writer.raw(key.subarray(shared[i])))
  const files = entries.filter(([, entry]) => typeof entry === 'string')
  for (const [, entry] of entries) writer.u8(typeof entry === 'string' ? KIND.file : KIND.link)
  for (const _ of files) writer.varint(CONTENT.length)
  for (const _ of files) writer.raw(hashChunk(CONTENT))
  for (const [, entry] of entries) if (typeof entry !== 'string') writer.string(entry.link)
  return writer.done()
}

function sharedLength(a: Buffer, b: Buffer): number {
  let length = 0
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++
  return length
}

/** Puts chunks and recipe nodes into a store. */
export async function forgeItems(
  storeRoot: string,
  { chunks, nodes }: { chunks: readonly Uint8Array[]; nodes: readonly Uint8Array[] },
): Promise<void> {
  const storage = openDirectoryStorage(storeRoot)
  const store = new ObjectStore(storage)
  const data = new StoreWriter(store, { kind: 'data' })
  for (const bytes of chunks) await data.writeChunk(hashChunk(bytes), bytes)
  const recipes = new StoreWriter(store, { kind: 'node' })
  for (const bytes of nodes) await recipes.writeObject('recipe', bytes)
  await publishPacks(storage, [...(await data.finish()), ...(await recipes.finish())])
  storage.close()
}

/** Puts a commit with these bytes as its manifest into a store, under a branch. */
export async function forgeBranch(
  storeRoot: string,
  branch: string,
  manifest: Buffer,
  parents: readonly CommitId[] = [],
): Promise<CommitId> {
  const storage = openDirectoryStorage(storeRoot)
  const store = new ObjectStore(storage)
  const data = new StoreWriter(store, { kind: 'data' })
  await data.writeChunk(hashChunk(CONTENT), CONTENT)
  const nodes = new StoreWriter(store, { kind: 'node' })
  const who = { name: 'Eve', email: 'eve@example.org', time: 0, zone: 0 }
  const id = await nodes.writeObject(
    'commit',
    encodeCommit({
      manifest: await nodes.writeObject('manifest', manifest),
      parents,
      author: who,
      committer: who,
      message: 'forged',
      metadata: NO_METADATA,
    }),
  )
  await publishPacks(storage, [...(await data.finish()), ...(await nodes.finish())])
  await updateRef(storage, branchRef(branch), {
    expected: undefined,
    next: { target: id, operation: 'forged', updated: 0 },
  })
  storage.close()
  return id
}
