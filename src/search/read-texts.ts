// The texts of many files, which are mostly small: their first chunks are read together.
import { isDvError } from '../base/index.js'
import { readChunks } from '../content/index.js'
import type { ChunkRef, FileEntry } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { ObjectStore } from '../store/index.js'
import { TEXT_BYTES, textOf } from './text.js'

/** What no store here can read, whatever the reason: it counts as not here. */
const NOT_HERE = ['DV_ABSENT', 'DV_PURGED', 'DV_MISSING_OBJECT', 'DV_CORRUPT', 'DV_NOT_FOUND'] as const

/** The text of each file; undefined where its content is not here. */
export async function readTexts(
  store: ObjectStore,
  files: readonly FileEntry[],
  signal?: AbortSignal,
): Promise<(Uint8Array | string | undefined)[]> {
  const heads = await readHeads(store, files, signal)
  const texts: (Uint8Array | string | undefined)[] = []
  for (const [i, file] of files.entries()) {
    const head = heads[i]
    const read = (offset: number, length: number) => readRange(store, file, { offset, length })
    texts.push(head && (await orNotHere(() => textOf({ size: file.size, head, read }))))
  }
  return texts
}

async function readHeads(
  store: ObjectStore,
  files: readonly FileEntry[],
  signal?: AbortSignal,
): Promise<(Uint8Array | undefined)[]> {
  try {
    return await readTogether(store, files, signal)
  } catch (error) {
    if (!isNotHere(error)) throw error
    return Promise.all(
      files.map((file) => orNotHere(() => readRange(store, file, { offset: 0, length: TEXT_BYTES }))),
    )
  }
}

async function readTogether(
  store: ObjectStore,
  files: readonly FileEntry[],
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const counts: number[] = []
  const all: ChunkRef[] = []
  for (const file of files) {
    const before = all.length
    for await (const placed of iterChunks(store, file, { length: TEXT_BYTES })) all.push(...placed)
    counts.push(all.length - before)
  }
  async function* refs() {
    yield all
  }
  const chunks = readChunks(store, refs(), { ...(signal && { signal }) })
  const heads: Uint8Array[] = []
  for (const count of counts) {
    const parts: Uint8Array[] = []
    for (let i = 0; i < count; i++) parts.push((await chunks.next()).value as Uint8Array)
    const head = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    heads.push(head.subarray(0, TEXT_BYTES))
  }
  return heads
}

async function readRange(
  store: ObjectStore,
  file: FileEntry,
  { offset, length }: { offset: number; length: number },
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const end = Math.min(file.size, offset + length)
  for await (const placed of iterChunks(store, file, { offset, length })) {
    for (const { id, offset: at, length: chunkLength } of placed) {
      const bytes = await store.readChunk(id)
      parts.push(bytes.subarray(Math.max(0, offset - at), Math.min(chunkLength, end - at)))
    }
  }
  return Buffer.concat(parts)
}

async function orNotHere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isNotHere(error)) return undefined
    throw error
  }
}

function isNotHere(error: unknown): boolean {
  return NOT_HERE.some((code) => isDvError(error, code))
}
