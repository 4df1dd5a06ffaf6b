// A directory is a range of keys. A node whose first and last key lie in one and the same subdirectory lies in it as
// a whole: it is counted, not read.
import type { ManifestId } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { itemsIn } from './iterate.js'
import { endOf, keyAt, keyOf, type KeyRange, lowerBound, pathOfKey } from './keys.js'
import { entryAt } from './leaf-columns.js'
import { loadChild, loadNode } from './load.js'
import { childTotals, type InternalNode, isLeaf, type LeafNode, type Node, type Totals } from './types.js'

export interface DirectoryItem {
  name: string
  path: string
  /** The entry at the path itself: absent for a directory that is only implied by what lies below it. */
  entry?: Entry
  /** What lies below, not counting the entry itself: present when something does. */
  below?: Totals
}

/** The children of `directory` ('' for the root) in order, in batches: files, links and subdirectories with their
 * sums. Yields nothing for what is not a directory. */
export async function* listDirectory(
  reader: ObjectReader,
  root: ManifestId,
  directory: string,
): AsyncGenerator<DirectoryItem[]> {
  const listing = new Listing(
    directory === '' ? Buffer.alloc(0) : Buffer.concat([keyOf(directory), Buffer.of(0)]),
  )
  yield* visit(reader, await loadNode(reader, root), { listing, before: undefined })
  const rest = listing.take(true)
  if (rest.length > 0) yield rest
}

interface Visit {
  listing: Listing
  /** The last key before this node, where its parents know one. */
  before: Buffer | undefined
}

const BATCH = 512

async function* visit(
  reader: ObjectReader,
  node: Node,
  { listing, before }: Visit,
): AsyncGenerator<DirectoryItem[]> {
  const [start, end] = itemsIn(node, listing.range)
  if (isLeaf(node)) {
    for (let i = start; i < end;) i = listing.add(node, i, end)
    if (listing.size > BATCH) yield listing.take(false)
    return
  }
  for (let i = start; i < end; i++) {
    const previous = i === 0 ? before : keyAt(node.keys, i - 1)
    if (addWhole(listing, node, { index: i, previous })) continue
    yield* visit(reader, await loadChild(reader, node, i), { listing, before: previous })
  }
}

function addWhole(
  listing: Listing,
  node: InternalNode,
  at: { index: number; previous: Buffer | undefined },
): boolean {
  const key = keyAt(node.keys, at.index)
  const length = listing.subdirectory(key)
  if (length === 0 || at.previous === undefined) return false
  if (
    at.previous.length <= length ||
    Buffer.compare(at.previous.subarray(0, length + 1), key.subarray(0, length + 1)) !== 0
  ) {
    return false
  }
  listing.addBelow(key.subarray(0, length), childTotals(node, at.index))
  return true
}

/** Children found so far. The last may still grow. */
class Listing {
  /** The directory's key and the separator behind it. */
  readonly #base: Buffer
  readonly range: KeyRange
  #items: DirectoryItem[] = []
  #last: Buffer | undefined

  constructor(base: Buffer) {
    this.#base = base
    if (base.length === 0) this.range = {}
    else {
      const high = Buffer.from(base)
      high[high.length - 1] = 1
      this.range = { low: base, high }
    }
  }

  get size(): number {
    return this.#items.length
  }

  /** Where the child's own key ends in a key that lies below a child; 0 when the key is not below any. */
  subdirectory(key: Buffer): number {
    const base = this.#base.length
    if (key.length <= base || Buffer.compare(key.subarray(0, base), this.#base) !== 0) return 0
    return Math.max(0, key.indexOf(0, base))
  }

  /** Adds the item at `index`, and with it all others before `end` that lie in the same subdirectory. Returns where
   * to go on. */
  add(leaf: LeafNode, index: number, end: number): number {
    const key = keyAt(leaf.keys, index)
    const length = this.subdirectory(key)
    if (length === 0) {
      this.#child(key).entry = entryAt(leaf, index)
      return index + 1
    }
    const subdirectory = key.subarray(0, length)
    const next = Math.min(end, lowerBound(leaf.keys, endOf(subdirectory)))
    let bytes = 0
    for (let i = index; i < next; i++) bytes += leaf.columns.sizes[i]!
    this.addBelow(subdirectory, { entries: next - index, bytes })
    return next
  }

  addBelow(key: Buffer, totals: Totals): void {
    const child = this.#child(key)
    const below = (child.below ??= { entries: 0, bytes: 0 })
    below.entries += totals.entries
    below.bytes += totals.bytes
  }

  #child(key: Buffer): DirectoryItem {
    if (this.#last === undefined || !this.#last.equals(key)) {
      this.#last = Buffer.from(key)
      this.#items.push({ name: key.toString('utf8', this.#base.length), path: pathOfKey(key) })
    }
    return this.#items.at(-1)!
  }

  /** The children that are complete: without `all`, the last may not be. */
  take(all: boolean): DirectoryItem[] {
    return this.#items.splice(0, this.#items.length - (all ? 0 : 1))
  }
}
