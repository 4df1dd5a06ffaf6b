// A CSV or TSV file as a table of metadata.
import { type MetadataValue } from '../objects/index.js'
import { ColumnTypes } from './column-types.js'
import { readDelimited, type TextRow } from './delimited.js'
import {
  badCell,
  badTable,
  columnsNamed,
  type MetadataTable,
  type TableOptions,
  type TableSource,
} from './table.js'
import { askedType, valueOfText, type ValueType } from './text-value.js'

export interface DelimitedOptions extends TableOptions {
  /** Undefined: as the first line looks. */
  delimiter?: string
}

/** Reads all of it once. Throws DV_BAD_TABLE, DV_BAD_ENCODING, DV_BAD_VALUE, DV_UNKNOWN_COLUMN. */
export async function delimitedTable(
  source: TableSource,
  options: DelimitedOptions,
): Promise<MetadataTable<string>> {
  const nulls = new Set(['', ...options.nulls])
  const names = await readHeader(source, options)
  columnsNamed(asColumns(names), Object.keys(options.types))
  const forced = names.map((name) => askedType(options.types, name))
  const found = names.map(() => new ColumnTypes())
  const counts = names.map(() => 0)
  for await (const rows of rowsOf(source, options, names))
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
    columns: names.map((name, i) => ({ name, type: types[i]!, values: counts[i]! })),
    warnings: warnings.filter((warning) => warning !== undefined),
    async *rows() {
      for await (const rows of rowsOf(source, options, names))
        yield rows.map(({ line, cells }) => ({
          line,
          cells: cells.map((text) => (nulls.has(text!) ? undefined : text)),
        }))
    },
    textOf: (cell) => cell,
    valueOf: (cell, i): MetadataValue => valueOfText(cell, types[i]!) ?? { type: 'string', value: cell },
  }
}

function asColumns(names: readonly string[]) {
  return names.map((name) => ({ name }))
}

/** A column without a name, as an index that a program wrote along, has the name '' and is nobody's. */
async function readHeader(source: TableSource, { delimiter }: DelimitedOptions): Promise<string[]> {
  for await (const rows of readDelimited(source, delimiter)) {
    const [header] = rows
    if (!header) continue
    const names = header.cells.map((name) => name!.trim())
    const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i)
    if (twice !== undefined) throw badTable(header.line, `the column '${twice}' is there twice`)
    return names
  }
  throw badTable(1, 'there is no header that names the columns')
}

async function* rowsOf(
  source: TableSource,
  { delimiter }: DelimitedOptions,
  names: readonly string[],
): AsyncGenerator<TextRow[]> {
  let isHeader = true
  for await (const rows of readDelimited(source, delimiter)) {
    for (const { line, cells } of rows)
      if (cells.length !== names.length)
        throw badTable(line, `it has ${cells.length} cells, the header has ${names.length}`)
    const body = isHeader ? rows.slice(1) : rows
    isHeader &&= rows.length === 0
    yield body
  }
}
