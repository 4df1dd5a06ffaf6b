import type { MergeState } from '../workspace/index.js'
import type { ConflictKind, StatusConflict } from './results.js'

/** What is left to settle of the merge under way. */
export function mergeConflicts(merge: MergeState | undefined): StatusConflict[] {
  return (merge?.conflicts ?? []).map(({ path, reason, sides }) => ({
    path,
    kind: reason as ConflictKind,
    ...(sides[0] && { ours: sides[0] }),
    ...(sides[1] && { theirs: sides[1] }),
    markers: sides.length > 0,
  }))
}
