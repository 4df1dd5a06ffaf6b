// Items of packs that are about to go, which are to stay, written into packs of their own.
import type { Row } from '../index/index.js'
import type { PackKind } from '../pack/index.js'
import { ByteBudget } from '../storage/index.js'
import type { ObjectStore } from '../store/index.js'
import { Arrivals } from './arrivals.js'
import { Copiers } from './copiers.js'
import { copyWanted } from './copy.js'
import { BUDGET_BYTES, DEFAULT_LIMITS } from './limits.js'
import { Wanted } from './wanted.js'

export interface RepackOptions {
  /** What all of them are. */
  kind: PackKind
  /** Nothing comes along that lies in the same block. */
  exact?: boolean
  /** Deltas are written as full copies. */
  inFull?: boolean
  signal?: AbortSignal | undefined
}

/** Afterwards the index also names copies of these items that lie in other packs. The first row of an id is the one that
 * is copied. Returns their bytes. */
export async function repack(
  store: ObjectStore,
  rows: readonly Row[] | AsyncIterable<Row>,
  options: RepackOptions,
): Promise<number> {
  const wanted = new Wanted()
  for await (const row of rows) if (!wanted.has(row.id)) wanted.add(row)
  if (wanted.count === 0) return 0
  const sums = { objects: 0, bytes: 0 }
  const arrivals = await Arrivals.begin(store)
  const copiers = new Copiers({ source: store, target: store.storage })
  // A pack is never taken whole: it would only be put where it is.
  const { exact: onlyWanted = false, signal, ...how } = options
  const limits = { ...DEFAULT_LIMITS, wholePackBytes: Infinity, onlyWanted }
  const job = { ...how, ...(signal && { signal }), source: store, target: store }
  try {
    const budget = new ByteBudget(BUDGET_BYTES)
    await copyWanted({ ...job, wanted, sums, limits, copiers, arrivals, budget })
    await arrivals.publishAll()
  } finally {
    await copiers.close()
  }
  return sums.bytes
}
