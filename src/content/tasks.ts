// What a worker can be asked. Bytes of files never cross a thread; ids, lengths and paths do.
import type { PlainError } from '../base/index.js'
import type { SegmentRef } from '../index/index.js'
import type { FinishedPack } from '../store/index.js'

/** Ids one after the other, 32 bytes each, with the length of each chunk. */
export interface ChunkList {
  ids: Uint8Array
  lengths: Uint32Array
}

/** What a file's stat was while it was read: exact integers. */
export interface FileStat {
  size: number
  mtimeNs: bigint
  ctimeNs: bigint
  inode: bigint
}

export interface StoreTask {
  type: 'store'
  paths: string[]
  /** By place in `paths`: the chunks of the version that this one replaces. */
  previous: Map<number, ChunkList>
}

export interface HashTask {
  type: 'hash'
  paths: string[]
}

/** One answer for each path of a StoreTask or HashTask. */
export type FileResult =
  | { stat: FileStat; content: Uint8Array; chunks?: ChunkList }
  /** Too large to be taken whole. */
  | { stat: FileStat; large: true }
  | { error: PlainError }

/** Candidates of one region of a large file that must still be as `stat` says. */
export interface ScanTask {
  type: 'scan'
  path: string
  stat: FileStat
  offset: number
  length: number
}

/** Stores the chunks of a large file that end at `cuts`, the first beginning at `start`. */
export interface ChunksTask {
  type: 'chunks'
  path: string
  stat: FileStat
  start: number
  cuts: number[]
  previous?: ChunkList
}

/** Writes whole files from their chunks. */
export interface WriteTask {
  type: 'write'
  files: FilesToWrite
}

/** Files by place, flat: a message of many small arrays costs more than the work. */
export interface FilesToWrite {
  paths: string[]
  sizes: Float64Array
  /** FILE_FLAGS of each. */
  flags: Uint8Array
  /** How many of the chunks are each file's. */
  counts: Uint32Array
  chunks: ChunkList
}

export const FILE_FLAGS = {
  executable: 1,
  /** Nothing stands at the path, and a checkout on record makes up for what a crash leaves half written there: the file
   * is made under its own name. Otherwise it is made elsewhere and renamed once it is whole. */
  fresh: 2,
} as const

/** Writes chunks at `offset` of a large file's temporary file, which is made at its final size by `prepare`. */
export interface FillTask {
  type: 'fill'
  temporary: string
  offset: number
  chunks: ChunkList
}

export interface PrepareTask {
  type: 'prepare'
  temporary: string
  size: number
  executable: boolean
}

export interface PlaceTask {
  type: 'place'
  temporary: string
  path: string
}

export interface FinishTask {
  type: 'finish'
}

export type Task =
  StoreTask | HashTask | ScanTask | ChunksTask | WriteTask | FillTask | PrepareTask | PlaceTask | FinishTask

export interface TaskResults {
  store: FileResult[]
  hash: FileResult[]
  scan: Uint32Array
  chunks: ChunkList
  /** Of the files before the first that could not be written: mtime and ctime in ns, and inode. Of those whose contents
   * cannot be read, by their place, why: of them nothing was written, and their stats are zeros. */
  write: { stats: BigInt64Array; lost: Map<number, PlainError>; error?: PlainError }
  fill: undefined
  prepare: undefined
  place: FileStat
  /** `packs` are still to be published; a long write published others before. `newBytes` are before compression,
   * `storedBytes` those of all packs. */
  finish: { packs: readonly SegmentRef[]; newBytes: number; storedBytes: number }
}

/** Takes a pack; when it resolves the index of the local store names what is in it. */
export type Deliver = (pack: FinishedPack) => Promise<void>

export interface RunnerOptions {
  /** The folder of the local store. */
  storeRoot: string
  chunkAvg: number
  /** The working directory whose files are read or written. */
  root: string
  /** A folder on the same device for files under construction. */
  temporaryFolder: string
  /** How many ended packs of a worker wait at most to be published; the writer's default when absent. */
  endedPacks?: number
  /** A pack of chunks ends when it has this many bytes; the writer's default when absent. */
  packBytes?: number
  /** Packs of chunks are not put into the store, but handed to the pool's owner. */
  delivers?: boolean
  claims: SharedArrayBuffer
}
