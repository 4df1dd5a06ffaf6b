// What `dv diff` and `dv show` say of changes: plain data, JSON-serialisable as it stands.
import type { DetailRecord } from './detail-results.js'
import type { MetaChange } from './meta-results.js'
import type { ChangeSums, EntryKind } from './results.js'
import type { TableRecord } from './table-results.js'

export type DiffRecord =
  | { type: 'diff'; from: DiffSide; to: DiffSide }
  | ({ type: 'change' } & DiffChange)
  /** Of a table that was asked for by name, behind its change: `table`, `row`s, `rows`. */
  | TableRecord
  /** Of a picture that was asked for by name, behind its change. */
  | DetailRecord
  /** The last one. `newBytes`: bytes of chunks that only the new side has; absent for a working directory,
   * and where only a remote knows. */
  | ({ type: 'summary'; newBytes?: number } & ChangeSums)

/** Without `commit`: the working directory. */
export interface DiffSide {
  name: string
  commit?: string
}

export interface DiffChange {
  status: 'added' | 'modified' | 'deleted' | 'renamed'
  path: string
  /** Of a renamed one. */
  from?: string
  kind: EntryKind
  kindBefore?: EntryKind
  /** Bytes on each side; 0 where it does not exist. */
  before: number
  after: number
  /** Metadata that differs, by name. */
  metadata?: MetaChange[]
  content?: ContentDiff
}

export type ContentDiff =
  | { type: 'text'; hunks: TextHunk[]; linesAdded: number; linesRemoved: number }
  | { type: 'bytes'; ranges: ByteRange[]; changedBytes: number }
  | { type: 'link'; before?: string; after?: string }
  | { type: 'purged'; time: number; reason: string }

export interface TextHunk {
  /** Lines count from 1. */
  beforeStart: number
  beforeLines: number
  afterStart: number
  afterLines: number
  /** Each begins with ' ', '+', '-', or '\' for "No newline at end of file"; no line ends. */
  lines: string[]
}

/** Bytes [start, start + length) of each side that were replaced by each other. */
export interface ByteRange {
  beforeStart: number
  beforeLength: number
  afterStart: number
  afterLength: number
}
