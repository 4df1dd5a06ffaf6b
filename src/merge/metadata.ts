import { type Metadata, type MetadataValue, sameValue } from '../objects/index.js'

export interface MergedMetadata {
  metadata: Metadata
  /** Keys both sides set differently, ascending; `metadata` has ours for them, or the favoured side's. */
  conflicts: string[]
}

/** Merges key by key: a key that one side changed is taken from that side. */
export function mergeMetadata(
  base: Metadata,
  ours: Metadata,
  theirs: Metadata,
  favour: 'ours' | 'theirs' = 'ours',
): MergedMetadata {
  const metadata = new Map<string, MetadataValue>()
  const conflicts: string[] = []
  for (const key of [...new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])].sort()) {
    const [was, mine, other] = [base.get(key), ours.get(key), theirs.get(key)]
    const isConflict = !sameValue(was, mine) && !sameValue(was, other) && !sameValue(mine, other)
    const value = sameValue(was, mine) || (isConflict && favour === 'theirs') ? other : mine
    if (value !== undefined) metadata.set(key, value)
    if (isConflict) conflicts.push(key)
  }
  return { metadata, conflicts }
}
