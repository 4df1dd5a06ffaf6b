// Files that are in memory rather than on disk: small ones, as a merge makes them.
import { corrupt } from '../base/index.js'
import { type ChunkerParams, createKernel, cutBuffer } from '../chunker/index.js'
import { hashChunk, sameId } from '../hash/index.js'
import type { FileEntry } from '../objects/index.js'
import { iterChunks, writeRecipe } from '../recipe/index.js'
import type { ObjectReader, ObjectWriter, StoreWriter } from '../store/index.js'
import { readChunkOf } from './chunk-of-recipe.js'
import { displacedChunks, preparePrevious } from './displaced.js'
import { knownChunks } from './store-files.js'

export interface StoreBytesOptions {
  /** Takes the chunks. */
  data: StoreWriter
  /** Takes the recipe. */
  nodes: ObjectWriter
  params: ChunkerParams
  /** The version it replaces, whose chunks may serve as bases. */
  previous?: FileEntry | undefined
}

/** Stores a file's bytes, cut as they would be on disk. They must not change until the promise resolves. Throws DV_PURGED
 * when they were purged. */
export async function storeBytes(
  bytes: Uint8Array,
  { data, nodes, params, previous }: StoreBytesOptions,
): Promise<Pick<FileEntry, 'size' | 'content' | 'recipe'>> {
  const content = hashChunk(bytes)
  const size = bytes.length
  ;(await nodes.purged()).refuse({ content })
  if (size === 0) return { size, content, recipe: { form: 'whole' } }
  const ends = cut(bytes, params)
  const ids = ends.map((end, i) => hashChunk(bytes.subarray(ends[i - 1] ?? 0, end)))
  const lengths = ends.map((end, i) => end - (ends[i - 1] ?? 0))
  const known = previous && (await knownChunks(nodes, previous))
  const old = known && preparePrevious(known)
  const bases = old && displacedChunks(old, { ids, lengths, start: 0, isEnd: true })
  for (const [i, id] of ids.entries()) {
    await data.writeChunk(id, bytes.subarray(ends[i - 1] ?? 0, ends[i]), bases?.[i])
  }
  const chunks = ids.map((id, i) => ({ id, length: lengths[i]! }))
  const recipe = await writeRecipe(nodes, chunks, { content, previous: previous?.recipe })
  return { size, content, recipe }
}

function cut(bytes: Uint8Array, params: ChunkerParams): number[] {
  if (bytes.length <= params.min) return [bytes.length]
  const kernel = createKernel(bytes.length)
  kernel.input.set(bytes)
  return cutBuffer(kernel, bytes.length, params)
}

/** The whole of a file, into one buffer: only for files known to be small. */
export async function readBytes(reader: ObjectReader, entry: FileEntry): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const batch of iterChunks(reader, entry)) {
    for (const chunk of batch) chunks.push(await readChunkOf(reader, chunk))
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length === entry.size && sameId(hashChunk(bytes), entry.content)) return bytes
  throw corrupt(`A file of ${entry.size} bytes is not what its chunks make`, { size: entry.size })
}
