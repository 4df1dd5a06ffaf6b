// Arrow and Feather files, which DuckDB does not read without a download: through `apache-arrow` into a table of it.
import type * as Arrow from 'apache-arrow'
import { DvError, load } from '../base/index.js'
import { quoteName, type Sql, type SqlRow, type SqlValue } from '../sql/index.js'

export interface ArrowFile {
  /** Of the table that is made. */
  name: string
  /** Of the file, for messages. */
  path: string
  bytes: Uint8Array
}

export async function readArrow(db: Sql, { name, path, bytes }: ArrowFile): Promise<void> {
  const arrow = load<typeof Arrow>('apache-arrow')
  let table: Arrow.Table
  try {
    table = arrow.tableFromIPC(bytes)
  } catch (cause) {
    throw new DvError(
      'DV_QUERY_FAILED',
      `'${path}' cannot be read as an Arrow file: ${(cause as Error).message}`,
      {
        data: { path },
        cause,
      },
    )
  }
  const columns = table.schema.fields.map((field) => ({ field, ...columnOf(arrow, field.type) }))
  const list = columns.map(({ field, type }) => `${quoteName(field.name)} ${type}`)
  await db.run(`CREATE TABLE ${quoteName(name)} (${list.join(', ')})`)
  await db.append(name, rowsOf(table, columns))
}

function* rowsOf(table: Arrow.Table, columns: readonly Column[]): Generator<SqlRow[]> {
  for (const batch of table.batches) {
    const vectors = columns.map((_, i) => batch.getChildAt(i)!)
    const rows: SqlRow[] = []
    for (let row = 0; row < batch.numRows; row++) {
      rows.push(
        columns.map(({ convert }, i) => {
          const value: unknown = vectors[i]!.get(row)
          return value === null || value === undefined ? undefined : convert(value)
        }),
      )
    }
    yield rows
  }
}

interface Column {
  type: string
  convert: (value: unknown) => SqlValue
}

const SAME = (value: unknown) => value as SqlValue

/** What has no equal among simple columns is JSON text. */
function columnOf(arrow: typeof Arrow, type: Arrow.DataType): Column {
  const { DataType } = arrow
  if (DataType.isDictionary(type)) return columnOf(arrow, type.dictionary as Arrow.DataType)
  if (DataType.isInt(type))
    return { type: type.bitWidth === 64 && !type.isSigned ? 'UBIGINT' : 'BIGINT', convert: SAME }
  if (DataType.isFloat(type)) return { type: 'DOUBLE', convert: SAME }
  if (DataType.isBool(type)) return { type: 'BOOLEAN', convert: SAME }
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return { type: 'VARCHAR', convert: SAME }
  if (DataType.isBinary(type)) return { type: 'BLOB', convert: SAME }
  // Arrow for JavaScript gives both as milliseconds since 1970.
  if (DataType.isDate(type) || DataType.isTimestamp(type))
    return { type: 'TIMESTAMP', convert: (value) => Math.trunc(Number(value)) }
  return { type: 'VARCHAR', convert: (value) => JSON.stringify(value, plain) }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
