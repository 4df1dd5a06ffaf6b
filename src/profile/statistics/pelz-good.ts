const { PI, sqrt, exp } = Math

/** P(D_n ≥ d) by the series of Pelz and Good (1976), to order n^(−3/2): for n beyond 140. */
export function pelzGoodSurvival(n: number, d: number): number {
  const z = sqrt(n) * d
  const [k0, k1, k2, k3] = series(z)
  return 1 - k0 - k1 / sqrt(n) - k2 / n - k3 / (n * sqrt(n))
}

/** The terms K₀ … K₃ as functions of z = d·√n, written with Jacobi's theta function, which converges fast for small z. */
function series(z: number): [number, number, number, number] {
  const z2 = z * z
  const z4 = z2 * z2
  const z6 = z4 * z2
  const [p2, p4, p6] = [PI ** 2, PI ** 4, PI ** 6]
  const terms = Math.ceil((16 * z) / PI)
  const sums = [0, 0, 0, 0] as [number, number, number, number]
  for (let k = terms; k >= 1; k--) {
    const odd = (2 * k - 1) ** 2
    const weight = exp((-p2 * odd) / (8 * z2))
    sums[0] += weight
    sums[1] += weight * (-z2 + (p2 / 4) * odd)
    sums[2] +=
      weight * (6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * p2 * odd) / 4 + (p4 * (1 - 2 * z2) * odd ** 2) / 16)
    sums[3] +=
      weight *
      (-30 * z6 -
        90 * z4 * z4 +
        (p2 * (135 * z4 - 96 * z6) * odd) / 4 +
        (p4 * (212 * z4 - 60 * z2) * odd ** 2) / 16 +
        (p6 * (5 - 30 * z2) * odd ** 3) / 64)
  }
  let [second, third] = [0, 0]
  for (let k = terms; k >= 1; k--) {
    const weight = k * k * exp((-p2 * k * k) / (2 * z2))
    second += weight
    third += weight * (3 * z2 - p2 * k * k)
  }
  const root = sqrt(2 * PI)
  return [
    (root * sums[0]) / z,
    (root * sums[1]) / (6 * z4),
    (root * sums[2]) / (72 * z4 * z2 * z) - (root * p2 * second) / (36 * z2 * z),
    (root * sums[3]) / (6480 * z6 * z4) + (root * p2 * third) / (216 * z6),
  ]
}
