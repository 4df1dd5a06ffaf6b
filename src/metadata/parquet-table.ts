// A Parquet file as a table of metadata. Its columns have types: what DuckDB says of each is taken as one of metadata's.
// Types: spec/20-metadata.md, "Tables"
import type { MetadataScalar, MetadataValue } from '../objects/index.js'
import { quoteName, quoteText, type Sql, type SqlValue } from '../sql/index.js'
import { badTable, explain } from '../tables/index.js'
import { badCell, columnsNamed, type MetadataTable, type TableOptions } from './table.js'
import { askedType, valueOfText, type ValueType } from './text-value.js'

export interface ParquetFile {
  /** As it is called in messages. */
  path: string
  /** Where it is; the database may read it. */
  file: string
}

interface Column {
  name: string
  type: ValueType
  /** The type was asked for: the column is read as text. */
  isForced: boolean
  /** What the items of a list are. */
  itemType: Scalar
  /** SQL of its values. */
  select: string
}

type Scalar = Exclude<ValueType, 'list'>

/** What cannot be read is DV_BAD_TABLE. The file must stay where it is while rows are taken; `line` is the row, from 1. */
export async function parquetTable(
  db: Sql,
  { path, file }: ParquetFile,
  options: TableOptions,
): Promise<MetadataTable<SqlValue>> {
  const nulls = new Set(options.nulls)
  const source = `read_parquet(${quoteText(file)})`
  const asked = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw await explain(error, [{ path, file, format: 'parquet' }])
    }
  }
  const found = await asked(db.run(`DESCRIBE SELECT * FROM ${source}`))
  columnsNamed({ path, columns: found.map(([name]) => ({ name: String(name) })) }, Object.keys(options.types))
  const columns = found.map(([name, type]) => columnOf(String(name), String(type), options))
  const counts = columns.map(({ name }) => `count(${quoteName(name)})`)
  const fine = columns.map(({ name, type, isForced }) => {
    const column = quoteName(name)
    return type === 'date' && !isForced ? `count_if(epoch_ns(${column}) % 1000000 <> 0)` : '0'
  })
  const [sums = []] = await asked(db.run(`SELECT ${[...counts, ...fine].join(', ')} FROM ${source}`))
  const select = columns.map((column) => column.select).join(', ')
  return {
    path,
    columns: columns.map(({ name, type }, i) => ({ name, type, values: Number(sums[i]) })),
    warnings: columns.flatMap(({ name }, i) => (Number(sums[columns.length + i]) > 0 ? [cutOff(name)] : [])),
    async *rows() {
      const allowed = { tableFunctions: ['read_parquet'] }
      const { batches } = await asked(db.query(`SELECT ${select} FROM ${source}`, allowed))
      let line = 0
      for await (const batch of batches)
        yield batch.map((row) => ({
          line: ++line,
          cells: row.map((cell, i) => checked(cell, columns[i]!, { path, line, nulls })),
        }))
    },
    textOf: String,
    valueOf: (cell, i) => valueFrom(cell, columns[i]!),
  }
}

function cutOff(name: string): string {
  return `'${name}' has times finer than a millisecond: what is finer is cut off`
}

const SCALARS: Record<string, Scalar> = {
  TINYINT: 'int64',
  SMALLINT: 'int64',
  INTEGER: 'int64',
  BIGINT: 'int64',
  UTINYINT: 'int64',
  USMALLINT: 'int64',
  UINTEGER: 'int64',
  FLOAT: 'float64',
  DOUBLE: 'float64',
  BOOLEAN: 'boolean',
  DATE: 'date',
}

function scalarOf(type: string): Scalar {
  if (type.startsWith('DECIMAL')) return 'float64'
  return type.startsWith('TIMESTAMP') ? 'date' : (SCALARS[type] ?? 'string')
}

function columnOf(name: string, type: string, { types }: TableOptions): Column {
  const column = quoteName(name)
  const forced = askedType(types, name)
  const fixed = { name, isForced: forced !== undefined, itemType: 'string' as const }
  if (forced) return { ...fixed, type: forced, select: `CAST(${column} AS VARCHAR)` }
  const [, items] = /^(.*[^\]])\[\]$/.exec(type) ?? []
  if (items === undefined || items.startsWith('STRUCT')) {
    const scalar = scalarOf(type)
    return { ...fixed, type: scalar, select: scalarSql(column, scalar) }
  }
  const itemType = scalarOf(items)
  return {
    ...fixed,
    ...{ type: 'list', itemType },
    select: `list_transform(${column}, item -> ${scalarSql('item', itemType)})`,
  }
}

const SQL_TYPES = { string: 'VARCHAR', int64: 'BIGINT', float64: 'DOUBLE', boolean: 'BOOLEAN' } as const

function scalarSql(value: string, type: Scalar): string {
  return type === 'date' ? `epoch_ms(${value})` : `CAST(${value} AS ${SQL_TYPES[type]})`
}

interface CellPlace {
  path: string
  line: number
  nulls: ReadonlySet<string>
}

function checked(
  cell: SqlValue,
  { name, type, isForced }: Column,
  { path, line, nulls }: CellPlace,
): SqlValue {
  if (cell === undefined || (typeof cell === 'string' && nulls.has(cell))) return undefined
  if (Array.isArray(cell) && cell.includes(undefined))
    throw badTable(path, `an item of the list '${name}' is NULL, which no list of metadata has`, { line })
  if (isForced && !valueOfText(cell as string, type))
    throw badCell({ line, name, text: cell as string, type })
  return cell
}

function valueFrom(cell: SqlValue, { type, isForced, itemType }: Column): MetadataValue {
  if (isForced) return valueOfText(cell as string, type)!
  if (type === 'list') return { type, value: (cell as SqlValue[]).map((item) => scalarFrom(item, itemType)) }
  return scalarFrom(cell, type)
}

function scalarFrom(value: SqlValue, type: Scalar): MetadataScalar {
  return { type, value: type === 'date' ? Number(value) : value } as MetadataScalar
}
