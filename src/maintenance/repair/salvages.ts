// What was whole in damaged packs, in new ones: which of these are named, and what is left to be looked at again.
import type { SegmentRef } from '../../index/index.js'
import type { Storage } from '../../storage/index.js'
import type { ObjectStore } from '../../store/index.js'
import { type KnownItems, type Salvaged, salvagePack } from './salvage-pack.js'
import { strayStore } from './strays.js'

/** By the name of the damaged pack. */
export interface Salvages {
  /** New packs that the index is to name. */
  named: Map<string, SegmentRef[]>
  /** Where deltas begin that nobody knows the ids of yet. */
  left: Map<string, ReadonlySet<number>>
}

export function namedOf({ named }: Salvages): SegmentRef[] {
  return [...named.values()].flat()
}

/** Does nothing for a pack that was salvaged already. `known`: what the index says of it. */
export async function salvageOnce(
  salvages: Salvages,
  store: ObjectStore,
  { name, known }: { name: string; known: KnownItems | undefined },
): Promise<void> {
  if (salvages.named.has(name)) return
  salvages.named.set(name, [])
  note(salvages, await salvagePack(store, name, { known }), { name, isKnown: known !== undefined })
}

/** Deltas of packs of which nothing is known stand on what any other pack may have, the new ones too. */
export async function salvageRest(salvages: Salvages, storage: Storage): Promise<void> {
  if (salvages.left.size === 0) return
  const all = await strayStore(storage)
  for (const [name, only] of salvages.left)
    note(salvages, await salvagePack(all, name, { only }), { name, isKnown: false })
  salvages.left.clear()
}

/** Nodes of which no index speaks are not named just because they are there: what they refer to may not be. They wait
 * for being needed (strays.ts). */
function note(
  { named, left: rest }: Salvages,
  salvaged: Salvaged | undefined,
  { name, isKnown }: { name: string; isKnown: boolean },
): void {
  if (!salvaged) return
  const { refs, kind, left } = salvaged
  if (isKnown || kind === 'data') named.get(name)!.push(...refs)
  if (left.size > 0) rest.set(name, left)
}
