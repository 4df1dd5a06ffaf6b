// P(D_n ≤ d) as a power of Durbin's matrix (Marsaglia, Tsang, Wang 2003): exact, in time of (n·d)³·log n.

/** Entries are kept below this by a power of two that is counted apart. */
const LARGE = 2 ** 128
const SMALL = 2 ** -128

/** A square matrix, row by row, times 2^exponent. */
interface Scaled {
  cells: Float64Array
  exponent: number
}

/** 1/2 < n·d, d < 1. */
export function durbinCumulative(n: number, d: number): number {
  const k = Math.ceil(n * d)
  const size = 2 * k - 1
  const power = raise({ cells: durbinMatrix(k, k - n * d), exponent: 0 }, { size, times: n })
  let { exponent } = power
  let probability = power.cells[(k - 1) * size + k - 1]!
  // Times n!/nⁿ, without under- or overflow on the way.
  for (let i = 1; i <= n; i++) {
    probability = (probability * i) / n
    if (Math.abs(probability) < SMALL) {
      probability *= LARGE
      exponent -= 128
    }
  }
  return probability * 2 ** exponent
}

function durbinMatrix(k: number, h: number): Float64Array {
  const size = 2 * k - 1
  const cells = new Float64Array(size * size)
  const factorial = [1]
  for (let i = 1; i <= size; i++) factorial.push(factorial[i - 1]! * i)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < Math.min(row + 2, size); column++)
      cells[row * size + column] = 1 / factorial[row - column + 1]!
  }
  for (let i = 0; i < size; i++) {
    const edge = (1 - h ** (i + 1)) / factorial[i + 1]!
    cells[i * size] = edge
    cells[size * size - 1 - i] = edge
  }
  const corner = 1 - 2 * h ** size + Math.max(2 * h - 1, 0) ** size
  cells[(size - 1) * size] = corner / factorial[size]!
  return cells
}

function raise(matrix: Scaled, { size, times }: { size: number; times: number }): Scaled {
  let base = matrix
  let result: Scaled | undefined
  for (let left = times; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result ? product(result, base, size) : base
    if (left > 1) base = product(base, base, size)
  }
  return result!
}

function product(one: Scaled, two: Scaled, size: number): Scaled {
  const cells = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = one.cells[row * size + inner]!
      if (factor === 0) continue
      for (let column = 0; column < size; column++)
        cells[row * size + column]! += factor * two.cells[inner * size + column]!
    }
  }
  return scaled({ cells, exponent: one.exponent + two.exponent }, size)
}

function scaled(matrix: Scaled, size: number): Scaled {
  const middle = (size - 1) / 2
  if (matrix.cells[middle * size + middle]! <= LARGE) return matrix
  return { cells: matrix.cells.map((cell) => cell * SMALL), exponent: matrix.exponent + 128 }
}
