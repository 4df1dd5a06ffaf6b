// Which bytes of which packs it takes to read many items, and how they are read in few requests.
import { idKey, type Id } from '../hash/index.js'
import type { Row } from '../index/index.js'
import { BLOCK_STORED_MAX, packKey } from '../pack/index.js'
import type { ByteRange } from '../storage/index.js'
import type { ObjectStore } from './object-store.js'

const WINDOW_BYTES = 4 * 1024 * 1024
/** Of what is read, at most this share was not wanted: it lay between. */
const GAP_SHARE = 1 / 16

/** Bytes of a pack. */
export interface Place extends ByteRange {
  name: string
}

/** Where the blocks lie that the store will read for these items: theirs, and those of the bases they stand on, each once.
 * What it does not have is passed over: reading it says so. */
export async function blocksOf(store: ObjectStore, ids: readonly Id[]): Promise<Place[]> {
  const rows = await Promise.all([...unique(ids)].map((id) => store.chosenCopy(id)))
  const found = rows.filter((row) => row !== undefined)
  const bases = unique(found.flatMap((row) => row.bases))
  const under = await Promise.all([...bases].map((id) => store.chosenCopy(id, { full: true })))
  const places = new Map<string, Place>()
  for (const row of [...found, ...under]) {
    if (!row || row.blockLength > BLOCK_STORED_MAX) continue
    const place = placeOf(row)
    places.set(`${place.name}:${place.offset}`, place)
  }
  return [...places.values()]
}

function unique(ids: readonly Id[]): Iterable<Id> {
  return new Map(ids.map((id) => [idKey(id), id])).values()
}

function placeOf({ pack, blockOffset, blockLength }: Row): Place {
  return { name: packKey(pack), offset: blockOffset, length: blockLength }
}

/** Blocks that are read together. */
export function windowsOf(blocks: readonly Place[]): Place[] {
  const sorted = [...blocks].sort((a, b) =>
    a.name === b.name ? a.offset - b.offset : a.name < b.name ? -1 : 1,
  )
  const windows: (Place & { wanted: number })[] = []
  for (const { name, offset, length } of sorted) {
    const last = windows.at(-1)
    const all = last ? offset + length - last.offset : 0
    const fits =
      last?.name === name && all <= WINDOW_BYTES && all - (last.wanted + length) <= last.wanted * GAP_SHARE
    if (fits) Object.assign(last, { length: all, wanted: last.wanted + length })
    else windows.push({ name, offset, length, wanted: length })
  }
  return windows.map(({ name, offset, length }) => ({ name, offset, length }))
}
