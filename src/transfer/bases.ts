// The rule that keeps deltas safe: one is published only where full copies of its bases are, or arrive with it.
import type { Id } from '../hash/index.js'
import type { ObjectStore } from '../store/index.js'
import type { Wanted } from './wanted.js'

export interface BaseRule {
  target: ObjectStore
  /** What arrives together. */
  wanted: Wanted
}

/** The bases that are not in the target yet but arrive in full; undefined when one will not be there. */
export async function arrivingBases(
  { target, wanted }: BaseRule,
  bases: readonly Id[],
): Promise<Id[] | undefined> {
  const arriving: Id[] = []
  for (const id of bases) {
    if (await hasFullCopy(target, id)) continue
    if (!wanted.isFull(id)) return undefined
    arriving.push(id)
  }
  return arriving
}

export async function hasFullCopy(store: ObjectStore, id: Id): Promise<boolean> {
  return (await store.index.lookup(id)).some((row) => row.bases.length === 0)
}
