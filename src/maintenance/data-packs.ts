// The packs of chunks that lie in a store and count, each with what its footer lists.
import { isDvError } from '../base/index.js'
import { decodeSegmentHeader, openSegment, PageCache, type Row } from '../index/index.js'
import {
  decodePackHeader,
  decodePackTrailer,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
} from '../pack/index.js'
import type { ObjectStore } from '../store/index.js'

const SEGMENT_HEADER_BYTES = 64

export interface DataPack {
  name: string
  /** Bytes. */
  size: number
  rows: readonly Row[]
}

/** Passes over packs that the index does not name yet, and damaged ones: these are what fsck speaks of. */
export async function* dataPacks(store: ObjectStore): AsyncGenerator<DataPack> {
  await store.index.refresh()
  const names: { name: string; size: number }[] = []
  for await (const { name, size } of store.storage.list(packKey('')))
    names.push({ name: name.slice(packKey('').length), size })
  for (const { name, size } of names) {
    const rows = await rowsOf(store, name, size)
    if (rows?.[0] && (await isNamed(store, name, rows[0]))) yield { name, size, rows }
  }
}

/** Undefined for a pack of nodes. */
async function rowsOf({ storage }: ObjectStore, name: string, size: number): Promise<Row[] | undefined> {
  const key = packKey(name)
  try {
    const header = await storage.get(key, { offset: 0, length: PACK_HEADER_BYTES })
    if (decodePackHeader(header) !== 'data') return undefined
    const trailer = { offset: size - PACK_TRAILER_BYTES, length: PACK_TRAILER_BYTES }
    const { offset, length } = decodePackTrailer(await storage.get(key, trailer), size)
    const head = await storage.get(key, { offset, length: Math.min(length, SEGMENT_HEADER_BYTES) })
    const ref = { key, offset, length, rows: decodeSegmentHeader(head).rows }
    const all: Row[] = []
    for await (const rows of (await openSegment(storage, ref, { pages: new PageCache() })).rows())
      all.push(...rows)
    return all
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT') || isDvError(error, 'DV_NOT_FOUND')) return undefined
    throw error
  }
}

async function isNamed(store: ObjectStore, name: string, { id }: Row): Promise<boolean> {
  return (await store.index.lookup(id)).some(({ pack }) => pack === name)
}
