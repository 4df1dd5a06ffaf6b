// Numbers that look random and come again with the same seed, so that a run can be repeated (xorshift128).

export interface Random {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number
  pick<T>(items: readonly T[]): T
}

export function seededRandom(seed: number): Random {
  let [a, b, c, d] = [seed >>> 0 || 1, 362436069, 521288629, 88675123]
  const next = () => {
    let t = a ^ (a << 11)
    t ^= t >>> 8
    ;[a, b, c] = [b, c, d]
    d = (d ^ (d >>> 19) ^ t) >>> 0
    return d
  }
  for (let i = 0; i < 20; i++) next()
  const below = (bound: number) => next() % bound
  return { below, pick: (items) => items[below(items.length)]! }
}
