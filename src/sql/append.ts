// Rows into a table, a chunk of columns at a time.
import type * as DuckDB from '@duckdb/node-api'
import type { Engine } from './engine.js'
import type { SqlRow, SqlValue } from './values.js'

export type RowBatches = Iterable<readonly SqlRow[]> | AsyncIterable<readonly SqlRow[]>

/** What a chunk of DuckDB holds. */
const CHUNK_ROWS = 2048

export async function append(
  engine: Engine,
  connection: DuckDB.DuckDBConnection,
  { table, batches }: { table: string; batches: RowBatches },
): Promise<number> {
  const appender = await connection.createAppender(table)
  const types = Array.from({ length: appender.columnCount }, (_, i) => appender.columnType(i))
  const toValue = types.map((type) => converter(engine, type))
  let count = 0
  try {
    for await (const batch of batches) {
      for (let from = 0; from < batch.length; from += CHUNK_ROWS) {
        const rows = batch.slice(from, from + CHUNK_ROWS)
        const chunk = engine.DuckDBDataChunk.create(types, rows.length)
        chunk.setColumns(toValue.map((convert, i) => rows.map((row) => convert(row[i]))))
        appender.appendDataChunk(chunk)
        count += rows.length
      }
    }
    appender.flushSync()
    return count
  } finally {
    appender.closeSync()
  }
}

function converter(engine: Engine, type: DuckDB.DuckDBType): (value: SqlValue) => DuckDB.DuckDBValue {
  const { DuckDBTypeId: id } = engine
  const some = (convert: (value: never) => DuckDB.DuckDBValue) => (value: SqlValue) =>
    value === undefined ? null : convert(value as never)
  switch (type.typeId) {
    case id.BIGINT:
    case id.UBIGINT:
    case id.HUGEINT:
      return some((value: number | bigint) => BigInt(value))
    case id.BLOB:
      return some((value: Uint8Array) => new engine.DuckDBBlobValue(value))
    case id.DATE:
      return some((days: number) => new engine.DuckDBDateValue(days))
    case id.DECIMAL: {
      const { width, scale } = type as DuckDB.DuckDBDecimalType
      return some((digits: bigint) => new engine.DuckDBDecimalValue(digits, width, scale))
    }
    case id.TIMESTAMP:
      return some(
        (time: number | bigint) =>
          new engine.DuckDBTimestampValue(typeof time === 'bigint' ? time : BigInt(time) * 1000n),
      )
    case id.TIMESTAMP_NS:
      return some((time: bigint) => new engine.DuckDBTimestampNanosecondsValue(time))
    case id.LIST: {
      const item = converter(engine, (type as DuckDB.DuckDBListType).valueType)
      return some((values: SqlValue[]) => new engine.DuckDBListValue(values.map(item)))
    }
    default:
      return some((value: DuckDB.DuckDBValue) => value)
  }
}
