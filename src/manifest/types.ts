import type { ManifestId, ValueId } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { NodeKeys } from './keys.js'

export type PathEntry = readonly [path: string, entry: Entry]
/** What is to stand at a path; undefined: nothing. */
export type Edit = readonly [path: string, entry: Entry | undefined]
/** Items one by one or in batches. Batches cost no promise per item. */
export type Batched<T> = Iterable<T | readonly T[]> | AsyncIterable<T | readonly T[]>

/** What lies in a subtree: entries, and the bytes they count for (`entrySize`). */
export interface Totals {
  entries: number
  bytes: number
}

/** A node one level up stands for all of `ids[i]`'s entries by the last of their keys. */
export interface InternalNode {
  readonly level: number
  readonly count: number
  readonly keys: NodeKeys
  /** Child ids, 32 bytes each. */
  readonly ids: Buffer
  readonly entriesBelow: Float64Array
  readonly bytesBelow: Float64Array
  readonly totals: Totals
}

/** The entries of a leaf as they are stored. Most are plain files, which stay in the columns until `entryAt` is asked. */
export interface LeafColumns {
  /** A kind byte for each entry. */
  readonly kinds: Buffer
  /** The bytes that each entry counts for. */
  readonly sizes: Float64Array
  /** Content ids of the files, 32 bytes each, and where in them that of an entry begins. */
  readonly contents: Buffer
  readonly contentsAt: Uint16Array
  /** By place in the leaf, the entries that are no plain files. */
  readonly others: readonly (Entry | undefined)[]
}

export interface Spilled {
  /** The symlink's place in the leaf, and where its target stands. */
  index: number
  value: ValueId
}

export interface LeafNode {
  readonly level: 0
  readonly count: number
  readonly keys: NodeKeys
  readonly columns: LeafColumns
  /** Symlinks whose target stands in a value object: until it is read, their target is empty. */
  readonly spilled: readonly Spilled[]
  readonly totals: Totals
}

export type Node = LeafNode | InternalNode

export function isLeaf(node: Node): node is LeafNode {
  return node.level === 0
}

export function childId(node: InternalNode, index: number): ManifestId {
  return node.ids.subarray(index * 32, index * 32 + 32) as ManifestId
}

export function childTotals(node: InternalNode, index: number): Totals {
  return { entries: node.entriesBelow[index]!, bytes: node.bytesBelow[index]! }
}
