// The rows of a table that differ as a table of their own, for other programs. Format: spec/24-tables.md, "As a table"
import { utf8 } from '../base/index.js'
import { csvOf, objectsOf, type Rows } from '../query/index.js'
import type { SqlRow } from '../sql/index.js'
import { cacheFolder } from './cache.js'
import { parquetOf, parquetType } from './diff-parquet.js'
import { diff } from './diff.js'
import { writeOutput } from './output-file.js'
import type { DiffRow, QueryWritten, TableCell, TableRecord } from './results.js'
import { scratchPath } from './scratch.js'
import type { Stores } from './stores.js'
import type { DiffTableOptions } from './types.js'

/** Throws DV_NOT_A_TABLE unless one table with two versions is named. */
export async function* diffTableBytes(
  stores: Stores,
  { format, ...options }: DiffTableOptions,
): AsyncGenerator<Uint8Array> {
  const records = tableRecords(stores, options)
  const first = await records.next()
  // Versions that are the same have no rows that differ, and nothing is known of their columns.
  if (first.done && format !== 'parquet') return
  const rows = rowsOf((first.value ?? NO_TABLE) as Head, records)
  if (format === 'parquet') yield* parquetOf(rows, scratchOf(stores))
  else if (format === 'csv') for await (const text of csvOf(rows)) yield utf8(text)
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

const NO_TABLE: Pick<Head, 'key' | 'columns' | 'format'> = { key: [], columns: [], format: 'csv' }

/** A folder for this process alone, not made yet. */
function scratchOf({ context, surroundings }: Stores): string {
  return scratchPath(context?.workdir.dvDir ?? cacheFolder(surroundings), 'diff')
}

const NUMBERS = [
  { name: 'change', type: 'VARCHAR' },
  ...['before_row', 'after_row', 'count'].map((name) => ({ name, type: 'BIGINT' })),
]

const BATCH = 1024

function rowsOf({ key, columns, format }: Head, records: AsyncIterable<Head | DiffRow>): Rows {
  const others = columns.filter(({ name }) => !key.includes(name))
  const names = others.map(({ name }) => name)
  const typeOf = (type: string | undefined) => (type === undefined ? 'VARCHAR' : parquetType(format, type))
  async function* batches(): AsyncGenerator<SqlRow[]> {
    let batch: SqlRow[] = []
    for await (const row of records) {
      if (row.type !== 'row') continue
      batch.push(flat(row, { key, others: names }))
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    yield batch
  }
  const keys = columns.filter(({ name }) => key.includes(name))
  return {
    columns: [
      ...NUMBERS,
      ...key.map((name) => ({ name, type: typeOf(keys.find((column) => column.name === name)!.after) })),
      ...others.flatMap(({ name, before, after }) => [
        { name: `before_${name}`, type: typeOf(before) },
        { name: `after_${name}`, type: typeOf(after) },
      ]),
    ],
    batches: batches(),
  }
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
