// The segments of an index without the rows that go.
import {
  Bits,
  readRoot,
  rowFields,
  rowWindows,
  segmentKey,
  type SegmentRef,
  thinSegment,
} from '../../index/index.js'
import type { Storage } from '../../storage/index.js'
import { FATE, type Fate } from './garbage.js'
import type { MarkedIndex, MarkedSegment } from './marked-index.js'
import { blockClasses } from './pack-numbers.js'
import { isStale } from './tally.js'

/** A segment that was put in the place of another; absent where no row is left. */
interface Made {
  kept: Bits
  ref?: SegmentRef
}

export class NewSegments {
  readonly #storage: Storage
  readonly #index: MarkedIndex
  readonly #made = new Map<string, Made>()

  constructor(storage: Storage, index: MarkedIndex) {
    this.#storage = storage
    this.#index = index
  }

  /** What a root is to name in the place of the present segments: those of which all rows stay, and new ones. */
  async all(fates: ReadonlyMap<string, Fate>): Promise<SegmentRef[]> {
    const refs: SegmentRef[] = []
    for (const segment of this.#index.segments) {
      const kept = await rowsThatStay(this.#index, segment, fates)
      const ref = kept ? await this.#without(segment, kept) : segment.ref
      if (ref) refs.push(ref)
    }
    return refs
  }

  /** Deletes those that were made and that the root does not name: what is needed, or the root, changed meanwhile. */
  async dropUnnamed(): Promise<void> {
    const made = [...this.#made.values()].flatMap(({ ref }) => ref ?? [])
    if (made.length === 0) return
    const { root } = await readRoot(this.#storage)
    const named = new Set(root.segments.map(({ key }) => key))
    for (const { key } of made) if (!named.has(key)) await this.#storage.delete(key)
  }

  async #without({ ref, reader }: MarkedSegment, kept: Bits): Promise<SegmentRef | undefined> {
    const known = this.#made.get(segmentKey(ref))
    if (known?.kept.equals(kept)) return known.ref
    if (known?.ref) await this.#storage.delete(known.ref.key)
    const made: Made = {
      kept,
      ...(kept.count > 0 && { ref: await thinSegment(this.#storage, reader, kept) }),
    }
    this.#made.set(segmentKey(ref), made)
    return made.ref
  }
}

/** Undefined: all of them. What goes has another copy by now, where it is needed. */
async function rowsThatStay(
  index: MarkedIndex,
  segment: MarkedSegment,
  fates: ReadonlyMap<string, Fate>,
): Promise<Bits | undefined> {
  const { reader, marked } = segment
  const classes = await blockClasses(reader, (pack) => fates.get(pack) ?? FATE.stays)
  if (!classes) return undefined
  const kept = new Bits(reader.shape.rows)
  const fields = rowFields(reader)
  for await (const { first, count, bytes } of rowWindows(reader)) {
    for (let i = 0; i < count; i++) {
      const at = i * reader.shape.rowBytes
      const row = first + i
      const fate = classes[fields.block(bytes, at)]
      const bases = fields.bases(bytes, at)
      if (fate === FATE.goes || (fate === FATE.thinned && !marked.has(row))) continue
      if (fate === FATE.thinned && bases > 0 && (await isStale(index, segment, { row, bases }))) continue
      kept.set(row)
    }
  }
  return kept.count === reader.shape.rows ? undefined : kept
}
