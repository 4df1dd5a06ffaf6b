// Whether a store is whole. Structure: what is named is there, decodes, and agrees. Deep: every byte as well. Needs no
// lock and writes nothing. Damage of one thing never ends the check of the others.
import { ID_BYTES } from '../hash/index.js'
import type { SegmentRef } from '../index/index.js'
import { LOST_KEY, NOTHING_PURGED, type ObjectStore, PROMISES_KEY, readPromises } from '../store/index.js'
import { Absent, readAbsent } from './absent.js'
import { findAffected } from './affected.js'
import { Check, type CheckOptions } from './check.js'
import { checkBlocks } from './check-blocks.js'
import { checkIndex } from './check-index.js'
import { type Doubts, type OpenPromiser, settleDoubts } from './doubts.js'
import { checkObjects, type PathRule } from './check-objects.js'
import { asFinding, type Problem } from './problems.js'
import { findRefs } from './reaching-refs.js'
import { checkSpares } from './check-spares.js'
import { checkRoots, type OutsideRoots } from './roots.js'

export interface StoreCheckOptions extends CheckOptions {
  /** What is needed besides what refs and operations name. */
  outside?: OutsideRoots
  whyNever?: PathRule
  /** Given: remotes are asked for what they promised and were not seen to have. */
  openPromiser?: OpenPromiser
}

export interface StoreReport {
  commits: number
  packs: number
  /** Copies of items that the index names. */
  objects: number
  /** Read from packs; only by a deep check. */
  bytes: number
  /** Items that are not here but at remotes, as promised. */
  absent: number
  /** Contents of files that were purged. */
  purged: number
  /** Packs of which every byte was read and is right, by name: only by a deep check. And all that are here. */
  sound: readonly string[]
  sizes: ReadonlyMap<string, number>
  damage: StoreDamage
  /** What is promised, and perhaps by nobody. */
  doubts: Doubts
  problems: Problem[]
}

/** What of the store itself is to be put right. */
export interface StoreDamage {
  /** Packs that are damaged, only as far as their bytes were read, or missing. */
  packs: readonly string[]
  segments: readonly SegmentRef[]
  isRootLost: boolean
}

/** Checks a store. Throws DV_INTERRUPTED, and nothing for damage. */
export async function checkStore(store: ObjectStore, options: StoreCheckOptions): Promise<StoreReport> {
  const promised = await attemptAbsent(store)
  const erased = await attemptPurged(store)
  const check = new Check(store, { absent: promised.absent, purged: erased.purged }, options)
  if (promised.failure) check.problems.add({ ...promised.failure, object: 'promises', name: promised.name })
  if (erased.failure) check.problems.add({ ...erased.failure, object: 'purge records', name: 'purged/' })
  // Refs before the index: what others publish meanwhile cannot seem to be missing.
  const roots = await checkRoots(check, options.outside ?? { commits: [], manifests: [] })
  if (check.deep) checkSpares(check)
  await checkIndex(check, roots.commits.length > 0)
  if (check.deep) await checkBlocks(check)
  await checkObjects(check, roots, options.whyNever ?? (() => undefined))
  const doubts = await settleDoubts(check, options.openPromiser)
  await findAffected(check, roots)
  await findRefs(check, roots)
  const packs = [...check.packs.values()]
  return {
    ...check.checked,
    packs: packs.length,
    absent: check.absent.count - doubts.ids.length / ID_BYTES,
    purged: check.holes.size,
    sound: packs.filter(({ isSound }) => isSound).map(({ name }) => name),
    sizes: new Map(packs.flatMap(({ name, size }) => (size === undefined ? [] : [[name, size] as const]))),
    damage: {
      packs: packs.filter(({ isDamaged }) => isDamaged).map(({ name }) => name),
      segments: check.damagedSegments,
      isRootLost: check.isRootLost,
    },
    doubts,
    problems: check.problems.list(),
  }
}

/** Where the record of promises, or of what is lost, is damaged, nothing counts as promised. */
async function attemptAbsent({ storage }: ObjectStore) {
  try {
    return { absent: await readAbsent(storage), name: PROMISES_KEY }
  } catch (error) {
    const name = await readPromises(storage).then(
      () => LOST_KEY,
      () => PROMISES_KEY,
    )
    return { absent: new Absent(), failure: asFinding(error), name }
  }
}

/** Where a record of a purge is damaged, nothing counts as purged. */
async function attemptPurged(store: ObjectStore) {
  const isReadable = await store.index.root().then(
    () => true,
    () => false,
  )
  // What is wrong with the root itself is told where the index is checked.
  if (!isReadable) return { purged: NOTHING_PURGED }
  try {
    return { purged: await store.purged() }
  } catch (error) {
    return { purged: NOTHING_PURGED, failure: asFinding(error) }
  }
}
