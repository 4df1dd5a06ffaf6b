// The index of one store: probes the live segments, newest first. It is a snapshot until `refresh`.
import { DvError, isDvError } from '../base/index.js'
import type { Id } from '../hash/index.js'
import { damageHint, isDamagedThere, readSoundly, type Storage } from '../storage/index.js'
import { addSegments } from './add-segments.js'
import { DoomedPacks } from './doomed-packs.js'
import type { NearSegments } from './near-segments.js'
import { packKey } from '../pack/index.js'
import { blockEnds } from './block-ends.js'
import { PageCache } from './page-cache.js'
import { EMPTY_ROOT, type IndexRoot, type KnownRoot, readRoot, segmentKey, type SegmentRef } from './root.js'
import type { Row } from './segment-format.js'
import { type FoundRow, joinSegment } from './segment-join.js'
import { openSegment, type SegmentReader } from './segment-reader.js'

const REFRESHES_MAX = 4
const NO_ENDS = Promise.resolve(new Map<string, number>())

export interface ChunkIndexOptions {
  /** Segments up to this size are held in memory whole, bytes. */
  wholeBytes?: number
  /** Given for a store elsewhere, where each read is a request: segments that are at hand. */
  near?: NearSegments
}

export interface LookupOptions {
  /** The first copy found is enough: to know that it is here. */
  first?: boolean
  /** A miss counts only after the root was read again. */
  fresh?: boolean
}

interface Clocks {
  steady: number
  wall: number
}

const clocks = (): Clocks => ({ steady: performance.now(), wall: Date.now() })

export class ChunkIndex {
  readonly #storage: Storage
  readonly #options: ChunkIndexOptions
  readonly #pages = new PageCache()
  readonly #open = new Map<string, SegmentReader | Promise<SegmentReader>>()
  /** Where blocks end, by segment and pack. */
  readonly #ends = new Map<string, Promise<ReadonlyMap<string, number>>>()
  readonly #doomed: DoomedPacks
  #root: IndexRoot = EMPTY_ROOT
  #version: string | undefined
  /** Under which it was looked first: what was found since counts only as long as it lasts. */
  #generation: number | undefined
  /** How many times the root was read, and which of these reads the snapshot is of: 0, of none. */
  #reads = 0
  #snapshot = 0
  #readAt = { steady: 0, wall: 0 }
  /** Grows with every change of the snapshot. */
  #changes = 0

  constructor(storage: Storage, options: ChunkIndexOptions = {}) {
    this.#storage = storage
    this.#options = options
    this.#doomed = new DoomedPacks(storage)
  }

  /** Begins anew: whatever was found before, nobody relies on it. */
  async begin(): Promise<void> {
    await this.refresh()
    this.#generation = this.#root.generation
  }

  /** Whether nothing was collected since it was looked first, as of the snapshot: what was found is there. */
  get isUnchanged(): boolean {
    return this.#root.generation === this.#generation
  }

