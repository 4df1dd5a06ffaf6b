// One table file as DuckDB reads it. Cells of text formats are compared as they are written: of CSV and TSV as text, of
// JSON as the JSON of each value, so that no guess at types can change a value or fail on mixed ones.
import { nearest, DvError } from '../base/index.js'
import { quoteName, quoteText, type Sql } from '../sql/index.js'
import { addArrow } from './arrow.js'
import { badTable } from './errors.js'
import type { TableFormat } from './format.js'
import { type CsvSource, fileBytes, readCsvHead } from './csv-records.js'
import type { TextForm } from './text-form.js'

export interface TableFile {
  /** As it is called in the tree, for messages. */
  path: string
  /** Where it is on disk. */
  file: string
  format: TableFormat
  /** How its text is to be read, where users say so. */
  form?: TextForm
}

export interface Column {
  name: string
  /** As shown: DuckDB's name of it, of JSON its own. */
  type: string
}

export interface TableSource extends TableFile {
  columns: Column[]
  /** What stands behind FROM; its columns are called by `reference`. */
  relation: string
  /** How the column at a place is written in SQL. */
  reference: (index: number) => string
}

/** Throws what is wrong with the head of the file. */
export async function openTable(db: Sql, table: TableFile): Promise<TableSource> {
  switch (table.format) {
    case 'csv':
    case 'tsv':
      return openCsv(db, table)
    case 'json':
    case 'jsonl':
      return openJson(db, table)
    case 'parquet':
      return openParquet(db, table)
    case 'arrow':
      return openArrow(db, table)
  }
}

async function openCsv(db: Sql, table: TableFile): Promise<TableSource> {
  const { names, form } = await csvForm(table)
  const columns = names.map((_, i) => `c${i}: 'VARCHAR'`).join(', ')
  const guess = `SELECT * FROM read_csv(${form}, names = [${names.map((_, i) => `'c${i}'`).join(', ')}])`
  const types = await typesOf(db, guess).catch(() => [])
  return {
    ...table,
    columns: names.map((name, i) => ({ name, type: types[i]?.type ?? 'VARCHAR' })),
    relation: `read_csv(${form}, auto_detect = false, columns = {${columns}})`,
    reference: (index) => `c${index}`,
  }
}

/** The names of the columns, and how DuckDB is told to read the file: nothing about its form is left to guess. */
export async function csvForm(table: TableFile): Promise<{ names: string[]; form: string }> {
  const { delimiter, names, header } = await readCsvHead(csvSource(table))
  const form = `${quoteText(table.file)}, header = ${header}, delim = ${quoteText(delimiter)}, quote = '"', escape = '"'`
  return { names, form }
}

/** The records of the file, of which the first is the head or not. */
export function csvSource({ path, file, format, form }: TableFile): CsvSource {
  return { path, read: () => fileBytes(file), ...(format === 'tsv' && { delimiter: '\t' }), ...form }
}

async function openJson(db: Sql, table: TableFile): Promise<TableSource> {
  const { path, file, format } = table
  const form = `${quoteText(file)}, format = '${format === 'json' ? 'array' : 'newline_delimited'}'`
  const limits = `maximum_object_size = ${RECORD_BYTES_MAX}`
  const all = `${form}, ${limits}, records = true, sample_size = -1, map_inference_threshold = -1`
  const found = await typesOf(db, `SELECT * FROM read_json(${all})`)
  if (found.length === 0) throw badTable(path, 'its records have no fields')
  const columns = found.map(({ name }) => `${quoteText(name)}: 'JSON'`).join(', ')
  return {
    ...table,
    columns: found.map(({ name, type }) => ({ name, type: jsonType(type) })),
    relation: `read_json(${form}, ${limits}, columns = {${columns}})`,
    reference: (index) => quoteName(found[index]!.name),
  }
}

/** A record of JSON that is larger is no row. */
export const RECORD_BYTES_MAX = 16 * 1024 * 1024

function jsonType(type: string): string {
  if (type.endsWith('[]')) return 'array'
  if (/^(STRUCT|MAP)/.test(type)) return 'object'
  if (/INT$/.test(type)) return 'integer'
  return { DOUBLE: 'number', BOOLEAN: 'boolean', JSON: 'any' }[type] ?? 'string'
}

async function openParquet(db: Sql, table: TableFile): Promise<TableSource> {
  const relation = `read_parquet(${quoteText(table.file)})`
  const columns = await typesOf(db, `SELECT * FROM ${relation}`)
  return { ...table, columns, relation, reference: (index) => quoteName(columns[index]!.name) }
}

/** Its values lie in the database then. */
async function openArrow(db: Sql, table: TableFile): Promise<TableSource> {
  const { path, file } = table
  const numbered = (names: readonly string[]) => names.map((_, i) => `c${i}`)
  const columns = await addArrow(db, { path, file, name: file, columns: numbered })
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw badTable(path, `two columns are called '${twice}'`)
  return { ...table, columns, relation: quoteName(file), reference: (index) => `c${index}` }
}

async function typesOf(db: Sql, select: string): Promise<Column[]> {
  const rows = await db.run(`DESCRIBE ${select}`)
  return rows.map(([name, type]) => ({ name: String(name), type: String(type) }))
}

/** The columns that users name, in their order: each a name, or several with commas between. */
export function namedColumns(
  typed: readonly string[],
  { known, path }: { known: readonly string[]; path: string },
): string[] {
  const names = typed.flatMap((text) =>
    known.includes(text) ? [text] : text.split(',').map((one) => one.trim()),
  )
  for (const name of names) if (!known.includes(name)) throw unknownColumn(name, { known, path })
  return [...new Set(names)]
}

const SHOWN = 20

export function unknownColumn(
  name: string,
  { known, path }: { known: readonly string[]; path: string },
): DvError {
  const near = nearest(name, known)
  const shown = known.slice(0, SHOWN).join(', ')
  return new DvError('DV_UNKNOWN_COLUMN', `'${path}' has no column '${name}'`, {
    data: { path, column: name, nearest: near },
    hint:
      near.length > 0
        ? `did you mean ${near.map((one) => `'${one}'`).join(', ')}?`
        : `its columns are ${shown}${known.length > SHOWN ? ' and more' : ''}`,
  })
}
