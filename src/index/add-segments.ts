// Makes segments live, and keeps their number small.
import { isDvError } from '../base/index.js'
import type { Storage } from '../storage/index.js'
import { chooseMerge, type MergeOptions, mergeSegments } from './merge.js'
import { collected } from './collections.js'
import { changeRoot, type KnownRoot, segmentKey, type SegmentRef } from './root.js'

export interface AddOptions extends MergeOptions {
  /** The root as it was last read. */
  known?: KnownRoot
  /** Under which all was found that the segments rely on. */
  generation?: number | undefined
}

/** Makes segments live, then merges tiers that are full. Adding what is live already changes nothing. Returns the root as
 * it is then; undefined when it was not changed. */
export async function addSegments(
  storage: Storage,
  added: readonly SegmentRef[],
  { known, generation, ...options }: AddOptions = {},
): Promise<KnownRoot | undefined> {
  if (added.length === 0) return undefined
  const change = (root: KnownRoot['root']) => {
    const live = new Set(root.segments.map(segmentKey))
    const fresh = added.filter((ref) => !live.has(segmentKey(ref)))
    if (fresh.length === 0) return undefined
    if (generation !== undefined && root.generation !== generation) throw collected(storage)
    return { ...root, segments: [...root.segments, ...fresh] }
  }
  const changed = await changeRoot(storage, change, known)
  return changed && mergeFullTiers(storage, changed, options)
}

/** What was added is live already, so a merge that a damaged segment, a full disk or other writers forbid can wait:
 * no such failure is one of the caller's. */
async function mergeFullTiers(storage: Storage, known: KnownRoot, options: MergeOptions): Promise<KnownRoot> {
  let current = known
  try {
    for (;;) {
      const chosen = chooseMerge(current.root.segments)
      const next = chosen && (await replaceByMerged(storage, { chosen, known: current }, options))
      if (!next) return current
      current = next
    }
  } catch (error) {
    if (!isDvError(error)) throw error
    return current
  }
}

/** The new root; undefined when another writer merged some of them meanwhile: then this result is dropped. */
async function replaceByMerged(
  storage: Storage,
  { chosen, known }: { chosen: readonly SegmentRef[]; known: KnownRoot },
  options: MergeOptions,
): Promise<KnownRoot | undefined> {
  const merged = await mergeSegments(storage, chosen, options)
  const inputs = new Set(chosen.map(segmentKey))
  let isLive = false
  const change = (now: KnownRoot['root']) => {
    isLive = now.segments.some(({ key }) => key === merged.key)
    const rest = now.segments.filter((ref) => !inputs.has(segmentKey(ref)))
    // A collector may have taken the result, which nothing named, for garbage.
    const isSameTime = now.generation === known.root.generation
    const all = isSameTime && rest.length === now.segments.length - inputs.size
    return all && !isLive ? { ...now, segments: [merged, ...rest] } : undefined
  }
  const next = await changeRoot(storage, change, known)
  // A storage may take the swap and say that it was lost: what the root names must stay.
  if (!next && !isLive) await storage.delete(merged.key)
  return next
}
