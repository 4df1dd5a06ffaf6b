// The entries of a leaf, with their paths.
import { decodeNode } from './decode.js'
import { pathAt } from './keys.js'
import { entriesOf } from './leaf-columns.js'
import { isLeaf, type LeafNode, type PathEntry } from './types.js'

export function leafEntries(leaf: LeafNode): PathEntry[] {
  return entriesOf(leaf).map((entry, i): PathEntry => [pathAt(leaf.keys, i), entry])
}

/** Of a node given by its bytes; none of one above the leaves. Throws DV_CORRUPT. */
export function entriesInNode(bytes: Uint8Array): PathEntry[] {
  const node = decodeNode(bytes)
  return isLeaf(node) ? leafEntries(node) : []
}
