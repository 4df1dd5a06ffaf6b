// What stands at one path of a manifest. Its encoding is part of the manifest node: spec/07-manifest.md
import type { ChunkId, ContentId, RecipeId, ValueId } from '../hash/index.js'
import type { Metadata } from './metadata.js'
import type { StoredMetadata } from './stored-metadata.js'

/** A run of bytes of a file. */
export interface ChunkRef {
  id: ChunkId
  /** Bytes. */
  length: number
}

/** How a file is rebuilt. `whole`: it is empty, or one chunk whose id is the file's content id. */
export type Recipe =
  { form: 'whole' } | { form: 'inline'; chunks: readonly ChunkRef[] } | { form: 'tree'; root: RecipeId }

/** Recipes of more chunks than this are trees. */
export const INLINE_CHUNKS_MAX = 8

/** Metadata of an entry: here, or in a value object when its encoding is over 512 bytes. */
export type EntryMetadata =
  { form: 'inline'; metadata: Metadata } | StoredMetadata | { form: 'value'; id: ValueId }
export const INLINE_METADATA_BYTES_MAX = 512

export interface FileEntry {
  kind: 'file' | 'executable'
  /** Bytes. */
  size: number
  content: ContentId
  recipe: Recipe
  metadata?: EntryMetadata
}

export interface SymlinkEntry {
  kind: 'symlink'
  /** Where it points, as stored by the file system, at most 4 KiB of UTF-8. */
  target: string
  metadata?: EntryMetadata
}

/** Recorded only when empty or carrying metadata; it may have children all the same. */
export interface DirectoryEntry {
  kind: 'directory'
  metadata?: EntryMetadata
}

export type Entry = FileEntry | SymlinkEntry | DirectoryEntry
export type EntryKind = Entry['kind']

export function isFile(entry: Entry): entry is FileEntry {
  return entry.kind === 'file' || entry.kind === 'executable'
}

/** Bytes the entry counts for in `du` and in the manifest's sums. */
export function entrySize(entry: Entry): number {
  if (isFile(entry)) return entry.size
  return entry.kind === 'symlink' ? Buffer.byteLength(entry.target) : 0
}
