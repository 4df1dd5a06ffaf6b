// Rows that differ as a Parquet file: typed as the columns of the table are, where every value is of that type.
import fs from 'node:fs'
import path from 'node:path'
import type { Rows } from '../query/index.js'
import { openSql, quoteName, type Sql, type SqlRow, type SqlValue } from '../sql/index.js'
import type { TableFormat } from '../tables/index.js'

/** Bytes that this database may use, beside the one that compares. */
const MEMORY = 128 * 1024 * 1024

/** The bytes of the file, which is made in the folder `temporary`; nothing is left there. */
export async function* parquetOf({ columns, batches }: Rows, temporary: string): AsyncGenerator<Uint8Array> {
  fs.mkdirSync(temporary, { recursive: true })
  const db = await openSql({ temporary, readable: [temporary], memory: MEMORY })
  try {
    await db.run(`CREATE TABLE rows (${columns.map((_, i) => `c${i} VARCHAR`).join(', ')})`)
    await db.append('rows', asTexts(batches))
    const list = await typedColumns(db, columns)
    const file = path.join(temporary, 'rows.parquet')
    await db.exportParquet(`SELECT ${list.join(', ')} FROM rows`, { file })
    yield* fs.createReadStream(file)
  } finally {
    await db.close()
    fs.rmSync(temporary, { recursive: true, force: true })
  }
}

async function* asTexts(batches: Rows['batches']): AsyncGenerator<SqlRow[]> {
  for await (const rows of batches) yield rows.map((row) => row.map(textOf))
}

function textOf(value: SqlValue): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A type that one value is not of, or would lose something in, is none of the column's. */
async function typedColumns(db: Sql, columns: Rows['columns']): Promise<string[]> {
  const typed = columns.map(({ type }, i) => `try_cast(c${i} AS ${type})`)
  const [fits] = await db.run(
    `SELECT ${typed.map((cast, i) => `count(${cast}) = count(c${i})`).join(', ')} FROM rows`,
  )
  return columns.map(({ name }, i) => `${fits![i] === true ? typed[i] : `c${i}`} AS ${quoteName(name)}`)
}

const JSON_TYPES: Record<string, string> = { integer: 'BIGINT', number: 'DOUBLE', boolean: 'BOOLEAN' }
/** Types whose values are read from DuckDB's text of them. */
const SCALAR =
  /^(U?(TINY|SMALL|BIG)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME|TIMESTAMP(_S|_MS|_NS)?)$/

/** What the values of a column become; cells of CSV stay the text that they are compared as. */
export function parquetType(format: TableFormat, type: string): string {
  switch (format) {
    case 'csv':
    case 'tsv':
      return 'VARCHAR'
    case 'json':
    case 'jsonl':
      return JSON_TYPES[type] ?? 'VARCHAR'
    default:
      return SCALAR.test(type) ? type : 'VARCHAR'
  }
}
