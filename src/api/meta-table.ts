// The rows of a table of metadata, in the order of their paths. It is read twice, first for its types.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isDvError, unusedHex } from '../base/index.js'
import { atLine } from '../edit/index.js'
import {
  columnsNamed,
  delimitedTable,
  jsonTable,
  type MetadataTable,
  type PathRow,
  pathsBy,
  type SortedRows,
  sortedRows,
} from '../metadata/index.js'
import { encodeMetadata, type MetadataValue } from '../objects/index.js'
import type { TableBytes } from '../tables/index.js'
import { fromTop } from './context.js'
import { openParquet, type OpenTable, type ParquetInput } from './meta-parquet.js'
import type { MetaImported } from './meta-results.js'
import type { MetaImportOptions } from './meta-types.js'

/** Where a table is found, and what its paths are relative to. */
export interface TablePlace {
  cwd: string
  /** Of paths: where they begin in the tree. */
  prefix: string
  /** An existing folder for what is written meanwhile. */
  temporary: string
}

export interface ImportedTable {
  rows: SortedRows
  count: number
  columns: MetaImported['columns']
  warnings: string[]
}

/** Does `work` on the rows of a table. Throws what is wrong with it before. */
export async function withTable<T>(
  place: TablePlace,
  options: MetaImportOptions,
  work: (table: ImportedTable) => Promise<T>,
): Promise<T> {
  const { table, close } = await openTable(place, options).catch((error: unknown) => {
    throw toConvert(error)
  })
  const rows = sortedRows(() => path.join(place.temporary, `rows-${unusedHex()}`))
  try {
    const { count, columns } = await takeRows(place, table, { rows, options })
    return await work({
      ...{ rows, count, warnings: [...table.warnings] },
      columns: columns.map((i) => ({ ...table.columns[i]! })),
    })
  } finally {
    rows.close()
    await close()
  }
}

/** Attributes are of a tree: they say nothing of a table that is handed over. */
function toConvert(error: unknown): unknown {
  if (!isDvError(error, 'DV_BAD_ENCODING')) return error
  const { code, message, data } = error
  const hint = `nothing was changed; convert it first: iconv -f ${String(data['encoding'])} -t UTF-8`
  return new DvError(code, message, { data, hint, cause: error })
}

async function openTable(place: TablePlace, options: MetaImportOptions): Promise<OpenTable> {
  const { types, nulls, delimiter, onProgress } = options
  const source = sourceOf(place, options)
  const format = options.format ?? formatOf(options.file)
  onProgress?.({ phase: 'finding out types', done: 0, unit: 'objects' })
  if (format === 'parquet') return openParquet(parquetInput(place, options), { types, nulls })
  const chosen = delimiter ?? (format === 'tsv' ? '\t' : undefined)
  const table = await (format === 'jsonl'
    ? jsonTable(source, { types, nulls })
    : delimitedTable(source, { types, nulls, ...(chosen !== undefined && { delimiter: chosen }) }))
  return { table, close: async () => undefined }
}

function parquetInput({ cwd, temporary }: TablePlace, { file, input }: MetaImportOptions): ParquetInput {
  const folder = path.join(temporary, `metadata-${unusedHex()}`)
  return { name: file, full: path.resolve(cwd, file), input, temporary: folder }
}

function sourceOf({ cwd }: TablePlace, { file, input, signal }: MetaImportOptions): TableBytes {
  if (input)
    return {
      path: file,
      async *read() {
        yield input
      },
    }
  const full = path.resolve(cwd, file)
  return {
    path: file,
    async *read() {
      try {
        const stream = fs.createReadStream(full, { highWaterMark: 1024 * 1024, ...(signal && { signal }) })
        for await (const bytes of stream) yield bytes as Uint8Array
      } catch (error) {
        throw fromSystemError(error, 'read', file)
      }
    },
  }
}

function formatOf(file: string): 'csv' | 'tsv' | 'jsonl' | 'parquet' {
  const name = file.toLowerCase()
  if (name.endsWith('.csv')) return 'csv'
  if (/\.(tsv|tab)$/.test(name)) return 'tsv'
  if (/\.(jsonl|ndjson)$/.test(name)) return 'jsonl'
  if (/\.(parquet|pq)$/.test(name)) return 'parquet'
  throw new DvError('DV_USAGE', `What '${file}' is cannot be told by its name`, {
    data: { file },
    hint: "it takes '--format csv', 'tsv', 'jsonl' or 'parquet'",
  })
}

interface Taking {
  rows: SortedRows
  options: MetaImportOptions
}

interface Taken {
  count: number
  /** Places of the columns that are set. */
  columns: readonly number[]
}

async function takeRows(place: TablePlace, table: MetadataTable, { rows, options }: Taking): Promise<Taken> {
  const { pathOf, isPathOnly } = pathsBy(table, options.path)
  const wanted =
    options.columns.length > 0
      ? columnsNamed(table, options.columns)
      : table.columns.flatMap(({ name }, i) => (name === '' || isPathOnly(i) ? [] : [i]))
  let count = 0
  for await (const batch of table.rows()) {
    options.signal?.throwIfAborted()
    const taken = batch.map((row): PathRow => {
      const set = new Map<string, MetadataValue>()
      for (const i of wanted) {
        const cell = row.cells[i]
        if (cell !== undefined) set.set(table.columns[i]!.name, table.valueOf(cell, i))
      }
      const path = pathFrom(place, pathOf(row), row.line)
      return { path, line: row.line, metadata: encodeMetadata(set) }
    })
    rows.add(taken)
    count += taken.length
  }
  return { count, columns: wanted }
}

function pathFrom({ prefix }: TablePlace, text: string, line: number): string {
  try {
    return fromTop(prefix, text)
  } catch (error) {
    throw atLine(line, error)
  }
}
