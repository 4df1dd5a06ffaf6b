// A table as the text of its rows, so that what a merge leaves alone keeps every byte: quotes, blanks, line ends.
import type { TableFormat } from './format.js'
import { csvRows } from './csv-text.js'
import type { TextForm } from './text-form.js'
import { jsonRows } from './json-text.js'

/** One row: its text, and what stands between it and the next (a line end, empty lines too). */
export interface Row {
  text: string
  end: string
}

/** A cell of a row: as it is written, and what is compared. */
export interface Cell {
  text: string
  value: string
}

export type Cells = ReadonlyMap<string, Cell>

export interface RowText {
  /** What stands before the first row: the head of CSV, with its line end. */
  head: string
  rows: Row[]
  /** By column. Throws nothing for a row of this table. */
  cellsOf(row: Row): Cells
  /** The row with other cells in the places of its own; undefined: without that one. */
  withCells(row: Row, cells: ReadonlyMap<string, Cell | undefined>): string
}

/** Formats whose rows can be merged as text. */
export function hasRowText(format: TableFormat | undefined): format is 'csv' | 'tsv' | 'jsonl' {
  return format === 'csv' || format === 'tsv' || format === 'jsonl'
}

/** Undefined for what is no table of that format: it has no head, a row of more or fewer cells, a quote left open. */
export function rowText(
  text: string,
  { format, form }: { format: 'csv' | 'tsv' | 'jsonl'; form?: TextForm | undefined },
): RowText | undefined {
  if (format === 'jsonl') return jsonRows(text)
  return csvRows(text, { ...(format === 'tsv' && { delimiter: '\t' }), ...form })
}
