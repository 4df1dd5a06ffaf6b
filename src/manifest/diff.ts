// Walks two trees side by side. Wherever both are about to enter the same node, both skip it, on whatever level they
// meet; otherwise the higher one is opened. Nodes depend on keys alone, so the trees fall into step again soon after
// a difference, and the cost is that of the change.
import { type ManifestId, sameId } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { itemsIn } from './iterate.js'
import { compareKeys, type KeyRange, pathAt, rangeWithin } from './keys.js'
import { entryAt, sameItem } from './leaf-columns.js'
import { loadChild, loadNode } from './load.js'
import { childId, type InternalNode, type LeafNode, type Node } from './types.js'

/** A path whose entry differs: at least one of the two is there. */
export interface Change {
  path: string
  before?: Entry
  after?: Entry
}

export interface DiffOptions {
  /** A path: only changes of it and below it. */
  prefix?: string
}

const BATCH = 512
const ENTRY = -1
const END = -2

/** What changed from `before` to `after`, in the order of paths, in batches. */
export async function* diffManifests(
  reader: ObjectReader,
  [before, after]: readonly [before: ManifestId, after: ManifestId],
  options: DiffOptions = {},
): AsyncGenerator<Change[]> {
  if (sameId(before, after)) return
  const range = rangeWithin(options.prefix)
  const a = new Side(reader, range)
  const b = new Side(reader, range)
  await Promise.all([a.open(before), b.open(after)])
  let changes: Change[] = []
  while (a.level !== END || b.level !== END) {
    if (a.level >= 0 && a.level === b.level && sameId(a.id, b.id)) {
      a.skip()
      b.skip()
    } else if (a.level < 0 && b.level < 0) {
      compareLeaves(a, b, changes)
      if (changes.length < BATCH) continue
      yield changes
      changes = []
    } else {
      const highest = Math.max(a.level, b.level)
      await Promise.all([a.level === highest && a.enter(), b.level === highest && b.enter()])
    }
  }
  if (changes.length > 0) yield changes
}

interface Frame {
  node: Node
  index: number
  end: number
}

/** A position in one tree: before an entry, or before a node that is not opened. */
class Side {
  readonly #reader: ObjectReader
  readonly #range: KeyRange
  readonly #frames: Frame[] = []
  /** Of the node that comes next; ENTRY before an entry, END behind all. */
  level = END

  constructor(reader: ObjectReader, range: KeyRange) {
    this.#reader = reader
    this.#range = range
  }

  /** Of the node that comes next: only while `level` is not below 0. */
  get id(): ManifestId {
    return childId(this.top.node as InternalNode, this.top.index)
  }

  get top(): Frame {
    return this.#frames.at(-1)!
  }

  async open(root: ManifestId): Promise<void> {
    this.#push(await loadNode(this.#reader, root))
  }

  async enter(): Promise<void> {
    const frame = this.top
    this.#push(await loadChild(this.#reader, frame.node as InternalNode, frame.index++))
  }

  #push(node: Node): void {
    const [index, end] = itemsIn(node, this.#range)
    this.#frames.push({ node, index, end })
    this.settle()
  }

  skip(): void {
    this.top.index++
    this.settle()
  }

  /** Leaves the nodes that are done. */
  settle(): void {
    while (this.#frames.length > 0 && this.top.index >= this.top.end) this.#frames.pop()
    this.level = this.#frames.length === 0 ? END : this.top.node.level - 1
  }
}

/** Compares entry by entry until one of the leaves is done. A side at its end has nothing before anything. */
function compareLeaves(a: Side, b: Side, changes: Change[]): void {
  const before = a.level === ENTRY ? (a.top as LeafFrame) : undefined
  const after = b.level === ENTRY ? (b.top as LeafFrame) : undefined
  do {
    const order = orderOf(before, after)
    if (order !== 0 || !sameItem(before!, after!))
      changes.push(changeAt(order <= 0 ? before : undefined, order >= 0 ? after : undefined))
    if (order <= 0) before!.index++
    if (order >= 0) after!.index++
  } while (!isDone(before) && !isDone(after))
  if (before !== undefined) a.settle()
  if (after !== undefined) b.settle()
}

interface LeafFrame extends Frame {
  node: LeafNode
}

function isDone(frame: Frame | undefined): boolean {
  return frame !== undefined && frame.index >= frame.end
}

function orderOf(a: LeafFrame | undefined, b: LeafFrame | undefined): number {
  if (a === undefined) return 1
  if (b === undefined) return -1
  const [x, y, i, j] = [a.node.keys, b.node.keys, a.index, b.index]
  return compareKeys(x.bytes, x.starts[i]!, x.starts[i + 1]!, y.bytes, y.starts[j]!, y.starts[j + 1]!)
}

function changeAt(before: LeafFrame | undefined, after: LeafFrame | undefined): Change {
  const { node, index } = (before ?? after)!
  return {
    path: pathAt(node.keys, index),
    ...(before && { before: entryAt(before.node, before.index) }),
    ...(after && { after: entryAt(after.node, after.index) }),
  }
}
