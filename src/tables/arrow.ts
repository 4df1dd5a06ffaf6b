// Arrow and Feather files (of either form, packed or not), which DuckDB does not read without a download: through
// `apache-arrow`, a batch of rows at a time, into a table of the database.
import fs from 'node:fs'
import { quoteName, type Sql } from '../sql/index.js'
import { openArrow } from './arrow-rows.js'

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
  const handle = await fs.promises.open(file, 'r')
  try {
    const { columns: found, rows } = await openArrow(path, handle)
    const names = columns(found.map((column) => column.name))
    const list = found.map(({ type }, i) => `${quoteName(names[i]!)} ${type}`)
    await db.run(`CREATE TABLE ${quoteName(name)} (${list.join(', ')})`)
    await db.append(name, rows)
    return found
  } finally {
    await handle.close()
  }
}
