// Which objects have garbage in them, and what becomes of each.
import type { Doomed } from '../../index/index.js'
import { packKey } from '../../pack/index.js'
import type { StoredObject } from './objects.js'
import type { PackTally } from './tally.js'

/** What a row takes in the footer of a pack at most, where it has no more than one base. */
const FOOTER_ROW_BYTES = 64
const FOOTER_BYTES = 1024

/** Bytes of a pack that nothing needs: what the index says is garbage, and what it says nothing of any more. */
export function garbageIn(size: number, tally: PackTally | undefined): number {
  if (!tally || tally.rows === 0) return size
  const footer = FOOTER_BYTES + (tally.rows + tally.garbageRows) * FOOTER_ROW_BYTES
  return Math.min(size, Math.round(Math.max(tally.garbageBytes, size - footer - tally.bytes, 0)))
}

export interface Store {
  objects: ReadonlyMap<string, StoredObject>
  tallies: ReadonlyMap<string, PackTally>
  /** Keys of segments that the root names. */
  segments: ReadonlySet<string>
}

/** Packs that have garbage, and packs and segments that nothing names. `isOld`: whether an object may be listed. */
export function findGarbage(
  { objects, tallies, segments }: Store,
  { isOld, threshold }: { isOld: (object: StoredObject) => boolean; threshold: number },
): Doomed[] {
  const doomed: Doomed[] = []
  for (const [key, object] of objects) {
    const { size, isAway } = object
    const tally = key.startsWith(PACKS) ? tallies.get(key.slice(PACKS.length)) : undefined
    if (!isOld(object) || (!tally && (isAway || segments.has(key)))) continue
    const garbage = garbageIn(size, tally)
    const isWorthIt = !isAway && garbage >= size * threshold
    if (!tally || tally.garbageRows > 0 || isWorthIt) doomed.push({ key, bytes: size, garbage })
  }
  return doomed
}

const PACKS = packKey('')

/** What a sweep does with a pack. */
export const FATE = {
  /** Nothing: it is not listed. */
  stays: 0,
  /** Rows of garbage go. */
  thinned: 1,
  /** It goes; what is needed of it is written anew first. */
  goes: 2,
} as const
export type Fate = (typeof FATE)[keyof typeof FATE]

/** What becomes of a pack that is listed. */
export function fateOf(
  { size, isAway }: StoredObject,
  { tally, threshold }: { tally: PackTally | undefined; threshold: number },
): Fate {
  if (!tally || tally.rows === 0) return FATE.goes
  return !isAway && garbageIn(size, tally) >= size * threshold ? FATE.goes : FATE.thinned
}
