// What serve and readers of URLs see of a store.
import type { TreeEntry } from './reading-results.js'

/** A store as it is shown to others. */
export interface Published {
  readonly location: string
  refs(): Promise<{
    /** What HEAD means there; no commit before the first. */
    head: { branch?: string; commit?: string }
    branches: PublishedRef[]
    tags: PublishedRef[]
  }>
  /** What the segments of 'REV/PATH' lead to. Throws DV_UNKNOWN_REVISION, DV_UNKNOWN_PATH. */
  find(segments: readonly string[]): Promise<PublishedItem>
  close(): Promise<void>
}

export interface PublishedRef {
  name: string
  commit: string
}

export type PublishedItem = PublishedLeaf | PublishedDirectory

interface PublishedAbout {
  commit: string
  /** When it was committed, milliseconds since 1970. */
  time: number
  /** The revision was the commit's id: what is there never changes. */
  isPinned: boolean
  /** In the tree; '' is its top. */
  path: string
}

export interface PublishedLeaf extends PublishedAbout {
  /** A symbolic link, which is not followed, holds its target. */
  kind: 'file' | 'symlink'
  bytes: number
  /** Another for every other content; of a file, the BLAKE3 of all of it. */
  tag: string
  /** Every part is verified, and a view of a cache: it must not be changed. */
  read(range: { offset: number; length: number; signal?: AbortSignal }): AsyncIterable<Uint8Array>
}

export interface PublishedDirectory extends PublishedAbout {
  kind: 'directory'
  entries(): AsyncIterable<TreeEntry[]>
}
