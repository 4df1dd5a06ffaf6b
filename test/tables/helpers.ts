// Two versions of a table as files, compared as dv compares them.
import fs from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { openSql } from '../../src/sql/index.js'
import {
  compareTables,
  emptyCounts,
  type RowChange,
  tableFormat,
  type TableRequest,
  tally,
} from '../../src/tables/index.js'
import { temporaryFolder } from '../helpers/repository.js'

export interface Versions {
  /** With an ending: 't.csv'. */
  name: string
  before: string | Uint8Array
  after: string | Uint8Array
}

type Request = Partial<Pick<TableRequest, 'key' | 'columns'>>

export async function compared(
  t: ExecutionContext,
  { name, before, after }: Versions,
  request: Request = {},
) {
  const folder = fs.mkdtempSync(path.join(temporaryFolder(t), 'tables-'))
  const sideOf = (side: string, bytes: string | Uint8Array) => {
    const file = path.join(folder, `${side}-${name}`)
    fs.writeFileSync(file, bytes)
    return { path: name, file, format: tableFormat(name)! }
  }
  const sides = { before: sideOf('before', before), after: sideOf('after', after) }
  const db = await openSql({ temporary: path.join(folder, 'sql'), readable: [folder], threads: 1 })
  try {
    const { head, rows, counts } = await compareTables(db, { ...sides, ...request })
    const changes: RowChange[] = []
    for await (const batch of rows()) changes.push(...batch)
    const tallied = emptyCounts(head)
    for (const row of changes) tally(tallied, row)
    return { head, changes, counts: await counts(), tallied }
  } finally {
    await db.close()
  }
}

export const given = (...names: string[]) => ({ key: { names, source: 'given' as const } })

/** Rows as CSV, everything in quotes that has to be. */
export function csv(rows: readonly (readonly string[])[], delimiter = ','): string {
  const cell = (text: string) => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return rows.map((row) => `${row.map(cell).join(delimiter)}\n`).join('')
}
