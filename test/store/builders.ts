import { type ChunkId, hashChunk } from '../../src/hash/index.js'
import type { SegmentRef } from '../../src/index/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { ObjectStore, publishPacks, StoreWriter, type StoreWriterOptions } from '../../src/store/index.js'
import { makeInput } from '../vectors/inputs.js'

export interface TestChunk {
  id: ChunkId
  bytes: Buffer
}

export function chunkOf(bytes: Uint8Array | string): TestChunk {
  return { id: hashChunk(Buffer.from(bytes)), bytes: Buffer.from(bytes) }
}

export function textChunk(length: number, seed: number): TestChunk {
  return chunkOf(makeInput({ kind: 'text', seed, length }))
}

export function randomChunk(length: number, seed: number): TestChunk {
  return chunkOf(makeInput({ kind: 'random', seed, length }))
}

/** A chunk with some bytes of it replaced in the middle. */
export function edited(chunk: TestChunk, text: string): TestChunk {
  const at = chunk.bytes.length >> 1
  return chunkOf(Buffer.concat([chunk.bytes.subarray(0, at), Buffer.from(text), chunk.bytes.subarray(at)]))
}

/** A store in memory, and another reader of the same storage. */
export function memoryStore(): { storage: Storage; store: ObjectStore; reopened: () => ObjectStore } {
  const storage = memoryStorage()
  return { storage, store: new ObjectStore(storage), reopened: () => new ObjectStore(storage) }
}

/** Writes chunks by one writer, each against its bases, and publishes them. */
export async function publishChunks(
  store: ObjectStore,
  chunks: readonly (TestChunk & { bases?: readonly ChunkId[] })[],
  options: Partial<StoreWriterOptions> = {},
): Promise<readonly SegmentRef[]> {
  const writer = new StoreWriter(store, { kind: 'data', ...options })
  for (const { id, bytes, bases } of chunks) await writer.writeChunk(id, bytes, bases)
  const packs = await writer.finish()
  await publishPacks(store.storage, packs)
  await store.index.refresh()
  return packs
}
