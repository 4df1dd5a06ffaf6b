import { packsAway, readLostItems, readPromises, setLostItems } from '../store/index.js'
import type { ObjectStore } from '../store/index.js'
import { absentOf } from '../transfer/index.js'

/** Forgets what was noted as lost and is in the store again. Returns what is lost still, ids ascending. */
export async function forgetFound(store: ObjectStore): Promise<Buffer> {
  const { storage } = store
  const lost = await readLostItems(storage)
  if (lost.count === 0) return lost.ids
  await store.index.refresh()
  const absent = await absentOf(store, lost.ids, await packsAway(storage, await readPromises(storage)))
  // Bases that are not here come along.
  const left = lost.only(absent)
  await setLostItems(storage, left)
  return left
}
