// dv meta import: metadata from a table. It is read twice, first for its types; its rows are put in the order of paths on
// disk, held against the tree and the working directory, and wait as one edit. Nothing changes before all is well.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, type OnProgress, unusedHex } from '../base/index.js'
import { atLine } from '../edit/index.js'
import type { ManifestId } from '../hash/index.js'
import {
  columnsNamed,
  delimitedTable,
  jsonTable,
  type MetadataTable,
  type PathEdit,
  type PathRow,
  pathsBy,
  type SortedRows,
  sortedRows,
} from '../metadata/index.js'
import { decodeMetadata, encodeMetadata, type MetadataValue } from '../objects/index.js'
import { type Context, fromTop, withLock } from './context.js'
import { changePending, recordedTree } from './meta.js'
import type { TableBytes } from '../tables/index.js'
import { openParquet, type OpenTable, type ParquetInput } from './meta-parquet.js'
import { Presence } from './meta-presence.js'
import type { MetaImported } from './meta-results.js'
import type { MetaImportOptions } from './meta-types.js'

export async function importMetadata(context: Context, options: MetaImportOptions): Promise<MetaImported> {
  const { table, close } = await openTable(context, options)
  try {
    return await withLock(context, () => importRows(context, table, options))
  } finally {
    await close()
  }
}

async function importRows(
  context: Context,
  table: MetadataTable,
  options: MetaImportOptions,
): Promise<MetaImported> {
  const rows = sortedRows(() => context.storage.temporaryPath())
  try {
    const taken = await takeRows(context, table, { rows, options })
    return await record(context, table, { rows, taken, options })
  } finally {
    rows.close()
  }
}

async function openTable(context: Context, options: MetaImportOptions): Promise<OpenTable> {
  const { types, nulls, delimiter, onProgress } = options
  const source = sourceOf(context, options)
  const format = options.format ?? formatOf(options.file)
  onProgress?.({ phase: 'finding out types', done: 0, unit: 'objects' })
  if (format === 'parquet') return openParquet(parquetInput(context, options), { types, nulls })
  const chosen = delimiter ?? (format === 'tsv' ? '\t' : undefined)
  const table = await (format === 'jsonl'
    ? jsonTable(source, { types, nulls })
    : delimitedTable(source, { types, nulls, ...(chosen !== undefined && { delimiter: chosen }) }))
  return { table, close: async () => undefined }
}

function parquetInput({ surroundings, workdir }: Context, { file, input }: MetaImportOptions): ParquetInput {
  const full = path.resolve(surroundings.cwd, file)
  const temporary = path.join(workdir.dvDir, 'tmp', `metadata-${unusedHex()}`)
  return { name: file, full, input, temporary }
}

function sourceOf({ surroundings }: Context, { file, input, signal }: MetaImportOptions): TableBytes {
  if (input)
    return {
      path: file,
      async *read() {
        yield input
      },
    }
  const full = path.resolve(surroundings.cwd, file)
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

async function takeRows(context: Context, table: MetadataTable, { rows, options }: Taking): Promise<Taken> {
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
      const path = pathFrom(context, pathOf(row), row.line)
      return { path, line: row.line, metadata: encodeMetadata(set) }
    })
    rows.add(taken)
    count += taken.length
  }
  return { count, columns: wanted }
}

function pathFrom({ prefix }: Context, text: string, line: number): string {
  try {
    return fromTop(prefix, text)
  } catch (error) {
    throw atLine(line, error)
  }
}

interface Recording extends Taking {
  taken: Taken
}

async function record(
  context: Context,
  table: MetadataTable,
  { rows, taken, options }: Recording,
): Promise<MetaImported> {
  const { count } = taken
  const tree = await recordedTree(context)
  const missing: MetaImported['missing'] = { count: 0, examples: [] }
  const edits = editsOf(context, { rows: rows.sorted(), tree, missing, options, count })
  const args = ['import', options.file]
  const done = await changePending(context, { tree, edits, args, dryRun: options.dryRun })
  return {
    ...{ rows: count, paths: count - missing.count, ...done, missing },
    columns: taken.columns.map((i) => ({ ...table.columns[i]! })),
    warnings: [...table.warnings],
    dryRun: options.dryRun,
  }
}

interface Editing {
  rows: AsyncIterable<readonly PathRow[]>
  tree: ManifestId | undefined
  missing: MetaImported['missing']
  options: MetaImportOptions
  count: number
}

/** Throws once all are looked at, if any is missing and may not be: then nothing was changed, and all of them are known. */
async function* editsOf(
  context: Context,
  { rows, tree, missing, options, count }: Editing,
): AsyncGenerator<PathEdit[]> {
  const { signal, onProgress } = options
  const presence = new Presence(context, tree, signal)
  let last: PathRow | undefined
  let done = 0
  try {
    for await (const batch of rows) {
      signal?.throwIfAborted()
      for (const row of batch) {
        if (row.path === last?.path) throw twice(last, row)
        last = row
      }
      const are = await presence.of(batch.map((row) => row.path))
      yield batch.flatMap((row, i) => (are[i] ? [editOf(row)] : []))
      for (const [i, row] of batch.entries()) if (!are[i]) note(missing, row.path)
      report(onProgress, (done += batch.length), count)
    }
  } finally {
    await presence.close()
  }
  if (missing.count > 0 && !options.allowMissing) throw noMatch(missing, count, tree)
}

/** Its values are only decoded where they meet others. */
function editOf({ path, metadata }: PathRow): PathEdit {
  return {
    path,
    get set() {
      return decodeMetadata(metadata, 'row of a table')
    },
    unset: [],
    ...(metadata[0] !== NO_VALUES && { encoded: metadata }),
  }
}

/** What the encoding of an empty map begins with. */
const NO_VALUES = 0

const EXAMPLES = 10

function note(missing: MetaImported['missing'], path: string): void {
  missing.count++
  if (missing.examples.length < EXAMPLES) missing.examples.push(path)
}

function report(onProgress: OnProgress | undefined, done: number, total: number): void {
  onProgress?.({ phase: 'metadata', done, total, unit: 'files' })
}

function twice(first: PathRow, second: PathRow): DvError {
  return new DvError(
    'DV_BAD_TABLE',
    `Line ${second.line}: '${second.path}' stands on line ${first.line} already`,
    {
      data: { line: second.line, path: second.path, first: first.line },
      hint: 'nothing was changed; a path may have one row',
    },
  )
}

function noMatch(missing: MetaImported['missing'], count: number, tree: ManifestId | undefined): DvError {
  const examples = missing.examples.slice(0, 3).map((one) => `'${one}'`)
  const what =
    missing.count === count
      ? `None of the ${count} rows names`
      : `${missing.count} of ${count} rows do not name`
  return new DvError('DV_NO_MATCH', `${what} a path that is there: ${examples.join(', ')}`, {
    data: { missing: missing.count, matched: count - missing.count, examples: missing.examples },
    hint:
      missing.count === count && tree
        ? "nothing was changed; paths are relative to where you are: see 'dv ls', or build them with --path"
        : "nothing was changed; '--allow-missing' passes over these rows",
  })
}
