// Metadata as a Parquet file that an import reads back. A column has one type; values of several are JSON text.
// Format: spec/20-metadata.md, "Tables"
import { DvError } from '../base/index.js'
import { type MetadataScalar, type MetadataValue, valueToJson } from '../objects/index.js'
import { quoteName, quoteText, type Sql, SQL_TYPES, type SqlRow, type SqlValue } from '../sql/index.js'
import type { ValueType } from './text-value.js'
import { refuseColumn, type WrittenRow } from './write-table.js'

export interface ParquetTarget {
  pathColumn: string
  /** Where it is written; the database may write there. */
  file: string
}

/** `rows` are asked for twice: first for the types of columns. */
export async function writeParquet(
  db: Sql,
  rows: () => AsyncIterable<readonly WrittenRow[]>,
  { pathColumn, file }: ParquetTarget,
): Promise<void> {
  const columns = await columnsOf(rows())
  refuseColumn(new Set(columns.map(({ name }) => name)), pathColumn)
  refuseSame([pathColumn, ...columns.map(({ name }) => name)])
  const declared = columns.map(({ name, type }) => `${quoteName(name)} ${type}`)
  await db.run(`CREATE TABLE metadata (${[`${quoteName(pathColumn)} VARCHAR`, ...declared].join(', ')})`)
  const batches = async function* () {
    for await (const batch of rows())
      yield batch.map(({ path, metadata }): SqlRow => [
        path,
        ...columns.map(({ name, valueOf }) => {
          const value = metadata.get(name)
          return value && valueOf(value)
        }),
      ])
  }
  await db.append('metadata', batches())
  await db.run(`COPY metadata TO ${quoteText(file)} (FORMAT parquet)`)
}

interface Column {
  name: string
  /** As DuckDB writes it. */
  type: string
  valueOf: (value: MetadataValue) => SqlValue
}

interface Seen {
  types: Set<ValueType>
  items: Set<ValueType>
}

/** In the order of names. */
async function columnsOf(rows: AsyncIterable<readonly WrittenRow[]>): Promise<Column[]> {
  const names = new Map<string, Seen>()
  for await (const batch of rows)
    for (const { metadata } of batch)
      for (const [name, value] of metadata) {
        const seen = names.get(name) ?? { types: new Set(), items: new Set() }
        names.set(name, seen)
        seen.types.add(value.type)
        if (value.type === 'list') for (const { type } of value.value) seen.items.add(type)
      }
  return [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, seen]) => ({ name, ...columnOf(seen) }))
}

function columnOf({ types, items }: Seen): Omit<Column, 'name'> {
  const type = SQL_TYPES[onlyOf(types) ?? '']
  if (type !== undefined) return { type, valueOf: ({ value }) => scalar(value as SqlValue, type) }
  // A list of nothing may be of anything.
  const item = SQL_TYPES[onlyOf(items.size === 0 ? new Set(['string']) : items) ?? '']
  if (types.size === 1 && item !== undefined) {
    const valueOf = ({ value }: MetadataValue) =>
      (value as readonly MetadataScalar[]).map((one) => scalar(one.value, item))
    return { type: `${item}[]`, valueOf }
  }
  return { type: 'VARCHAR', valueOf: (value) => JSON.stringify(valueToJson(value)) }
}

/** The one type that says all. */
function onlyOf(types: ReadonlySet<ValueType>): ValueType | undefined {
  if (types.size === 1) return [...types][0]
  return types.size === 2 && types.has('int64') && types.has('float64') ? 'float64' : undefined
}

function scalar(value: SqlValue, type: string): SqlValue {
  return type === 'DOUBLE' ? Number(value) : value
}

function refuseSame(names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined)
      throw new DvError('DV_USAGE', `'${other}' and '${name}' cannot be two columns of a Parquet file`, {
        hint: "it does not tell names apart by case: '--format jsonl' does",
      })
    seen.set(name.toLowerCase(), name)
  }
}
