// Two samples of numbers, held against each other. All is told by one table of both distribution functions: each value
// with how many of either sample are not above it. DuckDB sorts for it, on disk what does not fit into memory.
import type { LongRun, Sql } from '../../sql/index.js'
import { ksPValue } from './kolmogorov.js'
import { type BinCounts, psiOf } from './psi.js'
import { between, placeOf } from './quantile.js'
import { allValues, type Pair, type Samples } from './sample.js'

export interface QuantilePair extends Partial<Pair<number>> {
  p: number
  /** The difference, in distances of the reference's quartiles. */
  shift?: number
}

export interface KolmogorovSmirnov {
  statistic: number
  pValue: number
  /** The smallest value where the two functions are so far apart. */
  location: number
}

export interface NumberBin extends BinCounts {
  /** Values are above it; absent: from −∞. */
  above?: number
  /** And at most this; absent: to ∞. */
  to?: number
}

export interface NumberDrift {
  /** Values that are not missing. */
  values: Pair<number>
  quantiles: QuantilePair[]
  /** Absent, as PSI is, where a sample has no values. */
  ks?: KolmogorovSmirnov
  psi?: { value: number; bins: NumberBin[] }
}

export interface DriftWork extends LongRun {
  /** Of the quantiles; default: 5 %, the quartiles, 95 %. */
  probabilities?: readonly number[]
}

const TABLE = 'profile_steps'
const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95]
const QUARTILES = [0.25, 0.75]
const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

export async function numberDrift(db: Sql, samples: Samples, work: DriftWork = {}): Promise<NumberDrift> {
  const { probabilities = PROBABILITIES } = work
  try {
    await db.run(makeSteps(samples), [], work)
    const values = await countValues(db)
    const drift = { values, quantiles: await quantilePairs(db, values, probabilities) }
    if (values.reference === 0 || values.current === 0) return drift
    return { ...drift, ks: await kolmogorovSmirnov(db, values), psi: await stability(db, values) }
  } finally {
    await db.run(`DROP TABLE IF EXISTS ${TABLE}`)
  }
}

/** Groups of so many different values fit into memory, and take half the time of a sort of all. */
const GROUPS = 2_000_000

/** `a` and `b`: how many values of the reference and of the current sample are at most `v`. */
function makeSteps(samples: Samples): string {
  const all = [...samples.reference, ...samples.current]
  const distinct = all.reduce((sum, { distinct = Infinity }) => sum + distinct, 0)
  return `CREATE OR REPLACE TEMP TABLE ${TABLE} AS ${distinct <= GROUPS ? grouped(samples) : sorted(samples)}`
}

function grouped(samples: Samples): string {
  const sum = (side: string) => `sum(${side}) OVER (ORDER BY v ROWS UNBOUNDED PRECEDING)::BIGINT AS ${side}`
  return `SELECT v, ${sum('a')}, ${sum('b')} FROM (
      SELECT v, count(r) AS a, count(*) - count(r) AS b
      FROM (${allValues(samples, 'DOUBLE')}) WHERE v IS NOT NULL AND NOT isnan(v) GROUP BY v)`
}

function sorted(samples: Samples): string {
  return `
    SELECT v, a, n - a AS b FROM (
      SELECT v, count(r) OVER (ROWS UNBOUNDED PRECEDING) AS a, row_number() OVER () AS n, lead(v) OVER () AS next
      FROM (SELECT v, r FROM (${allValues(samples, 'DOUBLE')}) WHERE v IS NOT NULL AND NOT isnan(v) ORDER BY v))
    WHERE next IS NULL OR next <> v`
}

async function countValues(db: Sql): Promise<Pair<number>> {
  const [counts] = await db.run(`SELECT coalesce(max(a), 0), coalesce(max(b), 0) FROM ${TABLE}`)
  const [reference, current] = counts!.map(Number)
  return { reference: reference!, current: current! }
}

async function quantilePairs(
  db: Sql,
  values: Pair<number>,
  probabilities: readonly number[],
): Promise<QuantilePair[]> {
  const all = [...QUARTILES, ...probabilities]
  const [low, high, ...references] = await quantiles(db, { column: 'a', count: values.reference }, all)
  const currents = await quantiles(db, { column: 'b', count: values.current }, probabilities)
  return probabilities.map((p, i) => {
    const [reference, current] = [references[i], currents[i]]
    const shift = shiftOf({ reference, current }, (high ?? NaN) - (low ?? NaN))
    return {
      p,
      ...(reference !== undefined && { reference }),
      ...(current !== undefined && { current }),
      ...(shift !== undefined && { shift }),
    }
  })
}

function shiftOf({ reference, current }: Pair<number | undefined>, spread: number): number | undefined {
  if (reference === undefined || current === undefined) return undefined
  if (reference === current) return 0
  const shift = (current - reference) / spread
  return spread > 0 && Number.isFinite(spread) ? shift : undefined
}

/** In the order of `probabilities`. */
async function quantiles(
  db: Sql,
  { column, count }: { column: 'a' | 'b'; count: number },
  probabilities: readonly number[],
): Promise<(number | undefined)[]> {
  if (count === 0 || probabilities.length === 0) return probabilities.map(() => undefined)
  const places = probabilities.map((p) => placeOf(p, count))
  const valueAt = (place: number) => `min(v) FILTER (${column} > ${Math.min(place, count - 1)})`
  const list = places.map(({ at }) => `${valueAt(at)}, ${valueAt(at + 1)}`)
  const [found] = (await db.run(`SELECT ${list.join(', ')} FROM ${TABLE}`)) as number[][]
  return places.map(({ share }, i) => between(share, [found![2 * i]!, found![2 * i + 1]!]))
}

async function kolmogorovSmirnov(
  db: Sql,
  { reference: n, current: m }: Pair<number>,
): Promise<KolmogorovSmirnov> {
  // In whole numbers, so that places where the functions are equally far apart are known as such.
  const [found] = await db.run(
    `SELECT abs(a::HUGEINT * ${m} - b::HUGEINT * ${n}) AS d, v FROM ${TABLE} ORDER BY d DESC, v LIMIT 1`,
  )
  const statistic = Number(found![0]) / (n * m)
  return { statistic, pValue: ksPValue(statistic, [n, m]), location: found![1] as number }
}

async function stability(db: Sql, values: Pair<number>): Promise<NumberDrift['psi'] & object> {
  const deciles = await quantiles(db, { column: 'a', count: values.reference }, DECILES)
  const edges = [...new Set(deciles.filter((edge) => edge !== undefined))]
  const list = edges.flatMap((edge) =>
    ['a', 'b'].map((c) => `coalesce(max(${c}) FILTER (v <= ${literal(edge)}), 0)`),
  )
  const [found] = await db.run(`SELECT ${[...list, '0'].join(', ')} FROM ${TABLE}`)
  const counts = found!.map(Number)
  const bins = [...edges, undefined].map((to, i): NumberBin => {
    const until = to === undefined ? values : { reference: counts[2 * i]!, current: counts[2 * i + 1]! }
    const before = { reference: counts[2 * i - 2] ?? 0, current: counts[2 * i - 1] ?? 0 }
    return {
      ...(i > 0 && { above: edges[i - 1]! }),
      ...(to !== undefined && { to }),
      reference: until.reference - before.reference,
      current: until.current - before.current,
    }
  })
  return { value: psiOf(bins)!, bins }
}

function literal(value: number): string {
  return `'${value}'::DOUBLE`
}
