// Parquet files that metadata is read from and written to, each through a database of its own that sees nothing else.
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError } from '../base/index.js'
import {
  parquetTable,
  type MetadataTable,
  type TableOptions,
  type WrittenRow,
  writeParquet,
} from '../metadata/index.js'
import { openSql } from '../sql/index.js'

export interface ParquetInput {
  /** As typed, and where that is. */
  name: string
  full: string
  /** The bytes, when they are not those of the file. */
  input: Uint8Array | undefined
  /** A folder for this process alone, not made yet. */
  temporary: string
}

export interface OpenTable {
  table: MetadataTable
  close(): Promise<void>
}

export async function openParquet(
  { name, full, input, temporary }: ParquetInput,
  options: TableOptions,
): Promise<OpenTable> {
  const file = input ? path.join(temporary, 'input.parquet') : realFile(full, name)
  if (input) {
    fs.mkdirSync(temporary, { recursive: true })
    fs.writeFileSync(file, input)
  }
  const { db, close } = await openIn(temporary, path.dirname(file))
  try {
    return { table: (await parquetTable(db, { path: name, file }, options)) as MetadataTable, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Where links lead, for the database may read one folder. */
function realFile(full: string, name: string): string {
  try {
    fs.closeSync(fs.openSync(full, 'r'))
    return fs.realpathSync(full)
  } catch (error) {
    throw fromSystemError(error, 'read', name)
  }
}

export interface ParquetOutput {
  rows: () => AsyncIterable<readonly WrittenRow[]>
  pathColumn: string
  temporary: string
}

/** The bytes of the file. */
export async function* parquetBytes({
  rows,
  pathColumn,
  temporary,
}: ParquetOutput): AsyncGenerator<Uint8Array> {
  fs.mkdirSync(temporary, { recursive: true })
  const { db, close } = await openIn(temporary, temporary)
  try {
    const file = path.join(temporary, 'metadata.parquet')
    await writeParquet(db, rows, { pathColumn, file })
    yield* fs.createReadStream(file)
  } finally {
    await close()
  }
}

async function openIn(temporary: string, readable: string) {
  const db = await openSql({ temporary, readable: [readable] })
  const close = async () => {
    await db.close()
    fs.rmSync(temporary, { recursive: true, force: true })
  }
  return { db, close }
}
