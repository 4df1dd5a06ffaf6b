// What all actors of a schedule share: the storage, what trees are made of, and which failures are none.
import { type DvErrorCode, isDvError } from '../../src/base/index.js'
import { branchRef, type StoredRef } from '../../src/refs/index.js'
import type { Storage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { CHUNK_BYTES, type Tree } from '../transfer/world.js'
import type { Schedule } from './schedule.js'
import type { Witness } from './witness.js'

const HOUR = 3_600_000
export const BRANCHES = ['main', 'work', 'old'].map((name) => branchRef(name))

export interface World {
  schedule: Schedule
  witness: Witness
  shared: Storage
  /** For temporary files. */
  folder: string
  /** The collectors' grace, milliseconds. */
  grace: number
  /** What those who open the store leave out, to see whether that is noticed. */
  careless?: (store: ObjectStore) => void
}

/** Few contents, so that everybody has something that somebody else stored. */
export function someTree({ schedule }: World): Tree {
  const tree: Tree = {}
  for (let i = 0; i < 3; i++) tree[`file-${schedule.below(4)}`] = content(schedule.below(6))
  return tree
}

function content(n: number): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES + 1500)
  // Halves that others share, and halves that differ in little, so that there are deltas.
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * ((n >> 1) + 3) + (i >> 4)) & 255
  bytes[100] = n
  bytes[CHUNK_BYTES + 50] = n % 3
  return bytes
}

export function openShared(world: World): ObjectStore {
  const store = new ObjectStore(world.shared)
  world.careless?.(store)
  return store
}

/** Between two commands. */
export function pause({ schedule, grace }: World): Promise<void> {
  return schedule.sleep(schedule.below(grace === 0 ? HOUR / 2 : 2 * HOUR))
}

/** Failures that an honest program may end with: others were faster, or the line broke. */
export const MISHAPS: readonly DvErrorCode[] = ['DV_REF_MOVED', 'DV_IO', 'DV_COLLECTED', 'DV_UNCERTAIN']

const isOne = (error: unknown, codes: readonly DvErrorCode[]) => codes.some((code) => isDvError(error, code))

export async function unlessMishap(
  { witness }: World,
  work: () => Promise<void>,
  mishaps: readonly DvErrorCode[] = MISHAPS,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isOne(error, mishaps)) throw error
    witness.counts.lost++
  }
}

/** For what reads: whatever acknowledged refs have led to all the time can be read. Returns whether it was. */
export async function mayFail(
  { witness }: World,
  stored: StoredRef,
  work: () => Promise<void>,
): Promise<boolean> {
  const since = witness.moment
  const wasSure = witness.isAcknowledged(stored)
  try {
    await work()
    witness.counts.read++
    return true
  } catch (error) {
    if (isOne(error, MISHAPS)) throw error
    if (wasSure && witness.stayed(stored.value.target, since))
      throw new Error(`'${stored.ref}' could not be read`, { cause: error })
    return false
  }
}
