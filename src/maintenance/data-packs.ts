// The packs of chunks that lie in a store and count, each with what its footer lists.
import { isDvError } from '../base/index.js'
import { openSegment, PageCache, type Row } from '../index/index.js'
import { packKey } from '../pack/index.js'
import type { ObjectStore } from '../store/index.js'
import { readFooter } from './footer.js'

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
  try {
    const { kind, ref } = await readFooter(storage, name, size)
    if (kind !== 'data') return undefined
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
