import type { ManifestId } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import { keyOf, type KeyRange, lowerBound, pathAt, rangeOfOne, rangeOfText, rangeWithin } from './keys.js'
import { entryAt } from './leaf-columns.js'
import { loadChild, loadNode } from './load.js'
import { type InternalNode, isLeaf, type LeafNode, type Node, type PathEntry } from './types.js'

export interface IterOptions {
  /** A path: only its own entry and what lies below it. */
  prefix?: string
  /** Only paths that are not before this one. */
  from?: string
  /** Instead of both: only paths that begin with this text, be it in the middle of a name. */
  begins?: string
  /** Instead of all: this path alone. */
  only?: string
}

/** Entries in the order of paths, one batch a leaf. Holds one node a level. */
export async function* iterEntries(
  reader: ObjectReader,
  root: ManifestId,
  options: IterOptions = {},
): AsyncGenerator<PathEntry[]> {
  for await (const { leaf, start, end } of iterLeaves(reader, root, rangeOf(options))) {
    const batch = new Array<PathEntry>(end - start)
    for (let i = start; i < end; i++) batch[i - start] = [pathAt(leaf.keys, i), entryAt(leaf, i)]
    yield batch
  }
}

function rangeOf({ prefix, from, begins, only }: IterOptions): KeyRange {
  if (only !== undefined) return rangeOfOne(only)
  if (begins !== undefined) return rangeOfText(begins)
  const range = rangeWithin(prefix)
  if (from === undefined || from === '') return range
  const low = keyOf(from)
  return range.low !== undefined && Buffer.compare(range.low, low) > 0 ? range : { ...range, low }
}

interface LeafRange {
  leaf: LeafNode
  /** Items from `start` to before `end` are in the range: at least one. */
  start: number
  end: number
}

async function* iterLeaves(
  reader: ObjectReader,
  root: ManifestId,
  range: KeyRange,
): AsyncGenerator<LeafRange> {
  const stack: { node: InternalNode; next: number; end: number }[] = []
  let node: Node | undefined = await loadNode(reader, root)
  while (node !== undefined) {
    const [start, end] = itemsIn(node, range)
    if (!isLeaf(node)) stack.push({ node, next: start, end })
    else if (start < end) yield { leaf: node, start, end }
    while (stack.length > 0 && stack.at(-1)!.next >= stack.at(-1)!.end) stack.pop()
    const top = stack.at(-1)
    node = top && (await loadChild(reader, top.node, top.next++))
  }
}

/** The items of a node that can hold keys of the range. */
export function itemsIn(node: Node, { low, high }: KeyRange): [start: number, end: number] {
  const start = low === undefined ? 0 : lowerBound(node.keys, low)
  if (high === undefined) return [start, node.count]
  const end = lowerBound(node.keys, high)
  return [start, isLeaf(node) ? end : Math.min(node.count, end + 1)]
}
