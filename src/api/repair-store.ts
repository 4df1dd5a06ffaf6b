// A store put right with the help of all that may have what it lost: what lies beside it, then other stores.
import { isDvError } from '../base/index.js'
import { whyNever } from '../files/index.js'
import {
  beginRepair,
  checkStore,
  type Filled,
  type OutsideRoots,
  type Problem,
  type StoreReport,
} from '../maintenance/index.js'
import { forward, overlay, type Storage } from '../storage/index.js'
import { addLostItems, ObjectStore } from '../store/index.js'
import type { StoredAnew } from './repair-files.js'
import type { OpenSources } from './repair-sources.js'
import type { RepairResult } from './results.js'
import type { Work } from './types.js'

export interface StoreRepairPlan {
  /** What a deep check found. */
  report: StoreReport
  outside: OutsideRoots
  now: number
  /** Stores anew what lies beside the store of the files that problems reach. */
  storeAnew?: (store: ObjectStore, problems: readonly Problem[]) => Promise<StoredAnew[]>
  /** Opens other stores that may have what is lost. */
  sources: () => Promise<OpenSources>
}

export type StoreRepaired = Pick<RepairResult, 'index' | 'aside' | 'brought' | 'files' | 'unreachable'> & {
  stored: readonly StoredAnew[]
}

export async function repairStore(
  storage: Storage,
  { report, outside, now, storeAnew, sources }: StoreRepairPlan,
  work: Work,
): Promise<StoreRepaired> {
  const done: StoreRepaired = {
    index: { rebuilt: false, salvaged: 0, missing: 0 },
    ...{ aside: [], brought: [], files: [], stored: [], unreachable: [] },
  }
  if (report.problems.length === 0) return done
  // Whatever the index forgets of it: nobody is known to have it.
  await addLostItems(storage, report.doubts.ids)
  const { index, fill } = await beginRepair(new ObjectStore(storage), { report, outside, now }, work)
  const { aside, ...rest } = index
  Object.assign(done, { index: rest, aside })
  if (noteBrought(done, await fill([])) === 0) return done
  if (storeAnew) {
    const store = new ObjectStore(storage)
    const left = await checkStore(store, { deep: false, outside, whyNever, ...work })
    done.stored = await storeAnew(store, left.problems)
    done.files = [...new Set(done.stored.map(({ path }) => path))]
    if (done.files.length > 0 && noteBrought(done, await fill([])) === 0) return done
  }
  const { open, unreachable } = await sources()
  done.unreachable = unreachable
  try {
    noteBrought(done, await fill(open))
  } finally {
    for (const { storage } of open) storage.close()
  }
  return done
}

/** Returns how many items are still lost. */
function noteBrought(done: StoreRepaired, { brought, lost }: Filled): number {
  for (const { from, ...sums } of brought)
    done.brought.push({ ...(from !== undefined && { remote: from }), ...sums })
  return lost
}

/** The same store, to try the repair on. */
export function rehearsal(real: Storage): Storage {
  const tolerant = { ...forward(real), read: (name: string) => real.read(name).catch(unlessDamaged) }
  return { ...overlay(tolerant), properties: real.properties }
}

function unlessDamaged(error: unknown): undefined {
  if (!isDvError(error, 'DV_CORRUPT')) throw error
}
