// Packs that lie in the target and do not count yet. A pack counts once the target's index names it, and it is named
// no sooner than the full copies that its deltas stand on.
import type { Id } from '../hash/index.js'
import { segmentInMemory, type Row, type SegmentReader, type SegmentRef } from '../index/index.js'
import { type ObjectStore, publishPacks } from '../store/index.js'
import { hasFullCopy } from './bases.js'

export interface Arrival {
  ref: SegmentRef
  /** The pack's index segment, verified. */
  segment: Buffer
  /** Bases of its deltas that were not in the target when it was made. */
  bases: readonly Id[]
}

interface Pending {
  ref: SegmentRef
  segment: SegmentReader
  bases: readonly Id[]
}

export class Arrivals {
  readonly #target: ObjectStore
  readonly #pending: Pending[] = []

  constructor(target: ObjectStore) {
    this.#target = target
  }

  get count(): number {
    return this.#pending.length
  }

  add({ ref, segment, bases }: Arrival): void {
    this.#pending.push({ ref, segment: segmentInMemory(segment), bases })
  }

  /** Makes those packs part of the target whose bases are there, or are among them. */
  async publishReady(): Promise<void> {
    const ready = await this.#closed()
    if (ready.length === 0) return
    await publishPacks(
      this.#target.storage,
      ready.map(({ ref }) => ref),
    )
    await this.#target.index.refresh()
    for (const pack of ready) this.#pending.splice(this.#pending.indexOf(pack), 1)
  }

  /** The same for all that is left. */
  async publishAll(): Promise<void> {
    await this.publishReady()
    if (this.#pending.length > 0) throw new TypeError('a delta was moved without its base')
  }

  /** The largest set of pending packs that needs nothing from outside it and the target. */
  async #closed(): Promise<Pending[]> {
    let packs = [...this.#pending]
    for (;;) {
      const kept: Pending[] = []
      for (const pack of packs) if (await this.#standsOn(pack, packs)) kept.push(pack)
      if (kept.length === packs.length) return kept
      packs = kept
    }
  }

  async #standsOn({ bases }: Pending, packs: readonly Pending[]): Promise<boolean> {
    for (const id of bases) {
      // In memory, so it answers at once.
      const arrives = packs.some(({ segment }) =>
        (segment.lookup(id) as Row[]).some((row) => row.bases.length === 0),
      )
      if (!arrives && !(await hasFullCopy(this.#target, id))) return false
    }
    return true
  }
}
