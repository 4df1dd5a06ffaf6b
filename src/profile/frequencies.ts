// The second look at a column, when its reach is known: how often which values are there.
import type { SqlValue } from '../sql/index.js'
import type { TypedColumn } from './columns.js'
import type { Measure } from './measure.js'
import type { Reach } from './ranges.js'

/** Values are counted exactly where DuckDB estimates at most so many, of at most so many characters each. */
const COUNTED = 10_000
const COUNTED_LENGTH = 256
const TOP = 10
const BINS = 20

/** Values in bins of equal width: those from `from + i * width` on, the last bin those at its end too. */
export interface Histogram {
  from: number
  width: number
  counts: number[]
}

export interface Frequencies {
  /** How many different texts there are. */
  distinct: { count: number; exact: boolean }
  /** The most frequent texts, of equally frequent ones the first; absent where they were not counted. */
  top?: { value: string; count: number }[]
  /** Of finite numbers that are not all equal. */
  histogram?: Histogram
}

export function frequencyMeasure(column: TypedColumn, reach: Reach): Measure<Frequencies> {
  const isCounted = reach.distinct <= COUNTED && reach.length <= COUNTED_LENGTH
  const bins = binsOf(column, reach)
  return {
    sql: [
      ...(isCounted ? countsOf(column.text) : ['NULL', 'NULL']),
      bins && column.number !== undefined ? binCounts(column.number, bins) : 'NULL',
    ],
    read([count, top, binned]) {
      const histogram = bins && { ...bins, counts: readBins(binned, bins.counts.length) }
      return { ...readCounts({ count, top }, reach), ...(histogram && { histogram }) }
    },
  }
}

/** The number of different values, and the first of them. */
function countsOf(text: string): string[] {
  const counts = `histogram(${text})`
  const sorted = `list_sort(list_transform(map_entries(${counts}), lambda e: {'n': -(e.value::BIGINT), 'v': e.key}))`
  return [`cardinality(${counts})`, `${sorted}[:${TOP}]`]
}

function readCounts(
  { count, top }: { count: SqlValue; top: SqlValue },
  reach: Reach,
): Pick<Frequencies, 'distinct' | 'top'> {
  if (count === undefined) return { distinct: { count: reach.distinct, exact: false } }
  return {
    distinct: { count: Number(count), exact: true },
    top: (top as { n: bigint; v: string }[]).map(({ n, v }) => ({ value: v, count: -Number(n) })),
  }
}

/** Whole numbers get bins of whole numbers. */
function binsOf({ type }: TypedColumn, { numbers }: Reach): Histogram | undefined {
  if (!numbers?.finite) return undefined
  const { min, max } = numbers.finite
  if (!(max > min) || !Number.isFinite(max - min)) return undefined
  if (type !== 'integer') return { from: min, width: (max - min) / BINS, counts: Array<number>(BINS).fill(0) }
  const width = Math.ceil((max - min + 1) / BINS)
  return { from: min, width, counts: Array<number>(Math.ceil((max - min + 1) / width)).fill(0) }
}

function binCounts(number: string, { from, width, counts }: Histogram): string {
  const bin = `floor((${number} - '${from}'::DOUBLE) / '${width}'::DOUBLE)`
  // What a FILTER leaves out would be computed all the same, and an infinity is no bin.
  return `histogram(CASE WHEN isfinite(${number}) THEN least(${counts.length - 1}, ${bin})::TINYINT END)`
}

function readBins(value: SqlValue, length: number): number[] {
  const counts = Array<number>(length).fill(0)
  for (const { key, value: count } of value as { key: number; value: bigint }[]) counts[key] = Number(count)
  return counts
}
