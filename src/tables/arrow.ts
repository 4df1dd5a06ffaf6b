// Arrow and Feather files (of either form, packed or not), which DuckDB does not read without a download: through
// `apache-arrow`, a batch of rows at a time, into a table of the database.
import fs from 'node:fs'
import type * as Arrow from 'apache-arrow'
import { isDvError, load } from '../base/index.js'
import { quoteName, type Sql, type SqlRow } from '../sql/index.js'
import { arrowColumn, type ArrowColumn } from './arrow-values.js'
import { lz4Frame } from './lz4.js'
import { badTable } from './errors.js'
import { zstdFrame } from './zstd-frame.js'

export interface ArrowOptions {
  /** How the file is called in messages, and where it is. */
  path: string
  file: string
  /** Of the table that is made. */
  name: string
  /** What its columns are called there. */
  columns: (names: readonly string[]) => readonly string[]
}

/** Returns the columns of the file. Throws DV_BAD_TABLE. */
export async function addArrow(
  db: Sql,
  { path, file, name, columns }: ArrowOptions,
): Promise<{ name: string; type: string }[]> {
  const arrow = loadArrow()
  const handle = await fs.promises.open(file, 'r')
  try {
    const reader = await readable(path, async () => {
      const opened = await arrow.RecordBatchReader.from(handle)
      await opened.open()
      if (!opened.schema) throw new Error('there is no schema in it')
      return opened
    })
    const { fields } = reader.schema
    const found = fields.map((field) => ({ name: field.name, ...arrowColumn(arrow, field.type) }))
    if (found.length === 0) throw badTable(path, 'it has no columns')
    const names = columns(found.map((column) => column.name))
    const list = found.map(({ type }, i) => `${quoteName(names[i]!)} ${type}`)
    await db.run(`CREATE TABLE ${quoteName(name)} (${list.join(', ')})`)
    await db.append(name, rowsOf(path, reader, found))
    return found.map((column) => ({ name: column.name, type: column.type }))
  } finally {
    await handle.close()
  }
}

function loadArrow(): typeof Arrow {
  const arrow = load<typeof Arrow>('apache-arrow')
  const { compressionRegistry: registry, CompressionType: type } = arrow
  if (!registry.get(type.LZ4_FRAME)) registry.set(type.LZ4_FRAME, { decode: lz4Frame })
  if (!registry.get(type.ZSTD)) registry.set(type.ZSTD, { decode: zstdFrame })
  return arrow
}

/** Whatever the package stumbles over in a file is the file's fault. */
async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (isDvError(error)) throw error
    throw badTable(path, `it is no Arrow file, or a damaged one: ${(error as Error).message}`)
  }
}

/** Rows that are put in at once. */
const ROWS = 2048

async function* rowsOf(
  path: string,
  reader: Arrow.RecordBatchReader | Arrow.AsyncRecordBatchStreamReader,
  columns: readonly ArrowColumn[],
): AsyncGenerator<SqlRow[]> {
  const batches = reader[Symbol.asyncIterator]() as AsyncIterator<Arrow.RecordBatch>
  for (;;) {
    const { done, value: batch } = await readable(path, () => batches.next())
    if (done) return
    const cells = await readable(path, async () => columns.map(({ read }, i) => read(batch.getChildAt(i)!)))
    for (let from = 0; from < batch.numRows; from += ROWS) {
      const count = Math.min(ROWS, batch.numRows - from)
      yield readable(path, async () =>
        Array.from({ length: count }, (_, i) => cells.map((cell) => cell(from + i))),
      )
    }
  }
}
