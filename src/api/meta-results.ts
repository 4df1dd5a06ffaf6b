// What `dv meta` answers.
import type { MetadataJson } from '../objects/index.js'
import type { MetaType } from './meta-types.js'
import type { ApplyResult, EntryKind } from './results.js'

/** A value as spec/14-apply.md, "Metadata", has it: what JSON cannot tell by itself is named by its type. */
export type TypedValue = MetadataJson

export interface MetaChanged {
  /** Paths that were meant. */
  paths: number
  /** Those of which something else is to be committed now. */
  changed: number
  /** Those whose conflicts of metadata, of a merge that waits, are settled now; absent: none. */
  settled?: number
  /** The types that values were given. */
  types: Record<string, MetaType>
}

export interface MetaCommitted extends MetaChanged {
  /** The commit it became. */
  applied: ApplyResult
}

/** The metadata of one path: its own, and what it inherits. Or that of a commit. */
export interface MetaItem {
  path?: string
  kind?: EntryKind
  /** Its id, where a commit was asked for. */
  commit?: string
  metadata: Record<string, TypedValue>
  /** Of names that are inherited: the directory they come from. */
  inherited: Record<string, string>
}

/** Metadata that went along when files were renamed. */
export interface MetadataKept {
  /** New paths that have it now, and the first of them. */
  count: number
  examples: { from: string; path: string }[]
  /** Files that are gone, whose content is at several new paths or was at several old ones: theirs went nowhere. */
  unclear: number
}

/** Metadata of paths that are not there: of files that went, or were renamed, before any commit had them. */
export interface MetadataDropped {
  count: number
  examples: string[]
}

/** What is to be committed at one path. */
export interface PendingMetadata {
  path: string
  set: Record<string, TypedValue>
  unset: string[]
  /** Nothing is there, neither here nor in the last commit: it will not be committed. */
  absent?: true
}

/** One name of metadata that differs; a side that lacks it is absent. */
export interface MetaChange {
  key: string
  before?: TypedValue
  after?: TypedValue
}

export interface MetaImported {
  rows: number
  /** Paths that are there, and those of which something else is to be committed now. */
  paths: number
  changed: number
  /** As in MetaChanged. */
  settled?: number
  /** Rows whose paths are not there, and the first of them. */
  missing: { count: number; examples: string[] }
  columns: { name: string; type: MetaType | 'mixed'; values: number }[]
  /** What was inferred and might not be meant. */
  warnings: string[]
  dryRun: boolean
}

export interface MetaImportCommitted extends MetaImported {
  /** The commit it became; with `dryRun` would become. */
  applied: ApplyResult
}
