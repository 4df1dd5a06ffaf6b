// DuckDB's values as plain data, and back. What has no equal in JavaScript is DuckDB's own text of it.
import type * as DuckDB from '@duckdb/node-api'

/** `undefined` is NULL. */
export type SqlValue =
  undefined | boolean | number | bigint | string | Uint8Array | SqlValue[] | { [name: string]: SqlValue }
export type SqlRow = readonly SqlValue[]

/** What dv's types of metadata are called in DuckDB; lists are of one of these. */
export const SQL_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  int64: 'BIGINT',
  float64: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'TIMESTAMP',
}

export interface SqlColumn {
  name: string
  /** As DuckDB writes it: 'BIGINT', 'DECIMAL(18,3)', 'VARCHAR[]', 'JSON'. */
  type: string
}

export function columnsOf(result: DuckDB.DuckDBResult): SqlColumn[] {
  return result.columnNames().map((name, i) => {
    const type = result.columnType(i)
    return { name, type: type.alias ?? String(type) }
  })
}

export function fromDuckDb(value: DuckDB.DuckDBValue): SqlValue {
  if (value === null || value === undefined) return undefined
  return typeof value === 'object' ? fromObject(value) : value
}

/** DuckDB's classes of values, told apart by what they hold: loading them is the business of the engine alone. */
function fromObject(value: object): SqlValue {
  if ('bytes' in value) return new Uint8Array(value.bytes as Uint8Array)
  if ('items' in value) return (value.items as DuckDB.DuckDBValue[]).map(fromDuckDb)
  if ('tag' in value) return fromDuckDb((value as DuckDB.DuckDBUnionValue).value)
  if (!('entries' in value)) return String(value)
  const { entries } = value as DuckDB.DuckDBStructValue | DuckDB.DuckDBMapValue
  if (Array.isArray(entries))
    return entries.map((entry) => ({ key: fromDuckDb(entry.key), value: fromDuckDb(entry.value) }))
  return Object.fromEntries(Object.entries(entries).map(([name, one]) => [name, fromDuckDb(one)]))
}
