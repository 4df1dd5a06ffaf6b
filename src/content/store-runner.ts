// The part of a worker that reads files and stores their chunks.
import { DvError, isDvError, toPlainError } from '../base/index.js'
import {
  createKernel,
  type ChunkerParams,
  chunkerParams,
  cutBuffer,
  HISTORY_BYTES,
  type Kernel,
} from '../chunker/index.js'
import { blake3, type ChunkId, hashChunk, ID_BYTES } from '../hash/index.js'
import { type ObjectStore, StoreWriter } from '../store/index.js'
import { claimIn } from './claims.js'
import { displacedChunks, idsOf, preparePrevious, type Previous } from './displaced.js'
import { readExactly, withSourceFile } from './source-file.js'
import {
  type ChunkList,
  type ChunksTask,
  type Deliver,
  type FileResult,
  type HashTask,
  type RunnerOptions,
  type ScanTask,
  type StoreTask,
  type TaskResults,
} from './tasks.js'

/** Larger files are cut in regions, by all workers. */
export const WHOLE_BYTES_MAX = 16 * 1024 * 1024
export const REGION_BYTES = 8 * 1024 * 1024
const KERNEL_BYTES_MIN = 1024 * 1024
const HASH_BYTES = 1024 * 1024
const ATTEMPTS = 3

export class StoreRunner {
  readonly #options: RunnerOptions
  readonly #params: ChunkerParams
  readonly #store: ObjectStore
  readonly #deliver: Deliver | undefined
  #writer: StoreWriter | undefined
  #kernel: Kernel | undefined
  #hashBuffer: Buffer | undefined
  #previous: { list: ChunkList; path: string; prepared: Previous } | undefined

  constructor(options: RunnerOptions, store: ObjectStore, deliver?: Deliver) {
    this.#options = options
    this.#deliver = deliver
    this.#params = chunkerParams(options.chunkAvg)
    this.#store = store
  }

