// What a worker can be asked. Bytes of files never cross a thread; ids, lengths and paths do.
import type { DvError, DvErrorCode } from '../base/index.js'
import type { SegmentRef } from '../index/index.js'

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

/** Writes whole files from their chunks, each by a temporary file and a rename. */
export interface WriteTask {
  type: 'write'
  files: FileToWrite[]
}

export interface FileToWrite {
  path: string
  executable: boolean
  size: number
  chunks: ChunkList
}

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
  write: (FileStat | { error: PlainError })[]
  fill: undefined
  prepare: undefined
  place: FileStat
  /** `packs` are still to be published; a long write published others before. `newBytes` are before compression,
   * `storedBytes` those of all packs. */
  finish: { packs: readonly SegmentRef[]; newBytes: number; storedBytes: number }
}

export interface RunnerOptions {
  /** The folder of the local store. */
  storeRoot: string
  chunkAvg: number
  /** The working directory whose files are read or written. */
  root: string
  /** A folder on the same device for files under construction. */
  temporaryFolder: string
  claims: SharedArrayBuffer
}

/** A DvError as it crosses threads. */
export interface PlainError {
  code: DvErrorCode
  message: string
  hint?: string
  data: Record<string, unknown>
}

export function toPlainError(error: DvError): PlainError {
  return {
    code: error.code,
    message: error.message,
    data: error.data,
    ...(error.hint && { hint: error.hint }),
  }
}
