// The first half of a collection: what has garbage in it is listed, and nothing goes. Order: spec/17-collection.md, "Mark".
import { randomHex } from '../../base/index.js'
import {
  changeRoot,
  type Doomed,
  encodeTombstone,
  readRoot,
  type IndexRoot,
  tombstoneKey,
} from '../../index/index.js'
import { packKey } from '../../pack/index.js'
import type { ObjectStore } from '../../store/index.js'
import { type CollectOptions, markAll, readKept, startCollecting, takeRoot } from './collecting.js'
import { findGarbage } from './garbage.js'
import { listObjects, storageTime, type StoredObject } from './objects.js'
import { tallyPacks } from './tally.js'

/** Between a record and the change of the root that names it, by this process's steady clock. */
const NAMED_WITHIN_MS = 5 * 60_000

export interface Marked {
  /** Absent: there is no garbage, or it was only looked for. */
  id?: string
  doomed: readonly Doomed[]
}

/** Looks for garbage, and says in the index root where it is. `isDry`: writes nothing; then `now` is what the clock here
 * says. */
export async function markGarbage(
  store: ObjectStore,
  options: CollectOptions & { dryNow?: number | undefined },
): Promise<Marked> {
  const doomed = await findDoomed(store, options)
  if (doomed.length === 0 || options.dryNow !== undefined) return { doomed }
  for (;;) {
    const id = randomHex(16)
    const began = performance.now()
    await store.storage.put(tombstoneKey(id), encodeTombstone(doomed))
    const isInTime = () => performance.now() - began < NAMED_WITHIN_MS
    const add = (root: IndexRoot): IndexRoot | undefined =>
      isInTime() && !root.collections.some((one) => one.id === id)
        ? { ...root, collections: [...root.collections, { id, state: 'marked' }] }
        : undefined
    if (await changeRoot(store.storage, add)) return { id, doomed }
    // Whether it landed all the same, or too much time went by, says the root.
    const { root } = await readRoot(store.storage)
    if (root.collections.some((one) => one.id === id)) return { id, doomed }
    await store.storage.delete(tombstoneKey(id))
  }
}

async function findDoomed(
  store: ObjectStore,
  options: CollectOptions & { dryNow?: number | undefined },
): Promise<Doomed[]> {
  const { storage } = store
  const { grace, threshold } = options
  const now = options.dryNow ?? (await storageTime(storage))
  // Before the root is read: what came later is not listed, and stays.
  const objects = await listObjects(storage)
  const isOld = ({ modified, isAway }: StoredObject) =>
    isAway === true || grace === 0 || (now !== undefined && modified !== undefined && now - modified >= grace)
  const staysWhole = (pack: string) => {
    const object = objects.get(packKey(pack))
    return object === undefined || !isOld(object)
  }
  const collecting = startCollecting(store, options, staysWhole)
  try {
    const { known } = await takeRoot(collecting, () => readRoot(storage))
    await markAll(collecting, await readKept(collecting))
    const tallies = await tallyPacks(collecting.index)
    const segments = new Set(known.root.segments.map(({ key }) => key))
    return findGarbage({ objects, tallies, segments }, { isOld, threshold })
  } finally {
    collecting.index.close()
  }
}
