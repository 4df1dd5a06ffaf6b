// The p-value of the two-sample statistic of Kolmogorov and Smirnov. Method and limits: spec/29-profile.md
import { durbinCumulative } from './durbin.js'
import { pelzGoodSurvival } from './pelz-good.js'
import { smirnovSurvival } from './smirnov.js'

/** How probable so large a statistic is for samples of n and m values of one distribution. */
export function ksPValue(statistic: number, [n, m]: readonly [number, number]): number {
  const size = halfToEven((n * m) / (n + m))
  return size === 0 ? 1 : Math.min(1, Math.max(0, survival(size, statistic)))
}

/** P(D_n ≥ d) of the two-sided statistic of one sample. */
function survival(n: number, d: number): number {
  const t = n * d
  if (t <= 0.5) return 1
  if (d >= 1) return 0
  const square = t * d
  if (d >= 0.5 || (n <= 140 && square > 4)) return 2 * smirnovSurvival(n, d)
  if (n <= 140 || (n <= 100_000 && t * Math.sqrt(d) <= 1.4)) return 1 - durbinCumulative(n, d)
  if (square >= 370) return 0
  if (square < 2.2) return pelzGoodSurvival(n, d)
  // Both are twice the one-sided probability: what lies beyond on both sides is counted twice.
  return n <= 100_000 ? 2 * smirnovSurvival(n, d) : pelzGoodSurvival(n, d) + 2 * Math.exp(-8 * square)
}

function halfToEven(x: number): number {
  const floor = Math.floor(x)
  return x - floor === 0.5 ? floor + (floor % 2) : Math.round(x)
}