  /** How old the snapshot is, milliseconds: by the steady clock, which may stop while a machine sleeps, or by the other,
   * whichever says more. */
  get age(): number {
    return Math.max(performance.now() - this.#readAt.steady, Date.now() - this.#readAt.wall)
  }

  /** Packs that a collection may take or rewrite, as of the snapshot. */
  async doomed(): Promise<ReadonlySet<string>> {
    for (let refreshes = 0; ; refreshes++) {
      const { collections } = await this.root()
      const { packs, lacking } = await this.#doomed.of(collections)
      // A collection without its record can take nothing.
      if (lacking === 0 || refreshes === REFRESHES_MAX) return packs
      await this.refresh()
    }
  }

  /** Reads the root again. Returns whether it changed. */
  async refresh(): Promise<boolean> {
    const read = ++this.#reads
    const at = clocks()
    return this.#take(await readRoot(this.#storage), { read, at })
  }

  /** Makes segments live; the snapshot is of then. `bytes` of those that are at hand, for the next time. Throws
   * DV_COLLECTED when what was found here may have been collected since; `generation`: as of which what they rely on is there. */
  async add(
    added: readonly { ref: SegmentRef; bytes?: Uint8Array }[],
    generation = this.#generation,
  ): Promise<void> {
    const { near } = this.#options
    const refs = added.map(({ ref }) => ref)
    const known = this.#snapshot === 0 ? {} : { known: { root: this.#root, version: this.#version } }
    for (const { ref, bytes } of added) if (bytes) await near?.keep(ref, () => bytes)
    // What is returned may be of the very beginning: merges take their time.
    const at = clocks()
    const changed = await addSegments(this.#storage, refs, { ...known, generation, ...(near && { near }) })
    if (changed) this.#take(changed, { read: ++this.#reads, at })
    else await this.refresh()
  }

  #take({ root, version }: KnownRoot, { read, at }: { read: number; at: Clocks }): boolean {
    // A read that began later may have ended earlier: its snapshot is the newer one.
    if (read < this.#snapshot) return false
    const changed = this.#snapshot === 0 || version !== this.#version
    this.#snapshot = read
    this.#readAt = at
    if (!changed) return false
    this.#changes++
    this.#root = root
    this.#version = version
    this.#generation ??= root.generation
    const live = new Set(root.segments.map(segmentKey))
    for (const key of this.#open.keys()) if (!live.has(key)) this.#open.delete(key)
    return true
  }

  async root(): Promise<IndexRoot> {
    if (this.#snapshot === 0) await this.refresh()
    return this.#root
  }

  /** All copies of an id that the snapshot knows. Damaged segments are passed over while others answer. Throws
   * DV_CORRUPT when none answers and one of them is damaged or missing. */
  async lookup(id: Id, { first = false, fresh = false }: LookupOptions = {}): Promise<Row[]> {
    for (let refreshes = 0; ; refreshes++) {
      if (this.#snapshot === 0) await this.refresh()
      const seen = this.#changes
      const { found, failure } = await this.#probe(id, first)
      if (found.length > 0) return found
      // A segment of an old snapshot may have been merged away and deleted: the fresh root names its successor.
      if (failure === undefined ? !fresh : !isDvError(failure, 'DV_NOT_FOUND'))
        return this.#orThrow(found, failure)
      await this.refresh()
      if (this.#changes === seen || refreshes === REFRESHES_MAX) return this.#orThrow(found, failure)
    }
  }

  /** All copies that the snapshot knows of many ids, as joinSegment() takes them: the newest segment's first; some may come
   * twice. Throws when a segment is damaged or gone: then `lookup` tells what the others know. */
  async *lookupMany(ids: Buffer): AsyncGenerator<FoundRow[]> {
    for (let refreshes = 0; ; refreshes++) {
      const { segments } = await this.root()
      const seen = this.#changes
      try {
        for (let i = segments.length - 1; i >= 0; i--)
          yield* joinSegment(await this.segment(segments[i]!), ids)
        return
      } catch (error) {
        // As in `lookup`: what the segment said is said by others now.
        if (!isDvError(error, 'DV_NOT_FOUND') || refreshes === REFRESHES_MAX) throw error
        await this.refresh()
        if (this.#changes === seen) throw error
      }
    }
  }

  async #probe(id: Id, first: boolean): Promise<{ found: Row[]; failure: unknown }> {
    const found: Row[] = []
    let failure: unknown
    for (const ref of this.#probed(first)) {
      try {
        const rows = this.#rowsIn(ref, id)
        found.push(...(rows instanceof Promise ? await rows : rows))
      } catch (error) {
        if (failure === undefined || isDvError(error, 'DV_NOT_FOUND')) failure = error
      }
      if (first && found.length > 0) break
    }
    return { found, failure }
  }

  /** At once when it takes nothing that must be read. */
  #rowsIn(ref: SegmentRef, id: Id): Row[] | Promise<Row[]> {
    const reader = this.#open.get(segmentKey(ref))
    const rows = reader && !(reader instanceof Promise) ? reader.lookup(id) : undefined
    if (rows && !(rows instanceof Promise)) return rows
    return readSoundly(this.#storage, ref.key, async (isAgain) => {
      // What was read of it so far may be what is damaged.
      if (isAgain) this.#open.delete(segmentKey(ref))
      else if (rows) return rows
      return (await this.segment(ref)).lookup(id)
    })
  }

  /** Newest first. Where one copy is enough and each read costs a request, small ones first: nodes, which are looked for
   * one by one, lie in those. */
  #probed(first: boolean): SegmentRef[] {
    const segments = [...this.#root.segments].reverse()
    return first && this.#options.near ? segments.sort((a, b) => a.length - b.length) : segments
  }

  /** Where the blocks of a pack end, as far as the snapshot knows, bytes; undefined: it names nothing in it. */
  async blocksEnd(pack: string): Promise<number | undefined> {
    const { segments } = await this.root()
    const key = packKey(pack)
    const own = segments.find((ref) => ref.key === key)
    if (own) return own.offset
    let end: number | undefined
    for (const ref of segments) {
      const inSegment = (await this.#endsIn(ref)).get(pack)
      if (inSegment !== undefined) end = Math.max(end ?? 0, inSegment)
    }
    return end
  }

  #endsIn(ref: SegmentRef): Promise<ReadonlyMap<string, number>> {
    const segmentName = segmentKey(ref)
    let ends = this.#ends.get(segmentName)
    // Those in packs are of one pack each.
    if (!ends && ref.key.startsWith('packs/')) return NO_ENDS
    if (!ends) this.#ends.set(segmentName, (ends = this.#readEnds(ref)))
    return ends
  }

  async #readEnds(ref: SegmentRef): Promise<ReadonlyMap<string, number>> {
    return blockEnds(await this.segment(ref))
  }

  /** The open reader of a live segment. */
  segment(ref: SegmentRef): SegmentReader | Promise<SegmentReader> {
    const key = segmentKey(ref)
    const known = this.#open.get(key)
    if (known) return known
    const opening = this.#openSegment(ref)
    this.#open.set(key, opening)
    opening.then(
      (reader) => this.#open.get(key) === opening && this.#open.set(key, reader),
      (error: unknown) => isDamagedThere(error) || this.#open.delete(key),
    )
    return opening
  }

  async #openSegment(ref: SegmentRef): Promise<SegmentReader> {
    const { near, wholeBytes } = this.#options
    const options = { pages: this.#pages, ...(wholeBytes !== undefined && { wholeBytes }) }
    const source = await near?.sourceOf(ref)
    if (source) {
      try {
        return await openSegment(source, ref, options)
      } catch (error) {
        // Damaged here: it is whole where it came from.
        if (!isDvError(error)) throw error
      }
    }
    const far = near && { onWhole: (bytes: Buffer) => near.keep(ref, () => bytes) }
    return readSoundly(this.#storage, ref.key, () =>
      openSegment(this.#storage, ref, { ...options, ...(far && { far }) }),
    )
  }

  #orThrow(found: Row[], failure: unknown): Row[] {
    if (failure === undefined) return found
    if (!isDvError(failure, 'DV_NOT_FOUND')) throw failure
    throw new DvError('DV_CORRUPT', `A part of the index is missing: ${failure.message}`, {
      hint: damageHint(this.#storage),
      cause: failure,
    })
  }
}
