// Why DuckDB could not read a table, said as dv says it: its own words name files of a temporary folder, and of CSV they
// tell less than a reading of the file does.
import { isDvError } from '../base/index.js'
import { checkCsv, fileBytes } from './csv-records.js'
import { checkJsonArray } from './json-array.js'
import { checkJsonLines } from './json-lines.js'
import { badEncoding, badTable } from './errors.js'
import { csvSource, type TableFile } from './source.js'
import type { TableBytes } from './text.js'

/** What to throw for the failure of a statement about `tables`; what is no fault of theirs stays as it is. */
export async function explain(error: unknown, tables: readonly TableFile[]): Promise<unknown> {
  if (!isDvError(error, 'DV_QUERY_FAILED') && !isDvError(error, 'DV_BAD_SQL')) return error
  // What DuckDB says of a place is one of the statement.
  const message = error.message.replace(/ \(line \d+, column \d+\)$/, '')
  // Of values that are no records it names the file only in the statement that it shows.
  const words = message.startsWith('json_read expected records') ? (error.hint ?? '') : message
  const table = tables.find(({ file }) => words.includes(file))
  if (!table || !/CSV|JSON|[Pp]arquet|Snappy|ZSTD/.test(message)) return error
  const fault = ofType(table.path, message) ?? (await faultOf(table)) ?? ofJson(table.path, message)
  return fault ?? badTable(table.path, message.replaceAll(table.file, table.path))
}

/** A value among later rows that is not of the type that the first have. */
function ofType(path: string, message: string): unknown {
  const [, line, column, value, type] =
    /on Line: (\d+).*Error when converting column '(.*?)'\. Could not convert string '(.*?)' to '(.*?)'/s.exec(
      message,
    ) ?? []
  if (line === undefined) return undefined
  return badTable(path, `'${value}' in column '${column}' is no ${type}, as all before it are`, {
    line: Number(line),
  })
}

/** What dv's own readers find wrong with it. */
async function faultOf(table: TableFile): Promise<unknown> {
  try {
    if (table.format === 'csv' || table.format === 'tsv') await checkCsv(csvSource(table))
    else if (table.format === 'jsonl') await checkJsonLines(bytesOf(table))
    else if (table.format === 'json') await checkJsonArray(bytesOf(table))
    return undefined
  } catch (error) {
    return error
  }
}

function bytesOf({ path, file }: TableFile): TableBytes {
  return { path, read: () => fileBytes(file) }
}

function ofJson(path: string, message: string): unknown {
  const [, byte, unit, count, what] =
    /(?:Malformed JSON|JSON transform error).*?(?:at byte (\d+) )?in (line|record\/value) (\d+)[:.]? (.*?)(?: Try|$)/s.exec(
      message,
    ) ?? []
  if (count === undefined) return undefined
  const record = Number(count)
  if (/unicode|utf-?8/i.test(what!)) return badEncoding(path, 'WINDOWS-1252', { line: record })
  if (unit !== 'line') return badTable(path, `${what} (record ${record})`)
  return badTable(path, what!, { line: record, ...(byte !== undefined && { column: Number(byte) }) })
}
