// What `dv diff` says of pictures and notebooks, behind their change. Format: spec/31-images.md
import type { TextHunk } from './diff-results.js'
import type { ImageShape } from '../images/index.js'

export type DetailRecord =
  ImageRecord | PlaneRecord | PixelsRecord | NotebookRecord | CellRecord | CellsRecord | UnreadRecord

/** Without a `pixels` record to follow: shapes or types differ, and pixels have no partners. */
export interface ImageRecord {
  type: 'image'
  path: string
  before: ImageShape
  after: ImageShape
  compared: boolean
}

/** Pixels that differ, and how far: the largest difference of two values, as text where it is beyond 2^53 or infinite. */
export interface PixelSums {
  pixels: number
  /** What they are called: of an array they are values. */
  unit: 'pixel' | 'value'
  changed: number
  largest: number | string
  /** Where a pixel has several values. */
  channels?: { changed: number; largest: number | string }[]
}

/** A plane that is not as it was; without sums: of another shape or type. */
export type PlaneRecord = { type: 'plane'; plane: string } & Partial<PixelSums>

export type PixelsRecord = {
  type: 'pixels'
  /** Planes that both versions have, of them changed ones, and those of one version. */
  planes: { compared: number; changed: number; added: number; removed: number }
} & PixelSums

export interface NotebookRecord {
  type: 'notebook'
  path: string
  /** The kernel and its language, where they differ; absent on a side that names none. */
  kernel?: { before?: string; after?: string }
}

/** A cell of a notebook that is not as it was. Cells count from 1. */
export interface CellRecord {
  type: 'cell'
  /** `moved`: its order among the others is another; it may have changed as well. */
  change: 'added' | 'removed' | 'changed' | 'moved'
  before?: number
  after?: number
  /** 'code', 'markdown', 'raw'. */
  kind: string
  id?: string
  /** Where it differs; all of it when the cell was added or removed. */
  source?: TextHunk[]
  /** What it showed, where that differs: 'image/png 12 kB', 'stdout 3 lines'. */
  outputs?: { before: OutputSummary[]; after: OutputSummary[] }
}

export interface OutputSummary {
  /** A media type, 'stdout', 'stderr' or 'error'. */
  kind: string
  lines?: number
  bytes?: number
  /** Of an error. */
  name?: string
  /** Stands at the same place of the other version, too. */
  same?: true
}

export interface CellsRecord {
  type: 'cells'
  added: number
  removed: number
  changed: number
  moved: number
  unchanged: number
}

/** What was begun could not be read to its end. */
export interface UnreadRecord {
  type: 'unread'
  path: string
  code: string
  message: string
}
