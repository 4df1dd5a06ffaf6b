// A CSV or TSV file as a table of metadata.
import { type MetadataValue } from '../objects/index.js'
import { ColumnTypes } from './column-types.js'
import { badTable, cellText, type CsvRecord, readCsv, refuseTwice, type TableBytes } from '../tables/index.js'
import { badCell, columnsNamed, type MetadataTable, type TableOptions } from './table.js'
import { askedType, valueOfText, type ValueType } from './text-value.js'

interface TextRow {
  line: number
  cells: string[]
}

export interface DelimitedOptions extends TableOptions {
  /** Undefined: as the first line looks. */
  delimiter?: string
}

/** Reads all of it once. Throws DV_BAD_TABLE, DV_BAD_ENCODING, DV_BAD_VALUE, DV_UNKNOWN_COLUMN. */
export async function delimitedTable(
  source: TableBytes,
  options: DelimitedOptions,
): Promise<MetadataTable<string>> {
  const nulls = new Set(['', ...options.nulls])
  const names = await readHeader(source, options)
  columnsNamed({ path: source.path, columns: names.map((name) => ({ name })) }, Object.keys(options.types))
  const forced = names.map((name) => askedType(options.types, name))
  const found = names.map(() => new ColumnTypes())
  const counts = names.map(() => 0)
  for await (const rows of rowsOf(source, options))
    for (const { line, cells } of rows)
      for (let i = 0; i < names.length; i++) {
        const text = cells[i]!
        if (nulls.has(text)) continue
        counts[i]!++
        const type = forced[i]
        if (type === undefined) found[i]!.see(text, line)
        else if (!valueOfText(text, type)) throw badCell({ line, name: names[i]!, text, type })
      }
  const types = names.map((_, i): ValueType => forced[i] ?? found[i]!.type)
  const warnings = names.map((name, i) => (forced[i] ? undefined : found[i]!.warning(name)))
  return {
    path: source.path,
    columns: names.map((name, i) => ({ name, type: types[i]!, values: counts[i]! })),
    warnings: warnings.filter((warning) => warning !== undefined),
    async *rows() {
      for await (const rows of rowsOf(source, options))
        yield rows.map(({ line, cells }) => ({
          line,
          cells: cells.map((text) => (nulls.has(text) ? undefined : text)),
        }))
    },
    textOf: (cell) => cell,
    valueOf: (cell, i): MetadataValue => valueOfText(cell, types[i]!) ?? { type: 'string', value: cell },
  }
}

/** A column without a name, as an index that a program wrote along, has the name '' and is nobody's. */
async function readHeader(source: TableBytes, { delimiter }: DelimitedOptions): Promise<string[]> {
  for await (const records of readCsv({ ...source, ...(delimiter !== undefined && { delimiter }) })) {
    const [head] = records
    if (!head) continue
    const names = head.cells.map((cell) => cellText(cell).trim())
    refuseTwice(source.path, head.line, names)
    return names
  }
  throw badTable(source.path, 'it is empty, where a head was wanted that names the columns', { line: 1 })
}

async function* rowsOf(source: TableBytes, { delimiter }: DelimitedOptions): AsyncGenerator<TextRow[]> {
  let isHead = true
  for await (const records of readCsv({ ...source, ...(delimiter !== undefined && { delimiter }) })) {
    yield (isHead ? records.slice(1) : records).map(textRow)
    isHead &&= records.length === 0
  }
}

function textRow({ line, cells }: CsvRecord): TextRow {
  return { line, cells: cells.map(cellText) }
}
