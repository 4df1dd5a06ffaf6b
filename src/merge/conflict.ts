// Conflicts as plain data: they are kept as JSON with the unfinished merge.
import { toHex } from '../hash/index.js'
import type { CellConflict } from '../tables/index.js'
import { type Entry, entrySize, isFile } from '../objects/index.js'

export type ConflictKind =
  | 'both-modified'
  | 'both-added'
  /** `ours` or `theirs` is absent: that side deleted it. */
  | 'modify-delete'
  /** A file on one side, a directory on the other. */
  | 'file-directory'
  /** File on one side, link on the other. */
  | 'type'
  /** Only keys of metadata. */
  | 'metadata'

/** One side of a conflict. */
export interface ConflictSide {
  kind: Entry['kind']
  /** Bytes. */
  size: number
  /** 64 hex digits, of a file. */
  content?: string
  /** Of a link. */
  target?: string
}

export interface Conflict {
  path: string
  kind: ConflictKind
  base?: ConflictSide
  ours?: ConflictSide
  theirs?: ConflictSide
  /** Where the sides are kept beside the file. */
  oursPath?: string
  theirsPath?: string
  /** Whether the file holds both sides between markers. */
  markers: boolean
  /** Keys of metadata that both sides set differently: ours is in place. */
  metadataKeys?: string[]
  /** Of a table: cells that both sides set differently. The file has ours there, and what else was merged. */
  cells?: CellConflict[]
}

export function conflictSide(entry: Entry): ConflictSide {
  return {
    kind: entry.kind,
    size: entrySize(entry),
    ...(isFile(entry) && { content: toHex(entry.content) }),
    ...(entry.kind === 'symlink' && { target: entry.target }),
  }
}

/** The sides of a conflict, those that are there. */
export function conflictSides(sides: {
  base?: Entry
  ours?: Entry
  theirs?: Entry
}): Pick<Conflict, 'base' | 'ours' | 'theirs'> {
  return {
    ...(sides.base && { base: conflictSide(sides.base) }),
    ...(sides.ours && { ours: conflictSide(sides.ours) }),
    ...(sides.theirs && { theirs: conflictSide(sides.theirs) }),
  }
}
