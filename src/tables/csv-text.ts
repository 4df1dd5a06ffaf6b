import { isDvError } from '../base/index.js'
import { cellText, CsvReader, type CsvRecord } from './csv.js'
import { columnNames } from './csv-records.js'
import type { Cell, Row, RowText } from './row-text.js'
import type { TextForm } from './text-form.js'

const MARK = '\ufeff'

/** The rows of a CSV text. */
export function csvRows(text: string, form: TextForm): RowText | undefined {
  const body = text.startsWith(MARK) ? text.slice(MARK.length) : text
  const table = parse(body, form)
  if (!table) return undefined
  const { records, names, delimiter } = table
  const starts = records.map(({ from }) => from)
  const rows = records.map(({ from, to, cells }, i): CsvRow => ({
    text: body.slice(from, to),
    end: body.slice(to, starts[i + 1]),
    cells,
  }))
  const { header = true } = form
  const mark = text.slice(0, text.length - body.length)
  return {
    head: header ? mark + rows[0]!.text + rows[0]!.end : mark,
    rows: header ? rows.slice(1) : rows,
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
  form: TextForm,
): { records: CsvRecord[]; names: string[]; delimiter: string } | undefined {
  const reader = new CsvReader({ path: '', ...form })
  try {
    const records = [...reader.read(text), ...reader.end()]
    const [head] = records
    return head && { records, names: columnNames({ path: '', ...form }, head), delimiter: reader.delimiter! }
  } catch (error) {
    if (isDvError(error, 'DV_BAD_TABLE')) return undefined
    throw error
  }
}
