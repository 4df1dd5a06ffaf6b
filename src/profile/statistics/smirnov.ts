/** P(D⁺ ≥ d) of the one-sided statistic of a sample of size n (Smirnov). 0 < d < 1. */
export function smirnovSurvival(n: number, d: number): number {
  const last = Math.floor(n * (1 - d))
  let sum = 0
  for (let j = 0; j <= last; j++) {
    const below = d + j / n
    const above = 1 - below
    // The last term is 0⁰ where n·(1 − d) is whole.
    const power = n === j ? 0 : (n - j) * Math.log(Math.max(above, 0))
    sum += Math.exp(logChoose(n, j) + (j - 1) * Math.log(below) + power)
  }
  return Math.min(d * sum, 1)
}

function logChoose(n: number, j: number): number {
  return logFactorial(n) - logFactorial(j) - logFactorial(n - j)
}

const SMALL = 32
const SMALL_LOGS = [0]
for (let i = 1; i < SMALL; i++) SMALL_LOGS.push(SMALL_LOGS[i - 1]! + Math.log(i))

/** Stirling's series: from 32 on its first left-out term is below 1e-16. */
function logFactorial(n: number): number {
  if (n < SMALL) return SMALL_LOGS[n]!
  const inverse = 1 / n
  const square = inverse * inverse
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series
}
