// Whether a ref of the other side may be moved. The answer is only good for the value it was given: whoever moves the
// ref does so by compare-and-swap against that value.
import { isDvError } from '../base/index.js'
import { type CommitId, sameId, type TagId } from '../hash/index.js'
import { isAncestor } from '../history/index.js'
import type { ObjectReader, ObjectStore } from '../store/index.js'
import { nearFirst } from './near-first.js'

export type MoveVerdict =
  | { outcome: 'new' | 'fast-forward' | 'forced' | 'unchanged' }
  | { outcome: 'rejected'; reason: 'not-fast-forward' | 'stale' | 'exists' }

export interface BranchMove {
  /** What is there now. */
  before: CommitId | undefined
  after: CommitId
  /** Allows any move, provided that what is there is what was last seen; `seen` undefined: nothing was. */
  lease?: { seen: CommitId | undefined }
}

/** `store` holds `after` and all its history; it need not know `before`. */
export async function judgeBranchMove(store: ObjectStore, move: BranchMove): Promise<MoveVerdict> {
  const { before, after, lease } = move
  if (before && sameId(before, after)) return { outcome: 'unchanged' }
  if (lease && !sameOrAbsent(lease.seen, before)) return { outcome: 'rejected', reason: 'stale' }
  if (!before) return { outcome: 'new' }
  // A commit that is not here cannot be in the history of one that is.
  if ((await store.has(before)) && (await isAncestor(store, before, after)))
    return { outcome: 'fast-forward' }
  return lease ? { outcome: 'forced' } : { outcome: 'rejected', reason: 'not-fast-forward' }
}

/** Whether a commit that was to become a branch of the far store did, and others have gone on from it: then it is below
 * what is there now. Only the commits on top of it are read from afar. */
export async function hasLanded(
  { near, far }: { near: ObjectReader; far: ObjectReader },
  { commit, tip }: { commit: CommitId; tip: CommitId },
): Promise<boolean> {
  try {
    return await isAncestor(nearFirst(near, far), commit, tip)
  } catch (error) {
    // The branch was moved again since, and its tip collected.
    if (isDvError(error, 'DV_MISSING_OBJECT')) return false
    throw error
  }
}

interface TagValue {
  target: CommitId
  tag?: TagId
}

/** Tags are made once: they are not moved. */
export function judgeTagMove(before: TagValue | undefined, after: TagValue): MoveVerdict {
  if (!before) return { outcome: 'new' }
  const same = sameId(before.target, after.target) && sameOrAbsent(before.tag, after.tag)
  return same ? { outcome: 'unchanged' } : { outcome: 'rejected', reason: 'exists' }
}

function sameOrAbsent(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? sameId(a, b) : a === b
}
