// Makes segments live, and keeps their number small.
import { isDvError } from '../base/index.js'
import type { Storage } from '../storage/index.js'
import { chooseMerge, mergeSegments } from './merge.js'
import { changeRoot, type IndexRoot, segmentKey, type SegmentRef } from './root.js'

/** Makes segments live, then merges tiers that are full. Adding what is live already changes nothing. */
export async function addSegments(storage: Storage, added: readonly SegmentRef[]): Promise<void> {
  if (added.length === 0) return
  const root = await changeRoot(storage, (root) => {
    const live = new Set(root.segments.map(segmentKey))
    const fresh = added.filter((ref) => !live.has(segmentKey(ref)))
    return fresh.length === 0 ? undefined : { ...root, segments: [...root.segments, ...fresh] }
  })
  if (root) await mergeFullTiers(storage, root)
}

/** What was added is live already, so a merge that a damaged segment, a full disk or other writers forbid can wait:
 * no such failure is one of the caller's. */
async function mergeFullTiers(storage: Storage, root: IndexRoot): Promise<void> {
  try {
    let current: IndexRoot | undefined = root
    while (current) {
      const chosen = chooseMerge(current.segments)
      current = chosen && (await replaceByMerged(storage, chosen))
    }
  } catch (error) {
    if (!isDvError(error)) throw error
  }
}

/** The new root; undefined when another writer merged some of them meanwhile: then this result is dropped. */
async function replaceByMerged(
  storage: Storage,
  chosen: readonly SegmentRef[],
): Promise<IndexRoot | undefined> {
  const merged = await mergeSegments(storage, chosen)
  const inputs = new Set(chosen.map(segmentKey))
  let isLive = false
  const next = await changeRoot(storage, (now) => {
    isLive = now.segments.some(({ key }) => key === merged.key)
    const rest = now.segments.filter((ref) => !inputs.has(segmentKey(ref)))
    const all = rest.length === now.segments.length - inputs.size
    return all && !isLive ? { ...now, segments: [merged, ...rest] } : undefined
  })
  // A storage may take the swap and say that it was lost: what the root names must stay.
  if (!next && !isLive) await storage.delete(merged.key)
  return next
}
