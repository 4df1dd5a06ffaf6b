// Format: spec/06-index.md, "The root": the one small record, changed by compare-and-swap, that names the live segments
// and the collections under way. What it does not name does not exist.
import { corrupt, DvError } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import type { Storage } from '../storage/index.js'
import { type Collection, decodeCollections } from './collections.js'

export const INDEX_ROOT_KEY = 'index/root'
const KEY = /^(packs|segments)\/[0-9a-f]{32}$/
const NAME = /^[0-9a-f]{32}$/
const ATTEMPTS = 64

/** Where a segment lies: a pack's footer, or a file of its own. */
export interface SegmentRef {
  key: string
  /** Bytes. */
  offset: number
  length: number
  rows: number
  /** sumOfSegment() of its bytes, which tells it from any other that has its name elsewhere. Absent: nobody said. */
  sum?: string
}

export interface IndexRoot {
  /** Grows when data is deleted: what was learned under another generation is void. */
  generation: number
  segments: readonly SegmentRef[]
  /** Collections under way, oldest first: spec/17-collection.md. */
  collections: readonly Collection[]
  /** Names of the records of what was purged, ascending (spec/18-purge.md). */
  purged: readonly string[]
}

/** What tells segments apart. */
export function segmentKey(ref: SegmentRef): string {
  return `${ref.key}:${ref.offset}`
}

export const EMPTY_ROOT: IndexRoot = { generation: 0, segments: [], collections: [], purged: [] }

export function encodeRoot({ generation, segments, collections, purged }: IndexRoot): Buffer {
  const lines = segments.map(({ key, offset, length, rows, sum }) => [
    ...[key, offset, length, rows],
    ...(sum === undefined ? [] : [sum]),
  ])
  const underWay = collections.map(({ id, state }) => [id, state])
  return seal({
    format: 1,
    generation,
    segments: lines,
    ...(underWay.length > 0 && { collections: underWay }),
    ...(purged.length > 0 && { purged }),
  })
}

export function decodeRoot(bytes: Uint8Array): IndexRoot {
  const record = unseal(bytes, 'index root')
  const { format, generation, segments, collections = [], purged = [] } = record
  if (format !== 1 || !whole(generation) || !Array.isArray(segments))
    throw corrupt('The index root is not one')
  return {
    generation,
    purged: namesOf(purged),
    segments: segments.map(readSegment),
    collections: decodeCollections(collections),
  }
}

function readSegment(line: unknown): SegmentRef {
  const [key, offset, length, rows, sum] = Array.isArray(line) ? (line as unknown[]) : []
  const isPlace = typeof key === 'string' && KEY.test(key) && whole(offset) && whole(length) && whole(rows)
  if (!isPlace || (sum !== undefined && !isName(sum)))
    throw corrupt('The index root names a segment that cannot be')
  return { key, offset, length, rows, ...(sum !== undefined && { sum }) }
}

function whole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

function namesOf(value: unknown): string[] {
  const areNames = Array.isArray(value) && value.every(isName)
  if (!areNames) throw corrupt('The index root names records that cannot be')
  return value as string[]
}

/** A root as it was read, and what the next change of it is compared with. */
export interface KnownRoot {
  root: IndexRoot
  version: string | undefined
}

export async function readRoot(storage: Storage): Promise<KnownRoot> {
  const value = await storage.read(INDEX_ROOT_KEY)
  if (value === undefined) return { root: EMPTY_ROOT, version: undefined }
  return { root: decodeRoot(value.bytes), version: value.version }
}

/** Changes the root by compare-and-swap, again after every lost race. `change` returns undefined to leave it. It is asked
 * again also when its change may have landed, without anybody knowing: it must find nothing to do then. `known`: as it
 * was last read; then it is only read when it has changed since. */
export async function changeRoot(
  storage: Storage,
  change: (root: IndexRoot) => IndexRoot | undefined,
  known?: KnownRoot,
): Promise<KnownRoot | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { root, version } = (attempt === 0 ? known : undefined) ?? (await readRoot(storage))
    const next = change(root)
    if (next === undefined) return undefined
    const set = await swapRoot(storage, version, encodeRoot(next))
    if (set !== undefined) return { root: next, version: set }
    // What was known may be old; only others who write now are worth waiting for.
    if (attempt > 0 || !known)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(200, 2 ** attempt)))
  }
  throw new DvError(
    'DV_REF_MOVED',
    `The index of '${storage.properties.location}' is changed by others all the time`,
    {
      hint: 'try again in a moment',
    },
  )
}

/** The new version; undefined: look again. Throws when the failure of the storage left the root as it was. */
async function swapRoot(
  storage: Storage,
  version: string | undefined,
  bytes: Buffer,
): Promise<string | undefined> {
  try {
    return await storage.compareAndSwap(INDEX_ROOT_KEY, version, bytes)
  } catch (failure) {
    // Whether it was set says only the root itself; one that cannot be read says nothing.
    const now = await storage.read(INDEX_ROOT_KEY).catch(() => {
      throw failure
    })
    if (now?.version === version) throw failure
    return now && Buffer.compare(now.bytes, bytes) === 0 ? now.version : undefined
  }
}
