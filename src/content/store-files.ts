// Stores files of a working directory: small ones in batches, a large one in regions by all workers at once. Two
// passes over a large file, both from the page cache: candidates in parallel, cuts in order, then chunks in parallel.
import { fromPlainError, isDvError, noProgress, type OnProgress, toPlainError } from '../base/index.js'
import { type ChunkerParams, chunkerParams, CutSelector } from '../chunker/index.js'
import { type ChunkId, type ContentId, ID_BYTES } from '../hash/index.js'
import type { ChunkRef, FileEntry, Recipe } from '../objects/index.js'
import { iterChunks, writeRecipe } from '../recipe/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'
import { type Share, sharesOf } from './batches.js'
import { inOrder } from './in-order.js'
import type { Pool } from './pool.js'
import { REGION_BYTES, WHOLE_BYTES_MAX } from './store-runner.js'
import { changed, sameStat, vanished } from './source-file.js'
import type { ChunkList, FileResult, FileStat } from './tasks.js'

/** A file to store: `previous` is the version it replaces, whose chunks may serve as bases. */
export interface FileToStore {
  path: string
  /** Bytes, as far as known: used to batch, not trusted. */
  size: number
  previous?: FileEntry
}

/** What was stored. `stat` is that of the moment it was read. */
export interface StoredFile {
  path: string
  stat: FileStat
  content: ContentId
  recipe: Recipe
}

