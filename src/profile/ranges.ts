// The first look at a column: how far its values reach, where most are, about how many there are.
import type { SqlValue } from '../sql/index.js'
import type { TypedColumn } from './columns.js'
import type { Measure } from './measure.js'

export const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95]

/** Of numbers. */
export interface NumberRange {
  min: number
  max: number
  /** Of those that are finite; absent where none is. */
  finite?: { min: number; max: number }
  /** Absent where there is none: −∞ and ∞ are among the values. */
  mean?: number
  quantiles: { p: number; value: number }[]
}

export interface Reach {
  /** Different texts, as DuckDB estimates them. */
  distinct: number
  /** Of the longest text, in characters. */
  length: number
  /** The first and the last text, cut. */
  texts: { min: string; max: string }
  numbers?: NumberRange
}

/** Characters of a text that are told. */
export const TEXT_SHOWN = 200

export function shown(text: string): string {
  return `left(${text}, ${TEXT_SHOWN})`
}

/** Of a column with values. `exact`: whether its quantiles are, which takes memory for all of its values. */
export function reachMeasure({ text, number }: TypedColumn, { exact }: { exact: boolean }): Measure<Reach> {
  const sql = [
    // An estimate may be above what is possible.
    `least(approx_count_distinct(${text}), count(${text}))`,
    `max(length(${text}))`,
    ...['min', 'max'].map((end) => `${end}(${shown(text)})`),
  ]
  if (number === undefined) return { sql, read: readReach }
  const finite = `FILTER (isfinite(${number}))`
  const probabilities = `[${PROBABILITIES.join(', ')}]`
  const numbers = [
    ...[`min(${number})`, `max(${number})`, `min(${number}) ${finite}`, `max(${number}) ${finite}`],
    `avg(${number})`,
    exact ? `quantile_cont(${number}, ${probabilities})` : `approx_quantile(${number}, ${probabilities})`,
  ]
  return {
    sql: [...sql, ...numbers],
    read: (values) => ({ ...readReach(values), numbers: readNumbers(values.slice(sql.length)) }),
  }
}

function readReach([distinct, length, min, max]: readonly SqlValue[]): Reach {
  return { distinct: Number(distinct), length: Number(length), texts: { min: String(min), max: String(max) } }
}

function readNumbers(values: readonly SqlValue[]): NumberRange {
  const [min, max, low, high, mean, quantiles] = values as [
    number,
    number,
    number?,
    number?,
    number?,
    number[]?,
  ]
  return {
    min,
    max,
    ...(low !== undefined && high !== undefined && { finite: { min: low, max: high } }),
    ...(mean !== undefined && !Number.isNaN(mean) && { mean }),
    quantiles: PROBABILITIES.flatMap((p, i) => {
      const value = quantiles?.[i]
      return value === undefined || Number.isNaN(value) ? [] : [{ p, value }]
    }),
  }
}
