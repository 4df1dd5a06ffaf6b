// Which gaps between wanted blocks are read along when bytes count more than requests.
import type { BlockPlace } from './wanted.js'

/** The longest gap that may be read along with all shorter ones, so that they are no more than `spare` of what is
 * wanted; bytes. `places` in the order of the pack. */
export function affordableGap(places: readonly BlockPlace[], spare: number): number {
  let left = spare * places.reduce((sum, { size }) => sum + size, 0)
  const gaps = places.slice(1).map(({ at }, i) => at - places[i]!.at - places[i]!.size)
  let longest = 0
  for (const [gap, count] of countEach(gaps.sort((a, b) => a - b))) {
    left -= gap * count
    if (left < 0) break
    longest = gap
  }
  return longest
}

function countEach(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
