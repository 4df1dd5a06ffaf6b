// A store put right, step by step; what is asked in between is the caller's: which remotes there are, what lies in working
// directories. Each step may be the last: what a kill leaves, the next repair begins with. Rules: spec/19-repair.md.
import { noProgress } from '../../base/index.js'
import { NOTHING_PURGED, ObjectStore } from '../../store/index.js'
import type { BringOptions } from '../../transfer/index.js'
import { Absent } from '../absent.js'
import { Check } from '../check.js'
import type { StoreReport } from '../fsck.js'
import { fillGaps, type Filled, type GapOptions, type Source } from './gaps.js'
import { dropDeadDeltas } from './dead-deltas.js'
import { type RepairedIndex, repairIndex } from './indexing.js'
import { checkRoots, type OutsideRoots, type Roots } from '../roots.js'
import { strayStore } from './strays.js'

export interface StoreRepair {
  index: RepairedIndex
  /** Brings what is still missing from stores that may have it, those that lie here unnamed first. */
  fill(sources: readonly Source[]): Promise<Filled>
}

/** Puts index and packs right, after what a deep check found. `outside`: as for the check. */
export async function beginRepair(
  store: ObjectStore,
  { report, outside, now }: { report: StoreReport; outside: OutsideRoots; now: number },
  options: BringOptions,
): Promise<StoreRepair> {
  const index = await repairIndex(store, report.damage, now)
  return {
    index,
    async fill(remotes) {
      // Each time the index was put right, what was found in it before counts no more.
      const { storage } = store
      const sources = [{ name: undefined, store: await strayStore(storage) }, ...remotes]
      const work = { roots: await rootsOf(store, outside), sources }
      const first = await fillGaps(new ObjectStore(storage), work, options)
      // What stands on what nobody has may be had in full.
      if (first.lost === 0 || (await dropDeadDeltas(new ObjectStore(storage))) === 0) return first
      const second = await fillGaps(new ObjectStore(storage), work, options)
      return { brought: [...first.brought, ...second.brought], lost: second.lost }
    },
  }
}

/** Brings what another store has of all that is needed here, and notes what it lacks. `wanted`: commits and tags that will be
 * needed. */
export async function bringWhatIsLeft(
  target: ObjectStore,
  {
    source,
    wanted,
    outside,
  }: { source: Source; wanted: Pick<Roots, 'commits' | 'tags'>; outside: OutsideRoots },
  options: GapOptions,
): Promise<Filled> {
  const roots = await rootsOf(target, outside)
  roots.commits.push(...wanted.commits)
  roots.tags.push(...wanted.tags)
  return fillGaps(target, { roots, sources: [source] }, options)
}

/** What is wrong with refs and operations was told by the check. */
async function rootsOf(store: ObjectStore, outside: OutsideRoots) {
  const check = new Check(
    store,
    { absent: new Absent(), purged: NOTHING_PURGED },
    { deep: false, onProgress: noProgress },
  )
  return checkRoots(check, outside)
}
