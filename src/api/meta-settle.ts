// Conflicts of metadata that `dv meta` settles: while a merge or revert waits, a name that is set or taken away at a path in
// conflict over it is decided, whatever the two sides had.
import type { PathEdit } from '../metadata/index.js'
import type { MergeConflict, MergeState } from '../workspace/index.js'

export interface Settling {
  /** The edits, as they came. */
  edits: AsyncIterable<readonly PathEdit[]>
  /** Once they were read: the merge with what they settled, and of how many paths; undefined: nothing was. */
  settled(): { merge: MergeState; count: number } | undefined
}

export function settling(merge: MergeState | undefined, edits: AsyncIterable<readonly PathEdit[]>): Settling {
  const inConflict = new Set(
    merge?.conflicts.flatMap(({ path, metadataKeys }) => (metadataKeys ? [path] : [])),
  )
  const decided = new Map<string, Set<string>>()
  const watched = async function* () {
    for await (const batch of edits) {
      for (const { path, set, unset } of batch)
        if (inConflict.has(path)) decided.set(path, new Set([...set.keys(), ...unset]))
      yield batch
    }
  }
  return {
    edits: inConflict.size > 0 ? watched() : edits,
    settled() {
      if (!merge) return undefined
      const conflicts = merge.conflicts.flatMap((conflict) => without(conflict, decided.get(conflict.path)))
      const count = merge.conflicts.filter((conflict) => !conflicts.includes(conflict)).length
      return count === 0 ? undefined : { merge: { ...merge, conflicts }, count }
    },
  }
}

/** The conflict itself where nothing of it was decided. */
function without(conflict: MergeConflict, names: ReadonlySet<string> | undefined): MergeConflict[] {
  const { metadataKeys = [], ...rest } = conflict
  const left = metadataKeys.filter((key) => !names?.has(key))
  if (left.length === metadataKeys.length) return [conflict]
  if (left.length > 0) return [{ ...rest, metadataKeys: left }]
  return conflict.kind === 'metadata' ? [] : [rest]
}
