// Deltas that stand on what is lost.
import type { Row, SegmentReader, SegmentRef } from '../../index/index.js'
import type { ObjectStore } from '../../store/index.js'
import { ATTEMPTS, changesAllTheTime, freshSegments, putRowsOf, replaceSegments } from './segments.js'

/** Takes deltas out of the index that stand on nothing: as long as it names them, nobody stores their items anew. Returns
 * how many. */
export async function dropDeadDeltas(store: ObjectStore): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const old: SegmentRef[] = []
    const fresh: SegmentRef[] = []
    let count = 0
    for (const ref of await freshSegments(store)) {
      const reader = await store.index.segment(ref)
      const dead = await deadDeltas(store, reader)
      if (dead.size === 0) continue
      count += dead.size
      old.push(ref)
      fresh.push(...(await putRowsOf(store.storage, reader, (row) => !dead.has(placeOf(row)))))
    }
    if (old.length === 0) return 0
    if (!(await replaceSegments(store.storage, { old, fresh }))) continue
    await store.index.refresh()
    return count
  }
  throw changesAllTheTime(store.storage)
}

/** Segments without the deltas that would stand on nothing if `store` had its index: those that have none as they are. */
export async function withoutDeadDeltas(
  store: ObjectStore,
  segments: readonly SegmentRef[],
): Promise<SegmentRef[]> {
  const fresh: SegmentRef[] = []
  for (const ref of segments) {
    const reader = await store.index.segment(ref)
    const dead = await deadDeltas(store, reader)
    if (dead.size === 0) fresh.push(ref)
    else fresh.push(...(await putRowsOf(store.storage, reader, (row) => !dead.has(placeOf(row)))))
  }
  return fresh
}

async function deadDeltas(store: ObjectStore, reader: SegmentReader): Promise<Set<string>> {
  const dead = new Set<string>()
  for await (const rows of reader.rows())
    for (const row of rows) if (!(await standsOnAll(store, row))) dead.add(placeOf(row))
  return dead
}

async function standsOnAll({ index }: ObjectStore, { bases }: Row): Promise<boolean> {
  for (const base of bases)
    if (!(await index.lookup(base)).some((copy) => copy.bases.length === 0)) return false
  return true
}

function placeOf({ pack, blockOffset }: Row): string {
  return `${pack}:${blockOffset}`
}
