// Packs that lie in the target and do not count yet. A pack counts once the target's index names it, and it is named
// no sooner than the full copies that its deltas stand on.
import type { Id } from '../hash/index.js'
import { segmentInMemory, type Row, type SegmentReader, type SegmentRef } from '../index/index.js'
import type { PackKind } from '../pack/index.js'
import type { ObjectStore } from '../store/index.js'
import { hasFullCopy } from './bases.js'

export interface Arrival {
  kind: PackKind
  ref: SegmentRef
  /** The pack's index segment, verified. */
  segment: Buffer
  /** Bases of its deltas that were not in the target when it was made. */
  bases: readonly Id[]
}

interface Pending extends Arrival {
  reader: SegmentReader
}

export class Arrivals {
  readonly #target: ObjectStore
  readonly #generation: number
  readonly #pending: Pending[] = []
  #publishing: Promise<void> = Promise.resolve()

  private constructor(target: ObjectStore, generation: number) {
    this.#target = target
    this.#generation = generation
  }

  /** To be called before anything is looked for in the target: what is found there counts for as long as nothing is
   * collected. In a folder that begins now, whatever its store was asked before. */
  static async begin(target: ObjectStore): Promise<Arrivals> {
    if (target.storage.properties.localRoot !== undefined) await target.index.refresh()
    return new Arrivals(target, (await target.index.root()).generation)
  }

  /** Packs of chunks. */
  get count(): number {
    return this.#chunks.length
  }

  add(arrival: Arrival): void {
    this.#pending.push({ ...arrival, reader: segmentInMemory(arrival.segment) })
  }

  /** Makes those packs of chunks part of the target whose bases are there, or are among them. */
  publishReady(): Promise<void> {
    return this.#inTurn(() => this.#publish(this.#chunks))
  }

  /** Makes all that is left part of the target. */
  publishAll(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#publish(this.#pending)
      if (this.#pending.length > 0) throw new TypeError('a delta was moved without its base')
    })
  }

  get #chunks(): Pending[] {
    return this.#pending.filter(({ kind }) => kind === 'data')
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#publishing = this.#publishing.then(work)
    return this.#publishing
  }

  async #publish(packs: readonly Pending[]): Promise<void> {
    const ready = await this.#closed(packs)
    if (ready.length === 0) return
    const segments = ready.map(({ ref, segment }) => ({ ref, bytes: segment }))
    await this.#target.index.add(segments, this.#generation)
    for (const pack of ready) this.#pending.splice(this.#pending.indexOf(pack), 1)
  }

  /** The largest set of `pending` that needs nothing from outside it and the target. */
  async #closed(pending: readonly Pending[]): Promise<Pending[]> {
    let packs = [...pending]
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
      const arrives = packs.some(({ reader }) =>
        (reader.lookup(id) as Row[]).some((row) => row.bases.length === 0),
      )
      if (!arrives && !(await hasFullCopy(this.#target, id))) return false
    }
    return true
  }
}
