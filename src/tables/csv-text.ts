import { isDvError } from '../base/index.js'
import { cellText, CsvReader, type CsvRecord } from './csv.js'
import { columnNames } from './csv-records.js'
import type { Cell, Row, RowText } from './row-text.js'

const MARK = '\ufeff'

/** The rows of a CSV text, the first record being the head. */
export function csvRows(text: string, { tabs }: { tabs: boolean }): RowText | undefined {
  const body = text.startsWith(MARK) ? text.slice(MARK.length) : text
  const table = parse(body, tabs)
  if (!table) return undefined
  const { records, names, delimiter } = table
  const starts = records.map(({ from }) => from)
  const rows = records.map(({ from, to, cells }, i): CsvRow => ({
    text: body.slice(from, to),
    end: body.slice(to, starts[i + 1]),
    cells,
  }))
  const [, ...others] = rows
  return {
    head: text.slice(0, text.length - body.length) + rows[0]!.text + rows[0]!.end,
    rows: others,
    cellsOf: (row) => new Map((row as CsvRow).cells.map((cell, i) => [names[i]!, asCell(cell)])),
    withCells: (row, cells) =>
      (row as CsvRow).cells.map((cell, i) => cells.get(names[i]!)?.text ?? cell).join(delimiter),
  }
}

interface CsvRow extends Row {
  cells: readonly string[]
}

function asCell(text: string): Cell {
  return { text, value: cellText(text) }
}

function parse(
  text: string,
  tabs: boolean,
): { records: CsvRecord[]; names: string[]; delimiter: string } | undefined {
  const path = ''
  const reader = new CsvReader({ path, ...(tabs && { delimiter: '\t' }) })
  try {
    const records = [...reader.read(text), ...reader.end()]
    const [head] = records
    return head && { records, names: columnNames(path, head), delimiter: reader.delimiter! }
  } catch (error) {
    if (isDvError(error, 'DV_BAD_TABLE')) return undefined
    throw error
  }
}
