// The rows of a table that differ as a table of their own, for other programs. Format: spec/24-tables.md, "As a table"
import { utf8 } from '../base/index.js'
import { csvOf, objectsOf, type Rows } from '../query/index.js'
import type { SqlRow } from '../sql/index.js'
import { diff } from './diff.js'
import { writeOutput } from './output-file.js'
import type { DiffRow, QueryWritten, TableCell, TableRecord } from './results.js'
import type { Stores } from './stores.js'
import type { DiffTableOptions } from './types.js'

/** Throws DV_NOT_A_TABLE unless one table with two versions is named. */
export async function* diffTableBytes(
  stores: Stores,
  { format, ...options }: DiffTableOptions,
): AsyncGenerator<Uint8Array> {
  const records = tableRecords(stores, options)
  const first = await records.next()
  // Versions that are the same have no rows that differ.
  if (first.done) return
  const rows = rowsOf(first.value as Head, records)
  if (format === 'csv') for await (const text of csvOf(rows)) yield utf8(text)
  else for await (const row of objectsOf(rows)) yield utf8(`${JSON.stringify(row)}\n`)
}

/** The same into a file. */
export async function diffTableToFile(
  stores: Stores,
  { file, ...options }: DiffTableOptions & { file: string },
): Promise<QueryWritten> {
  return writeOutput({ cwd: stores.surroundings.cwd, file }, diffTableBytes(stores, options))
}

type Head = Extract<TableRecord, { type: 'table' }>

async function* tableRecords(
  stores: Stores,
  options: Omit<DiffTableOptions, 'format'>,
): AsyncGenerator<Head | DiffRow> {
  for await (const record of diff(stores, { ...options, content: false })) {
    if (record.type === 'table' || record.type === 'row') yield record
  }
}

const NUMBERS = ['change', 'before_row', 'after_row', 'count']

function rowsOf({ key, columns }: Head, records: AsyncIterable<Head | DiffRow>): Rows {
  const others = columns.map(({ name }) => name).filter((name) => !key.includes(name))
  const names = [...NUMBERS, ...key, ...others.flatMap((name) => [`before_${name}`, `after_${name}`])]
  async function* batches(): AsyncGenerator<SqlRow[]> {
    for await (const row of records) if (row.type === 'row') yield [flat(row, { key, others })]
  }
  return { columns: names.map((name) => ({ name, type: 'ANY' })), batches: batches() }
}

/** Of a changed row only cells that changed have values. */
function flat(row: DiffRow, { key, others }: Record<'key' | 'others', readonly string[]>): SqlRow {
  if (row.change === 'changed') {
    const cells = new Map(row.cells.map((cell) => [cell.column, cell]))
    const both = others.flatMap((name) => [cells.get(name)?.before, cells.get(name)?.after])
    return [
      row.change,
      row.before,
      row.after,
      1,
      ...key.map((name) => value(row.key[name])),
      ...both.map(value),
    ]
  }
  const isAdded = row.change === 'added'
  const cells = others.flatMap((name) =>
    isAdded ? [undefined, row.values[name]] : [row.values[name], undefined],
  )
  const numbers = isAdded ? [undefined, row.after] : [row.before, undefined]
  return [
    row.change,
    ...numbers,
    row.count,
    ...key.map((name) => value(row.values[name])),
    ...cells.map(value),
  ]
}

function value(cell: TableCell | undefined): SqlRow[number] {
  return cell === null ? undefined : (cell as SqlRow[number])
}
