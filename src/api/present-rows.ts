// Rows as JSON can hold them.
import type { SqlValue } from '../sql/index.js'
import type { RowChange } from '../tables/index.js'
import type { DiffRow, TableCell } from './results.js'

export function rowRecord(row: RowChange): DiffRow {
  if (row.change !== 'changed') return { type: 'row', ...row, values: record(row.values) }
  const cells = row.cells.map(({ column, before, after }) => ({
    column,
    before: tableCell(before),
    after: tableCell(after),
  }))
  return { type: 'row', ...row, key: record(row.key), cells }
}

function record(values: Readonly<Record<string, SqlValue>>): Record<string, TableCell> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tableCell(value)]))
}

/** What JSON cannot hold is text: whole numbers beyond 2^53, NaN and infinities; bytes are hex. NULL is null. */
function tableCell(value: SqlValue): TableCell {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(tableCell)
  return typeof value === 'object' ? record(value) : value
}
