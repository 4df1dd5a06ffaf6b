// The bytes of a recorded file: streamed, a range of them, or whole when they are few.
import { iterChunks } from '../recipe/index.js'
import type { FileEntry } from '../objects/index.js'
import { readChunkOf, readChunks } from '../content/index.js'
import type { ObjectReader, ObjectStore } from '../store/index.js'

export interface FileRange {
  offset?: number
  length?: number
  signal?: AbortSignal
}

/** The bytes of a file, chunk by chunk; only chunks that hold any of the range are read. The parts are views of a
 * cache: they must not be changed. */
export async function* readFile(
  reader: ObjectReader,
  file: FileEntry,
  { offset = 0, length = Infinity, signal }: FileRange = {},
): AsyncGenerator<Uint8Array> {
  const end = Math.min(file.size, offset + length)
  for await (const batch of iterChunks(reader, file, { offset, length: Math.max(0, end - offset) })) {
    for (const chunk of batch) {
      signal?.throwIfAborted()
      const bytes = await readChunkOf(reader, chunk)
      yield bytes.subarray(Math.max(0, offset - chunk.offset), Math.min(chunk.length, end - chunk.offset))
    }
  }
}

/** The same from a store that may be far away: in few requests, ahead of the reader. */
export async function* streamFile(
  store: ObjectStore,
  file: FileEntry,
  { offset = 0, length = Infinity, signal }: FileRange = {},
): AsyncGenerator<Uint8Array> {
  const end = Math.min(file.size, offset + length)
  let at: number | undefined
  async function* chunks() {
    for await (const batch of iterChunks(store, file, { offset, length: Math.max(0, end - offset) })) {
      at ??= batch[0]?.offset
      yield batch
    }
  }
  for await (const bytes of readChunks(store, chunks(), { ...(signal && { signal }) })) {
    yield bytes.subarray(Math.max(0, offset - at!), end - at!)
    at! += bytes.length
  }
}

/** A whole file in memory: the caller has looked at its size. */
export async function readWholeFile(reader: ObjectReader, file: FileEntry): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of readFile(reader, file)) parts.push(part)
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
