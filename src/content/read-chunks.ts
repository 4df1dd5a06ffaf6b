// Chunks of stores that may be far away: what is wanted next is looked up together, and the blocks it lies in, with those
// of the bases they stand on, are read in few ranges, several at once, ahead of whoever takes the bytes.
import type { ChunkRef } from '../objects/index.js'
import { FetchedRanges } from '../storage/index.js'
import { blocksOf, ObjectStore, windowsOf } from '../store/index.js'
import { readChunkOf } from './chunk-of-recipe.js'
import { inOrder } from './in-order.js'

/** Raw bytes and chunks that are looked up together: few at first, so that the first bytes come soon. */
const BATCH_BYTES_FIRST = 1024 * 1024
const BATCH_BYTES = 16 * 1024 * 1024
const BATCH_CHUNKS = 4096
const BATCHES_AHEAD = 3
const HELD_BYTES = 96 * 1024 * 1024

/** The bytes of chunks, in the order given, each verified against its id. They are views that must not be changed. */
export async function* readChunks(
  store: ObjectStore,
  chunks: AsyncIterable<readonly ChunkRef[]>,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const ahead = new FetchedRanges(store.storage, HELD_BYTES)
  const reader = new ObjectStore(ahead.storage, { index: store.index })
  const fetch = async (batch: ChunkRef[]) => {
    signal?.throwIfAborted()
    const blocks = await blocksOf(
      store,
      batch.map(({ id }) => id),
    )
    const windows = windowsOf(blocks.filter(({ name, ...range }) => !ahead.holds(name, range)))
    await Promise.all(windows.map(({ name, ...range }) => ahead.fetch(name, range)))
    return batch
  }
  for await (const batch of inOrder(batchesOf(chunks), BATCHES_AHEAD, fetch)) {
    for (const chunk of batch) {
      signal?.throwIfAborted()
      yield await readChunkOf(reader, chunk)
    }
  }
}

async function* batchesOf(chunks: AsyncIterable<readonly ChunkRef[]>): AsyncGenerator<ChunkRef[]> {
  let batch: ChunkRef[] = []
  let bytes = 0
  let limit = BATCH_BYTES_FIRST
  for await (const some of chunks) {
    for (const chunk of some) {
      batch.push(chunk)
      bytes += chunk.length
      if (bytes < limit && batch.length < BATCH_CHUNKS) continue
      yield batch
      batch = []
      bytes = 0
      limit = Math.min(2 * limit, BATCH_BYTES)
    }
  }
  if (batch.length > 0) yield batch
}
