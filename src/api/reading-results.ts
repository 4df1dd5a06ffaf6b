// What the verbs answer that read trees and files of a commit. See results.ts.
import type { PurgedFiles } from './purge-results.js'
import type { EntryKind, LostFiles, Sum } from './results.js'

export type * from './bisect-results.js'
export type * from './check-results.js'
export type * from './profile-results.js'

/** One entry of a listing; a directory stands for all below it when the listing is not recursive. */
export interface TreeEntry {
  path: string
  kind: EntryKind
  bytes: number
  /** Files below, of a directory. */
  files?: number
  /** BLAKE3 of the whole file. */
  content?: string
  /** Of a symlink. */
  target?: string
}

export interface CatResult {
  path: string
  /** Bytes of the whole file. */
  bytes: number
  content: AsyncIterable<Uint8Array>
}

/** What is kept on disk and can be had again: of stores elsewhere, and where stores cannot be written. */
export interface CacheInfo extends CacheCleared {
  /** It is kept below so many bytes. */
  limit: number
}

/** What was there before. */
export interface CacheCleared {
  directory: string
  entries: number
  bytes: number
  /** Tables of queries and words of searches, beside the store of the repository around; absent: there is no repository. */
  derived?: { directory: string; entries: number; bytes: number }
}

/** A store found below a folder or bucket. */
export interface PackageInfo {
  url: string
  /** Of its default branch; absent before the first commit. */
  head?: { branch?: string; id: string; short: string; time: number }
  tags: string[]
  /** Of the head's tree. */
  total?: Sum
  /** The first line of words of the README there. */
  description?: string
  /** Why it could not be read. */
  error?: { code: string; message: string }
}

export interface GetResult {
  /** Absolute path of the file, or of the folder that holds what was fetched. */
  destination: string
  written: Sum
  /** What was there already, with the same content. */
  kept: Sum
  /** Files that are not there because they were purged. */
  purged?: PurgedFiles
  /** Files that are not there because they cannot be read from the store. */
  lost?: LostFiles
}

export interface DuResult {
  /** Directories by path, the whole last ('' or the path asked for). */
  rows: (Sum & { path: string })[]
  total: Sum
  /** Of the store: what all commits take on disk. Absent for one that is not a folder. */
  storedBytes?: number
}

/** Where in a text the words stand that were looked for: UTF-16 units, each from and to before. */
export type SearchMarks = (readonly [from: number, to: number])[]

export interface SearchHit {
  kind: 'file' | 'executable' | 'symlink' | 'directory' | 'commit'
  /** Of an entry. */
  path?: string
  /** Of a commit. */
  commit?: string
  score: number
  /** Where in the path words stand. */
  pathMarks?: SearchMarks
  /** The first line of the file or the message that has a word, or some of it; `line` counts from 1. */
  extract?: { line: number; text: string; marks: SearchMarks }
}

export interface SearchResult {
  hits: SearchHit[]
  /** How many have all that was asked for. */
  total: number
  /** What was searched, and files whose text is not here. */
  searched: { entries: number; commits: number; notIndexed: number }
}

/** A column of a query's answer: its type as DuckDB writes it. */
export interface QueryColumn {
  name: string
  type: string
}

/** `undefined` is NULL; wide integers are bigint, decimals, dates and times text. */
export type QueryValue =
  undefined | boolean | number | bigint | string | Uint8Array | QueryValue[] | { [name: string]: QueryValue }

export interface QueryAnswer {
  columns: QueryColumn[]
  /** Must be read to their end, or left. */
  batches: AsyncIterable<(readonly QueryValue[])[]>
}

export interface QueryWritten {
  file: string
  bytes: number
}

export interface ManifestExported {
  /** The folder or prefix with the files of this commit. */
  location: string
  commit: string
  /** `there`: it was exported before, and left as it is. */
  outcome: 'written' | 'there'
  rows: number
  /** Parquet files. */
  parts: number
  bytes: number
}
