// Items of packs that are about to go, which are to stay, written into packs of their own.
import type { Row } from '../index/index.js'
import { ByteBudget } from '../storage/index.js'
import type { ObjectStore } from '../store/index.js'
import { Arrivals } from './arrivals.js'
import { Copiers } from './copiers.js'
import { copyWanted } from './copy.js'
import { BUDGET_BYTES, DEFAULT_LIMITS } from './limits.js'
import { ASK_FOR_ALL } from './sent-packs.js'
import { Wanted } from './wanted.js'

/** Afterwards the index also names copies of these chunks that lie in other packs. Returns their bytes. */
export async function repackChunks(store: ObjectStore, rows: readonly Row[]): Promise<number> {
  const wanted = new Wanted()
  for (const row of rows) if (!wanted.has(row.id)) wanted.add(row)
  if (wanted.count === 0) return 0
  const sums = { objects: 0, bytes: 0 }
  const arrivals = await Arrivals.begin(store)
  const copiers = new Copiers({ source: store, target: store.storage })
  // A pack is never taken whole: it would only be put where it is.
  const limits = { ...DEFAULT_LIMITS, wholePackBytes: Infinity }
  const ends = { source: store, target: store, kind: 'data' as const }
  try {
    const budget = new ByteBudget(BUDGET_BYTES)
    await copyWanted({ ...ends, wanted, sums, limits, copiers, arrivals, budget, sent: ASK_FOR_ALL })
    await arrivals.publishAll()
  } finally {
    await copiers.close()
  }
  return sums.bytes
}
