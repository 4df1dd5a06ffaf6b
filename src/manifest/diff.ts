// Walks two trees side by side. Wherever both are about to enter the same node, both skip it, on whatever level they
// meet; otherwise the higher one is opened. Nodes depend on keys alone, so the trees fall into step again soon after
// a difference, and the cost is that of the change.
import { type ManifestId, sameId } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { itemsIn } from './iterate.js'
import { compareKeys, type KeyRange, type NodeKeys, pathAt, rangeWithin } from './keys.js'
import { loadChild, loadNode } from './load.js'
import { sameEntry } from './same-entry.js'
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
  const before = a.level === ENTRY ? leafOf(a.top) : undefined
  const after = b.level === ENTRY ? leafOf(b.top) : undefined
  do {
    const order = orderOf(before, after)
    const path =
      order <= 0
        ? pathAt(before!.leaf.keys, before!.frame.index)
        : pathAt(after!.leaf.keys, after!.frame.index)
    const change: Change = { path }
    if (order <= 0) change.before = before!.leaf.entries[before!.frame.index++]!
    if (order >= 0) change.after = after!.leaf.entries[after!.frame.index++]!
    if (!sameEntry(change.before, change.after)) changes.push(change)
  } while ((before === undefined || !isDone(before)) && (after === undefined || !isDone(after)))
  if (before !== undefined) a.settle()
  if (after !== undefined) b.settle()
}

interface LeafFrame {
  leaf: LeafNode
  frame: Frame
}

function leafOf(frame: Frame): LeafFrame {
  return { leaf: frame.node as LeafNode, frame }
}

function isDone({ frame }: LeafFrame): boolean {
  return frame.index >= frame.end
}

function orderOf(a: LeafFrame | undefined, b: LeafFrame | undefined): number {
  if (a === undefined) return 1
  if (b === undefined) return -1
  return compareItems(a.leaf.keys, a.frame.index, b.leaf.keys, b.frame.index)
}

function compareItems(a: NodeKeys, i: number, b: NodeKeys, j: number): number {
  return compareKeys(a.bytes, a.starts[i]!, a.starts[i + 1]!, b.bytes, b.starts[j]!, b.starts[j + 1]!)
}
