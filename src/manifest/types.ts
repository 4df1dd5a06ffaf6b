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

export interface LeafNode {
  readonly level: 0
  readonly count: number
  readonly keys: NodeKeys
  readonly entries: readonly Entry[]
  /** Symlinks whose target stands in a value object: until it is read, their target is empty. */
  readonly spilled: readonly { index: number; value: ValueId }[]
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