  async store({ paths, previous }: StoreTask): Promise<FileResult[]> {
    const results: FileResult[] = []
    for (const [i, path] of paths.entries()) {
      results.push(await attemptFile(() => this.#storeWhole(path, previous.get(i))))
    }
    return results
  }

  async hash({ paths }: HashTask): Promise<FileResult[]> {
    const results: FileResult[] = []
    for (const path of paths) results.push(await attemptFile(async () => this.#hashFile(path)))
    return results
  }

  /** The candidates of a region, which depend on the bytes before it too. */
  scan({ path, stat, offset, length }: ScanTask): Uint32Array {
    const kernel = this.#kernelFor(length)
    const history = Math.min(HISTORY_BYTES, offset)
    const read = (fd: number) => {
      readExactly(fd, kernel.input.subarray(0, length), { offset, path })
      const before = kernel.history.subarray(HISTORY_BYTES - history)
      if (history > 0) readExactly(fd, before, { offset: offset - history, path })
    }
    withSourceFile(this.#options.root, path, read, stat)
    return kernel.scan(length, history, this.#params)
  }

  async chunks({ path, stat, start, cuts, previous }: ChunksTask): Promise<ChunkList> {
    const end = cuts[cuts.length - 1]!
    const kernel = this.#kernelFor(end - start)
    const bytes = kernel.input.subarray(0, end - start)
    withSourceFile(this.#options.root, path, (fd) => readExactly(fd, bytes, { offset: start, path }), stat)
    const ends = cuts.map((cut) => cut - start)
    return this.#storeChunks(bytes, ends, {
      previous: previous && this.#prepare(path, previous),
      start,
      isEnd: end === stat.size,
    })
  }

  async finish(): Promise<TaskResults['finish']> {
    const packs = (await this.#writer?.finish()) ?? []
    const newBytes = this.#writer?.newBytes ?? 0
    const storedBytes = this.#writer?.storedBytes ?? 0
    this.#writer = undefined
    return { packs, newBytes, storedBytes }
  }

  abort(): void {
    this.#writer?.abort()
  }

  async #storeWhole(path: string, previous: ChunkList | undefined): Promise<FileResult> {
    const read = withSourceFile(this.#options.root, path, (fd, stat) => {
      if (stat.size > WHOLE_BYTES_MAX) return { stat }
      const kernel = this.#kernelFor(stat.size)
      const bytes = kernel.input.subarray(0, stat.size)
      readExactly(fd, bytes, { offset: 0, path })
      return { stat, bytes, kernel }
    })
    const { stat, bytes, kernel } = read
    if (!bytes || !kernel) return { stat, large: true }
    const content = hashChunk(bytes)
    if (stat.size === 0) return { stat, content }
    const cuts = cutBuffer(kernel, stat.size, this.#params)
    if (cuts.length === 1) {
      const writer = await this.#writerFor()
      await writer.writeChunk(content, bytes, previous && idsOf(previous))
      return { stat, content }
    }
    const prepared = previous && preparePrevious(previous)
    const chunks = await this.#storeChunks(bytes, cuts, { previous: prepared, start: 0, isEnd: true })
    return { stat, content, chunks }
  }

  async #storeChunks(
    bytes: Uint8Array,
    ends: readonly number[],
    where: { previous: Previous | undefined; start: number; isEnd: boolean },
  ): Promise<ChunkList> {
    const { previous, start, isEnd } = where
    const ids = ends.map((end, i) => hashChunk(bytes.subarray(ends[i - 1] ?? 0, end)))
    const lengths = Uint32Array.from(ends, (end, i) => end - (ends[i - 1] ?? 0))
    const bases = previous ? displacedChunks(previous, { ids, lengths, start, isEnd }) : undefined
    const writer = await this.#writerFor()
    for (const [i, id] of ids.entries()) {
      await writer.writeChunk(id, bytes.subarray(ends[i - 1] ?? 0, ends[i]), bases?.[i])
    }
    return { ids: joinIds(ids), lengths }
  }

  #hashFile(path: string): FileResult {
    return withSourceFile(this.#options.root, path, (fd, stat) => {
      this.#hashBuffer ??= Buffer.allocUnsafe(HASH_BYTES)
      if (stat.size <= HASH_BYTES) {
        const bytes = this.#hashBuffer.subarray(0, stat.size)
        readExactly(fd, bytes, { offset: 0, path })
        return { stat, content: hashChunk(bytes) }
      }
      const hasher = blake3.hasher()
      for (let offset = 0; offset < stat.size; offset += HASH_BYTES) {
        const bytes = this.#hashBuffer.subarray(0, Math.min(HASH_BYTES, stat.size - offset))
        readExactly(fd, bytes, { offset, path })
        hasher.update(bytes)
      }
      return { stat, content: hasher.digest() }
    })
  }

  async #writerFor(): Promise<StoreWriter> {
    if (!this.#writer) {
      // What all workers stored before the last finish is published by now, and claims on it are void.
      await this.#store.index.begin()
      const { claims, endedPacks, packBytes } = this.#options
      this.#writer = new StoreWriter(this.#store, {
        kind: 'data',
        claim: claimIn(claims),
        ...(endedPacks !== undefined && { endedPacks }),
        ...(packBytes !== undefined && { packBytes }),
        ...(this.#deliver && { deliver: this.#deliver }),
      })
    }
    return this.#writer
  }

  #prepare(path: string, list: ChunkList): Previous {
    if (this.#previous?.path !== path) this.#previous = { list, path, prepared: preparePrevious(list) }
    return this.#previous.prepared
  }

  #kernelFor(bytes: number): Kernel {
    if (!this.#kernel || this.#kernel.input.length < bytes) {
      const wanted = Math.max(KERNEL_BYTES_MIN, 2 ** Math.ceil(Math.log2(bytes)))
      this.#kernel = createKernel(wanted)
    }
    return this.#kernel
  }
}

export function joinIds(ids: readonly ChunkId[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * ID_BYTES)
  ids.forEach((id, i) => bytes.set(id, i * ID_BYTES))
  return bytes
}

/** Tries a file again when it changed under the reader; a file that fails for good gives its error, not an exception. */
async function attemptFile(work: () => Promise<FileResult>): Promise<FileResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (isDvError(error, 'DV_FILE_CHANGED') && attempt < ATTEMPTS) continue
      if (error instanceof DvError && isFileError(error)) return { error: toPlainError(error) }
      throw error
    }
  }
}

/** What is wrong with one file, as opposed to the store. */
function isFileError(error: DvError): boolean {
  return ['DV_FILE_CHANGED', 'DV_PERMISSION', 'DV_NOT_FOUND', 'DV_UNSAFE_PATH'].includes(error.code)
}