export interface StoreFilesOptions {
  pool: Pool
  chunkAvg: number
  /** Where previous recipes are read and new ones written. */
  nodes: ObjectReader & ObjectWriter
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** Stores files and yields them in the order given, in batches. Throws for the first file that cannot be read, and
 * DV_PURGED for one that was purged: nothing of it is stored then. */
export async function* storeFiles(
  files: Iterable<FileToStore> | AsyncIterable<FileToStore>,
  options: StoreFilesOptions,
): AsyncGenerator<StoredFile[]> {
  const { pool, onProgress = noProgress, signal } = options
  let done = 0
  const work: Storing = {
    ...options,
    stored(bytes) {
      done += bytes
      onProgress({ phase: 'Storing', done, unit: 'bytes' })
    },
  }
  for await (const stored of inOrder(sharesOf(files), pool.capacity, (share) => storeShare(share, work))) {
    signal?.throwIfAborted()
    yield await stored()
  }
}

/** `stored` counts bytes of files as they are stored, for the progress line. */
type Storing = StoreFilesOptions & { stored: (bytes: number) => void }

/** The batch's results, and as a last step, in order, the recipes that must be written one after the other. */
async function storeShare(
  { files: batch, isLittle }: Share<FileToStore>,
  options: Storing,
): Promise<() => Promise<StoredFile[]>> {
  const { pool, nodes, signal } = options
  signal?.throwIfAborted()
  await refusePurged(batch, options)
  const previous = new Map<number, ChunkList>()
  for (const [i, file] of batch.entries()) {
    const known = file.previous && (await knownChunks(nodes, file.previous))
    if (known) previous.set(i, known)
    else if (file.previous) batch[i] = { path: file.path, size: file.size }
  }
  const paths = batch.map((file) => file.path)
  for (const { size } of batch) if (size > WHOLE_BYTES_MAX) pool.prepare(Math.ceil(size / REGION_BYTES))
  const results = await pool.run({ type: 'store', paths, previous }, { isLittle })
  options.stored(results.reduce((sum, result) => sum + ('content' in result ? result.stat.size : 0), 0))
  const whole = await Promise.all(
    results.map((result, i) =>
      'large' in result ? storeLarge(batch[i]!.path, result.stat, previous.get(i), options) : result,
    ),
  )
  return async () => {
    const stored: StoredFile[] = []
    for (const [i, result] of whole.entries()) stored.push(await toStored(batch[i]!, result, nodes))
    return stored
  }
}

/** What has the size of a purged file is hashed before any of it is stored. */
async function refusePurged(batch: readonly FileToStore[], { pool, nodes }: Storing): Promise<void> {
  const purged = await nodes.purged()
  const paths = batch.filter(({ size }) => purged.hasSize(size)).map(({ path }) => path)
  if (paths.length === 0) return
  const results = await pool.run({ type: 'hash', paths })
  for (const [i, result] of results.entries())
    if ('content' in result) purged.refuse({ content: result.content as ContentId }, paths[i])
}

/** The chunks of the version before; undefined when only a remote has its recipe, or it was purged: a base is never
 * needed. */
export async function knownChunks(nodes: ObjectReader, previous: FileEntry): Promise<ChunkList | undefined> {
  try {
    return await chunkList(nodes, previous)
  } catch (error) {
    if (isDvError(error, 'DV_ABSENT') || isDvError(error, 'DV_PURGED')) return undefined
    throw error
  }
}

async function toStored(file: FileToStore, result: FileResult, nodes: ObjectWriter): Promise<StoredFile> {
  if ('error' in result)
    throw result.error.code === 'DV_NOT_FOUND' ? vanished(file.path) : fromPlainError(result.error)
  if ('large' in result) throw new TypeError('a large file was not cut')
  const { stat, chunks } = result
  const content = result.content as ContentId
  const recipe: Recipe = chunks
    ? await writeRecipe(nodes, refsOf(chunks), { content, previous: file.previous?.recipe })
    : { form: 'whole' }
  return { path: file.path, stat, content, recipe }
}

/** Stores a file of many regions. */
async function storeLarge(
  path: string,
  stat: FileStat,
  previous: ChunkList | undefined,
  options: Storing,
): Promise<FileResult> {
  const { pool, signal } = options
  const params = chunkerParams(options.chunkAvg)
  const content = pool.run({ type: 'hash', paths: [path] }, { isLong: true })
  content.catch(() => {})
  const lists: ChunkList[] = []
  const stretches = cutStretches(path, stat, { pool, params })
  const store = (stretch: Stretch) => {
    signal?.throwIfAborted()
    return pool.run({ type: 'chunks', path, stat, ...stretch, ...(previous && { previous }) })
  }
  for await (const list of inOrder(stretches, pool.capacity * 2, store)) {
    lists.push(list)
    options.stored(list.lengths.reduce((sum, length) => sum + length, 0))
  }
  const [hashed] = await content
  if (!hashed || 'error' in hashed || 'large' in hashed) return hashed!
  if (!sameStat(stat, hashed.stat)) return { error: toPlainError(changed(path)) }
  return { stat, content: hashed.content, chunks: joinLists(lists) }
}

/** Chunks that lie together: from `start` to the last of `cuts`. */
interface Stretch {
  start: number
  cuts: number[]
}

async function* cutStretches(
  path: string,
  stat: FileStat,
  { pool, params }: { pool: Pool; params: ChunkerParams },
): AsyncGenerator<Stretch> {
  const selector = new CutSelector(params)
  const regions = Array.from({ length: Math.ceil(stat.size / REGION_BYTES) }, (_, i) => ({
    offset: i * REGION_BYTES,
    length: Math.min(REGION_BYTES, stat.size - i * REGION_BYTES),
  }))
  let start = 0
  const scan = async (region: { offset: number; length: number }) => ({
    length: region.length,
    candidates: await pool.run({ type: 'scan', path, stat, ...region }),
  })
  for await (const { length, candidates } of inOrder(regions, pool.capacity, scan)) {
    const cuts = selector.feed(candidates, length)
    if (selector.scanned === stat.size) cuts.push(...selector.end())
    if (cuts.length === 0) continue
    yield { start, cuts }
    start = cuts[cuts.length - 1]!
  }
}

/** All chunks of an entry, flat. */
export async function chunkList(reader: ObjectReader, entry: FileEntry): Promise<ChunkList> {
  const ids: Uint8Array[] = []
  const lengths: number[] = []
  for await (const batch of iterChunks(reader, entry)) {
    for (const { id, length } of batch) {
      ids.push(id)
      lengths.push(length)
    }
  }
  return { ids: Buffer.concat(ids), lengths: Uint32Array.from(lengths) }
}

function* refsOf({ ids, lengths }: ChunkList): Generator<ChunkRef> {
  for (let i = 0; i < lengths.length; i++) {
    yield { id: ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) as ChunkId, length: lengths[i]! }
  }
}

/** Chunks of several lists, one behind the other. */
export function joinLists(lists: readonly ChunkList[]): ChunkList {
  const lengths = new Uint32Array(lists.reduce((sum, list) => sum + list.lengths.length, 0))
  let at = 0
  for (const list of lists) {
    lengths.set(list.lengths, at)
    at += list.lengths.length
  }
  return { ids: Buffer.concat(lists.map((list) => list.ids)), lengths }
}
