// How a column differs between two samples of rows: spec/29-profile.md
import type { Sql } from '../sql/index.js'
import { unknownColumn } from '../tables/index.js'
import type { ColumnType, TypedColumn, TypedTable } from './columns.js'
import { categoryDrift, type CategoryDrift } from './statistics/categories.js'
import { numberDrift, type DriftWork, type NumberDrift } from './statistics/numbers.js'
import type { Pair, Samples } from './statistics/sample.js'

export interface DriftRequest extends DriftWork {
  /** Versions of the table; their rows are one sample. */
  reference: readonly TypedTable[]
  current: readonly TypedTable[]
  column: string
  /** Integers, too, are compared as categories. */
  asCategories?: boolean
}

export interface RowDrift {
  column: string
  rows: Pair<number>
  /** current ÷ reference − 1; absent where the reference has no rows. */
  rowChange?: number
  missing: Pair<number>
  /** Of the rate of missing values; absent where a side has no rows. */
  missingChange?: number
}

export type Drift = RowDrift & (({ as: 'numbers' } & NumberDrift) | ({ as: 'categories' } & CategoryDrift))

/** Throws DV_UNKNOWN_COLUMN when a table has no such column. */
export async function driftOf(db: Sql, request: DriftRequest): Promise<Drift> {
  const { reference, current, asCategories = false } = request
  const columns = [...reference, ...current].map((table) => columnOf(table, request.column))
  const rows = rowDrift(request)
  if (asCategories || columns.some(({ number }) => number === undefined)) {
    const samples = samplesOf(request, ({ text }) => text)
    return { ...rows, as: 'categories', ...(await categoryDrift(db, samples, request)) }
  }
  const samples = samplesOf(request, ({ number }) => number!)
  return { ...rows, as: 'numbers', ...(await numberDrift(db, samples, request)) }
}

/** Whether values of a type have an order and a distance. */
export function isNumeric(type: ColumnType): boolean {
  return type === 'integer' || type === 'number' || type === 'date' || type === 'timestamp'
}

function columnOf(table: TypedTable, name: string): TypedColumn {
  const column = table.columns.find((one) => one.name === name)
  if (column) return column
  throw unknownColumn(name, { known: table.columns.map((one) => one.name), path: table.path })
}

function samplesOf(request: DriftRequest, value: (column: TypedColumn) => string): Samples {
  const { column, reference, current } = request
  const sample = (table: TypedTable) => {
    const typed = columnOf(table, column)
    return { from: table.from, value: value(typed), distinct: typed.distinct }
  }
  return { reference: reference.map(sample), current: current.map(sample) }
}

function rowDrift({ column, reference, current }: DriftRequest): RowDrift {
  const total = (tables: readonly TypedTable[], count: (table: TypedTable) => number) =>
    tables.reduce((sum, table) => sum + count(table), 0)
  const both = (count: (table: TypedTable) => number): Pair<number> => ({
    reference: total(reference, count),
    current: total(current, count),
  })
  const rows = both((table) => table.rows)
  const missing = both((table) => columnOf(table, column).missing)
  return {
    ...{ column, rows, missing },
    ...(rows.reference > 0 && { rowChange: rows.current / rows.reference - 1 }),
    ...(rows.reference > 0 &&
      rows.current > 0 && {
        missingChange: missing.current / rows.current - missing.reference / rows.reference,
      }),
  }
}
