// What a table is like, column by column: three passes over it, of which none holds it in memory.
import type { LongRun, Sql } from '../sql/index.js'
import type { TableFile } from '../tables/index.js'
import { type ColumnType, type TypedColumn, typeColumns } from './columns.js'
import { type Frequencies, frequencyMeasure } from './frequencies.js'
import { measureAll } from './measure.js'
import { type Reach, reachMeasure } from './ranges.js'

/** As plain data. Infinities, and dates and times, are texts. */
export interface ColumnProfile extends Partial<Frequencies> {
  name: string
  type: ColumnType
  /** Rows without a value. */
  missing: number
  /** Those of them that are NaN, where there are any. */
  nan?: number
  min?: number | string
  max?: number | string
  mean?: number | string
  quantiles?: { p: number; value: number | string }[]
  /** Whether the quantiles are: of large tables they are estimates. */
  exact?: boolean
}

export interface TableProfile {
  rows: number
  columns: ColumnProfile[]
}

/** Values of numbers in a table whose quantiles are not estimated: they are all in memory. */
const EXACT_VALUES = 8_000_000

/** Columns that are looked at in one pass: of thousands the values that are counted would be too much at once. */
const AT_ONCE = 64

/** Throws what is wrong with the file: DV_BAD_TABLE, DV_BAD_ENCODING. */
export async function profileTable(
  db: Sql,
  file: TableFile,
  { signal, onShare }: LongRun = {},
): Promise<TableProfile> {
  const pass = (n: number) => ({ signal, onShare: (share: number) => onShare?.((n + share) / 3) })
  const table = await typeColumns(db, file, pass(0))
  const { from, rows } = table
  const columns = table.columns.filter(({ type }) => type !== 'empty')
  const numbers = columns.filter(({ number }) => number !== undefined).length
  const exact = rows * numbers <= EXACT_VALUES
  const reaches = await measureAll(
    db,
    { from, atOnce: AT_ONCE, measures: columns.map((column) => reachMeasure(column, { exact })) },
    pass(1),
  )
  const measures = columns.map((column, i) => frequencyMeasure(column, reaches[i]!))
  const frequencies = await measureAll(db, { from, atOnce: AT_ONCE, measures }, pass(2))
  const full = new Map(
    columns.map((column, i) => [column.name, { ...rangeOf(column, reaches[i]!, exact), ...frequencies[i]! }]),
  )
  return {
    rows,
    columns: table.columns.map(({ name, type, missing, nan }) => ({
      ...{ name, type, missing },
      ...(nan !== undefined && { nan }),
      ...full.get(name),
    })),
  }
}

function rangeOf({ type }: TypedColumn, { texts, numbers }: Reach, exact: boolean): Partial<ColumnProfile> {
  if (!numbers) return texts
  const plain = (value: number) => plainValue(type, value)
  return {
    min: plain(numbers.min),
    max: plain(numbers.max),
    ...(numbers.mean !== undefined && { mean: plain(numbers.mean) }),
    quantiles: numbers.quantiles.map(({ p, value }) => ({
      p,
      // An estimate between two whole numbers is none of either.
      value: plain(!exact && type === 'integer' ? Math.round(value) : value),
    })),
    exact,
  }
}

/** A number as data: what JSON has not, and seconds, as text. */
export function plainValue(type: ColumnType, value: number): number | string {
  const isTime = type === 'date' || type === 'timestamp'
  const time = new Date(value * 1000)
  if (!isTime || Number.isNaN(time.getTime())) return Number.isFinite(value) ? value : String(value)
  const text = time.toISOString()
  return type === 'date' && value % 86_400 === 0 ? text.slice(0, 10) : text
}
