// The index segment that a pack ends with, found from the pack alone.
import { isDvError } from '../base/index.js'
import { decodeSegmentHeader, type SegmentRef, verifyStoredSegment } from '../index/index.js'
import {
  decodePackHeader,
  decodePackTrailer,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
  type PackKind,
} from '../pack/index.js'
import type { Storage } from '../storage/index.js'

const SEGMENT_HEADER_BYTES = 64

export interface PackFooter {
  kind: PackKind
  ref: SegmentRef
}

/** Where the footer lies, by the two ends of the pack. Throws DV_CORRUPT, DV_NOT_FOUND. */
export async function readFooter(storage: Storage, name: string, size: number): Promise<PackFooter> {
  const key = packKey(name)
  const kind = decodePackHeader(await storage.get(key, { offset: 0, length: PACK_HEADER_BYTES }))
  const trailer = { offset: Math.max(0, size - PACK_TRAILER_BYTES), length: PACK_TRAILER_BYTES }
  const { offset, length } = decodePackTrailer(await storage.get(key, trailer), size)
  const head = await storage.get(key, { offset, length: Math.min(length, SEGMENT_HEADER_BYTES) })
  return { kind, ref: { key, offset, length, rows: decodeSegmentHeader(head).rows } }
}

/** The same, verified from end to end; undefined when it, or the pack, is damaged or gone. */
export async function wholeFooter(storage: Storage, name: string): Promise<PackFooter | undefined> {
  try {
    const size = await storage.size(packKey(name))
    if (size === undefined) return undefined
    const footer = await readFooter(storage, name, size)
    await verifyStoredSegment(storage, footer.ref)
    return footer
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT') || isDvError(error, 'DV_NOT_FOUND')) return undefined
    throw error
  }
}

/** The names of all packs that lie in a store. */
export async function packNames(storage: Storage): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of storage.list(packKey(''))) names.push(name.slice(packKey('').length))
  return names
}
