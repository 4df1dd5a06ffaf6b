import { type ContentId, ID_BYTES } from '../hash/index.js'
import type { Entry, FileEntry, Recipe } from '../objects/index.js'
import { KINDS } from './encode.js'
import { sameEntry } from './same-entry.js'
import type { LeafColumns, LeafNode } from './types.js'

const WHOLE: Recipe = Object.freeze({ form: 'whole' })

/** Whether a kind byte says all that there is to say: a file of one chunk, executable or not, without metadata. */
export function isPlainFile(kind: number): boolean {
  return kind < 2
}

/** The entry at a place of a leaf. */
export function entryAt({ columns }: LeafNode, index: number): Entry {
  return columns.others[index] ?? plainFile(columns, index)
}

/** All entries of a leaf, in order. */
export function entriesOf(leaf: LeafNode): Entry[] {
  return Array.from({ length: leaf.count }, (_, i) => entryAt(leaf, i))
}

/** A file as its columns tell it: the whole of a plain one. */
export function plainFile({ kinds, sizes, contents, contentsAt }: LeafColumns, index: number): FileEntry {
  const at = contentsAt[index]!
  return {
    kind: KINDS[kinds[index]! & 1] as FileEntry['kind'],
    size: sizes[index]!,
    content: contents.subarray(at, at + ID_BYTES) as ContentId,
    recipe: WHOLE,
  }
}

/** A place in a leaf. */
export interface LeafItem {
  node: LeafNode
  index: number
}

/** Whether the entries at two places are encoded alike. */
export function sameItem(a: LeafItem, b: LeafItem): boolean {
  const [x, y] = [a.node.columns, b.node.columns]
  const kind = x.kinds[a.index]!
  if (kind !== y.kinds[b.index] || x.sizes[a.index] !== y.sizes[b.index]) return false
  if (!isPlainFile(kind)) return sameEntry(x.others[a.index], y.others[b.index])
  const [i, j] = [x.contentsAt[a.index]!, y.contentsAt[b.index]!]
  return x.contents.compare(y.contents, j, j + ID_BYTES, i, i + ID_BYTES) === 0
}
