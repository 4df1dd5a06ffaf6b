/** A quantile as places in the sorted values, from 0: `at`, and the share of the way to the next. */
export interface Place {
  at: number
  share: number
}

/** Where the quantile `p` of `count` values lies. R's type 7. */
export function placeOf(p: number, count: number): Place {
  const h = (count - 1) * p
  const at = Math.floor(h)
  return { at, share: h - at }
}

/** The value between two neighbours; undefined between −∞ and ∞. */
export function between(share: number, [low, high]: readonly [number, number]): number | undefined {
  if (share === 0 || low === high) return low
  const value = (1 - share) * low + share * high
  return Number.isNaN(value) ? undefined : value
}
