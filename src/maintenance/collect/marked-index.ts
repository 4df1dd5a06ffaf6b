// The index with a mark for each of its rows: a bit in memory for each copy of each item, however many there are. Ids are
// held against the segments many at a time. Segments that were merged away keep their marks, which pass to those that
// hold their rows now.
import { type Id, ID_BYTES } from '../../hash/index.js'
import {
  Bits,
  type IndexRoot,
  matchRows,
  type NearSegments,
  openSegment,
  PageCache,
  type RowMatch,
  rowWindows,
  segmentKey,
  type SegmentReader,
  type SegmentRef,
  sortedIds,
  type StableSegment,
  stableSegment,
} from '../../index/index.js'
import type { Storage } from '../../storage/index.js'

/** Of all segments together: what is looked up is looked up in order. */
const PAGE_BYTES = 4 * 1024 * 1024
/** Ids of a segment that are held against others at once. */
const CARRIED_ROWS = 2 ** 18

export interface MarkedSegment {
  ref: SegmentRef
  reader: SegmentReader
  /** Rows of items that are needed. */
  marked: Bits
  /** Those of them that are no chunks or values: they refer to others. */
  nodes: Bits
}

/** A row that was marked just now. */
export interface NewMark extends RowMatch {
  segment: MarkedSegment
}

export class MarkedIndex {
  readonly #storage: Storage
  readonly #near: NearSegments | undefined
  readonly #known = new Map<string, MarkedSegment>()
  readonly #open: StableSegment[] = []
  readonly #pages = new PageCache(PAGE_BYTES)
  /** Those that the root taken last names. */
  segments: readonly MarkedSegment[] = []

  constructor(storage: Storage, near?: NearSegments) {
    this.#storage = storage
    this.#near = near
  }

  /** Opens and verifies what a root names. Rows of items that are marked have their mark from the first moment. Returns the
   * segments that were not known. Throws DV_CORRUPT, or DV_NOT_FOUND when one is gone because the root is old. */
  async take(root: IndexRoot): Promise<MarkedSegment[]> {
    const added: MarkedSegment[] = []
    for (const ref of root.segments) {
      if (this.#known.has(segmentKey(ref))) continue
      const segment = await this.#openSegment(ref)
      await this.#carryMarks(segment)
      this.#known.set(segmentKey(ref), segment)
      added.push(segment)
    }
    this.segments = root.segments.map((ref) => this.#known.get(segmentKey(ref))!)
    return added
  }

  /** Marks all rows of `ids` (ascending, none twice, one after the other). Returns those that were not marked. `found` is
   * set at the place of each id that has a row. */
  async mark(ids: Buffer, { asNodes, found }: { asNodes: boolean; found?: Uint8Array }): Promise<NewMark[]> {
    const fresh: NewMark[] = []
    for (const segment of this.segments) {
      await matchRows(segment.reader, ids, (match) => {
        if (found) found[match.place] = 1
        if (!segment.marked.set(match.row)) return
        if (asNodes) segment.nodes.set(match.row)
        if (asNodes || match.bases > 0) fresh.push({ ...match, segment })
      })
    }
    return fresh
  }

  /** Whether an item is marked. */
  async isMarked(id: Id): Promise<boolean> {
    for (const { reader, marked } of this.segments) {
      const [row, end] = await reader.find(id)
      if (row < end) return marked.has(row)
    }
    return false
  }

  /** Whether the root taken last names an item. */
  async has(id: Id): Promise<boolean> {
    for (const { reader } of this.segments) {
      const [row, end] = await reader.find(id)
      if (row < end) return true
    }
    return false
  }

  close(): void {
    for (const { letGo } of this.#open) letGo()
  }

  async #openSegment(ref: SegmentRef): Promise<MarkedSegment> {
    const stable = await stableSegment(this.#storage, ref, this.#near)
    this.#open.push(stable)
    const reader = await openSegment(stable.source, ref, { pages: this.#pages })
    return { ref, reader, marked: new Bits(ref.rows), nodes: new Bits(ref.rows) }
  }

  async #carryMarks(to: MarkedSegment): Promise<void> {
    const from = [...this.#known.values()]
    if (from.length === 0) return
    for await (const ids of idsOf(to.reader)) {
      const marks = new Uint8Array(ids.length / ID_BYTES)
      for (const { reader, marked, nodes } of from)
        await matchRows(reader, ids, ({ row, place }) => {
          if (marked.has(row)) marks[place]! |= nodes.has(row) ? IS_NODE : IS_MARKED
        })
      await matchRows(to.reader, ids, ({ row, place }) => {
        if (marks[place]! > 0) to.marked.set(row)
        if (marks[place]! & IS_NODE) to.nodes.set(row)
      })
    }
  }
}

const IS_MARKED = 1
const IS_NODE = 2

/** All ids of a segment in order, none twice, some at a time. */
async function* idsOf(reader: SegmentReader): AsyncGenerator<Buffer> {
  const { rowBytes, rows } = reader.shape
  const ids = Buffer.allocUnsafe(Math.min(CARRIED_ROWS, rows) * ID_BYTES)
  let length = 0
  for await (const { count, bytes } of rowWindows(reader)) {
    for (let row = 0; row < count; row++) {
      ids.set(bytes.subarray(row * rowBytes, row * rowBytes + ID_BYTES), length)
      length += ID_BYTES
      if (length < ids.length) continue
      yield sortedIds(ids)
      length = 0
    }
  }
  if (length > 0) yield sortedIds(ids.subarray(0, length))
}
