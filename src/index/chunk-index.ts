// The index of one store: probes the live segments, newest first. It is a snapshot until `refresh`.
import { DvError, isDvError } from '../base/index.js'
import type { Id } from '../hash/index.js'
import type { Storage } from '../storage/index.js'
import { chooseMerge, mergeSegments } from './merge.js'
import { PageCache } from './page-cache.js'
import { changeRoot, EMPTY_ROOT, type IndexRoot, readRoot, type SegmentRef } from './root.js'
import type { Row } from './segment-format.js'
import { openSegment, type SegmentReader } from './segment-reader.js'

export class ChunkIndex {
  readonly #storage: Storage
  readonly #pages = new PageCache()
  readonly #open = new Map<string, Promise<SegmentReader>>()
  #root: IndexRoot = EMPTY_ROOT
  #version: string | undefined
  #loaded = false

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Reads the root again. Returns whether it changed. */
  async refresh(): Promise<boolean> {
    const { root, version } = await readRoot(this.#storage)
    if (this.#loaded && version === this.#version) return false
    this.#loaded = true
    this.#root = root
    this.#version = version
    const live = new Set(root.segments.map(segmentKey))
    for (const key of this.#open.keys()) if (!live.has(key)) this.#open.delete(key)
    return true
  }

  async root(): Promise<IndexRoot> {
    if (!this.#loaded) await this.refresh()
    return this.#root
  }

  /** All copies of an id that the snapshot knows, or only the first found, which is enough to know that it is here. */
  async lookup(id: Id, options: { first?: boolean } = {}): Promise<Row[]> {
    try {
      return await this.#probe(id, options)
    } catch (error) {
      // A segment of an old snapshot may have been merged away and deleted: the fresh root names its successor.
      if (!isDvError(error, 'DV_NOT_FOUND') || !(await this.refresh())) throw gone(error)
      return this.#probe(id, options)
    }
  }

  async #probe(id: Id, { first }: { first?: boolean }): Promise<Row[]> {
    const { segments } = await this.root()
    const found: Row[] = []
    for (let i = segments.length - 1; i >= 0; i--) {
      const reader = await this.segment(segments[i]!)
      found.push(...(await reader.lookup(id)))
      if (first && found.length > 0) break
    }
    return found
  }

  segment(ref: SegmentRef): Promise<SegmentReader> {
    const key = segmentKey(ref)
    let reader = this.#open.get(key)
    if (!reader) {
      reader = openSegment(this.#storage, ref, this.#pages)
      this.#open.set(key, reader)
      reader.catch(() => this.#open.delete(key))
    }
    return reader
  }
}

function segmentKey(ref: SegmentRef): string {
  return `${ref.key}:${ref.offset}`
}

function gone(error: unknown): unknown {
  if (!isDvError(error, 'DV_NOT_FOUND')) return error
  return new DvError('DV_CORRUPT', `A part of the index is missing: ${error.message}`, {
    hint: "run 'dv fsck' to list what is damaged",
    cause: error,
  })
}

/** Makes segments live, then merges tiers that are full. Adding what is live already changes nothing. */
export async function addSegments(storage: Storage, added: readonly SegmentRef[]): Promise<void> {
  if (added.length === 0) return
  const root = await changeRoot(storage, (root) => {
    const live = new Set(root.segments.map(segmentKey))
    const fresh = added.filter((ref) => !live.has(segmentKey(ref)))
    return fresh.length === 0 ? undefined : { ...root, segments: [...root.segments, ...fresh] }
  })
  if (root) await mergeFullTiers(storage, root)
}

async function mergeFullTiers(storage: Storage, root: IndexRoot): Promise<void> {
  let current: IndexRoot | undefined = root
  while (current) {
    const chosen = chooseMerge(current.segments)
    if (!chosen) return
    const inputs = new Set(chosen.map(segmentKey))
    const merged: SegmentRef = await mergeSegments(storage, chosen)
    // Another writer may have merged some of them meanwhile: then this result is dropped and left to the collector.
    current = await changeRoot(storage, (now) => {
      const rest = now.segments.filter((ref) => !inputs.has(segmentKey(ref)))
      return rest.length === now.segments.length - inputs.size
        ? { ...now, segments: [merged, ...rest] }
        : undefined
    })
  }
}
