// Writes files of a checkout: small ones in batches, a large one by all workers at once into one temporary file.
import { type DvError, fromPlainError, isLoss, noProgress, type OnProgress } from '../base/index.js'
import { discardFile } from '../files/index.js'
import { ID_BYTES } from '../hash/index.js'
import type { Entry, FileEntry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { type Share, sharesOf } from './batches.js'
import { inOrder } from './in-order.js'
import type { Pool } from './pool.js'
import { chunkList, joinLists } from './store-files.js'
import { type ChunkList, FILE_FLAGS, type FilesToWrite, type FileStat } from './tasks.js'

const LARGE_BYTES = 32 * 1024 * 1024
const FILL_BYTES = 8 * 1024 * 1024

export interface EntryToWrite {
  path: string
  entry: FileEntry
  /** Nothing stands at the path, and the checkout is on record: see FILE_FLAGS. */
  isFresh?: boolean
  /** What stands at the path. */
  before?: Entry
}

export interface WrittenFile extends EntryToWrite {
  /** Right after it was put in its place. */
  stat: FileStat
}

/** A file whose contents cannot be read: what stands at its path stands there still. */
export interface LostFile extends EntryToWrite {
  lost: DvError
}

export type FileOutcome = WrittenFile | LostFile

export interface WriteFilesOptions {
  pool: Pool
  reader: ObjectReader
  /** A path for a new temporary file on the device of the working directory. */
  temporaryPath: () => string
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** Writes files, replacing what stands at their paths, and yields them, those that could be written in the order given. Their parents must exist.
 * Throws for the first that cannot be written; those before it are in place. One that cannot be read keeps no other from
 * being written. */
export async function* writeFiles(
  files: Iterable<EntryToWrite> | AsyncIterable<EntryToWrite>,
  options: WriteFilesOptions,
): AsyncGenerator<FileOutcome[]> {
  const { pool, onProgress = noProgress, signal } = options
  let done = 0
  const report = (bytes: number) => {
    done += bytes
    onProgress({ phase: 'Checking out', done, unit: 'bytes' })
  }
  const start = async (share: Share<Sized>) => {
    signal?.throwIfAborted()
    const [only] = share.files
    if (share.files.length === 1 && only!.size > LARGE_BYTES) return writeLarge(only!, options, report)
    const written = await writeShare(share, options)
    report(written.reduce((sum, { entry }) => sum + entry.size, 0))
    return written
  }
  yield* inOrder(sharesOf(sized(files)), pool.capacity, start)
}

type Sized = EntryToWrite & { size: number }

async function* sized(files: Iterable<EntryToWrite> | AsyncIterable<EntryToWrite>): AsyncGenerator<Sized> {
  for await (const file of files) yield { ...file, size: file.entry.size }
}

async function writeShare(
  { files, isLittle }: Share<Sized>,
  { pool, reader }: WriteFilesOptions,
): Promise<FileOutcome[]> {
  const { batch, unread } = await withChunks(reader, files)
  const { stats, lost, error } = await pool.run({ type: 'write', files: flat(batch) }, { isLittle })
  if (error) throw fromPlainError(error)
  const outcomes = batch.map((file, i): FileOutcome => {
    const { path, entry, size } = file
    const failure = lost.get(i)
    if (failure) return { ...file, lost: fromPlainError(failure) }
    const [mtimeNs, ctimeNs, inode] = stats.subarray(3 * i, 3 * i + 3)
    return { path, entry, stat: { size, mtimeNs: mtimeNs!, ctimeNs: ctimeNs!, inode: inode! } }
  })
  return [...outcomes, ...unread]
}

type WithChunks = Sized & { chunks: ChunkList }

/** The files with their chunks, and those whose recipes cannot be read. */
async function withChunks(
  reader: ObjectReader,
  files: readonly Sized[],
): Promise<{ batch: WithChunks[]; unread: LostFile[] }> {
  const batch: WithChunks[] = []
  const unread: LostFile[] = []
  for (const file of files) {
    try {
      const chunks = chunksOf(reader, file.entry)
      batch.push({ ...file, chunks: chunks instanceof Promise ? await chunks : chunks })
    } catch (error) {
      unread.push({ ...file, lost: lossOf(error) })
    }
  }
  return { batch, unread }
}

/** Throws what is no loss. */
function lossOf(error: unknown): DvError {
  if (isLoss(error)) return error
  throw error
}

function flat(batch: readonly WithChunks[]): FilesToWrite {
  return {
    paths: batch.map(({ path }) => path),
    sizes: Float64Array.from(batch, ({ size }) => size),
    flags: Uint8Array.from(batch, flagsOf),
    counts: Uint32Array.from(batch, ({ chunks }) => chunks.lengths.length),
    chunks: joinLists(batch.map(({ chunks }) => chunks)),
  }
}

function flagsOf({ entry, isFresh }: EntryToWrite): number {
  return (entry.kind === 'executable' ? FILE_FLAGS.executable : 0) | (isFresh ? FILE_FLAGS.fresh : 0)
}

async function writeLarge(
  file: EntryToWrite,
  options: WriteFilesOptions,
  report: (bytes: number) => void,
): Promise<FileOutcome[]> {
  const { path, entry } = file
  const { pool, reader, signal } = options
  const temporary = options.temporaryPath()
  const executable = entry.kind === 'executable'
  const fill = async (part: { offset: number; chunks: ChunkList }) => {
    signal?.throwIfAborted()
    await pool.run({ type: 'fill', temporary, ...part })
    report(part.chunks.lengths.reduce((sum, length) => sum + length, 0))
  }
  try {
    await pool.run({ type: 'prepare', temporary, size: entry.size, executable })
    for await (const _ of inOrder(parts(await chunksOf(reader, entry)), pool.capacity, fill));
    const stat = await pool.run({ type: 'place', temporary, path })
    return [{ path, entry, stat }]
  } catch (error) {
    discardFile(temporary)
    return [{ ...file, lost: lossOf(error) }]
  }
}

/** The chunks of a file; of an empty one, none. */
function chunksOf(reader: ObjectReader, entry: FileEntry): Promise<ChunkList> | ChunkList {
  if (entry.recipe.form !== 'whole') return chunkList(reader, entry)
  if (entry.size === 0) return { ids: new Uint8Array(0), lengths: new Uint32Array(0) }
  return { ids: entry.content, lengths: Uint32Array.of(entry.size) }
}

function* parts({ ids, lengths }: ChunkList): Generator<{ offset: number; chunks: ChunkList }> {
  let offset = 0
  for (let from = 0; from < lengths.length;) {
    let to = from
    let bytes = 0
    while (to < lengths.length && bytes < FILL_BYTES) bytes += lengths[to++]!
    yield {
      offset,
      chunks: { ids: ids.slice(from * ID_BYTES, to * ID_BYTES), lengths: lengths.slice(from, to) },
    }
    offset += bytes
    from = to
  }
}
