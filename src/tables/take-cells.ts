// Conflicts of a merged table settled cell by cell: what one side has takes the place of what stands there, and nothing else
// changes.
import type { CellConflict } from './merge-rows.js'
import { type KeyedRows, keyedRows } from './row-keys.js'
import { type Cell, type Row, rowText } from './row-text.js'
import type { TextForm } from './text-form.js'
import { withEnds } from './with-ends.js'

export interface TakeCellsOptions {
  format: 'csv' | 'tsv' | 'jsonl'
  form?: TextForm
  cells: readonly CellConflict[]
}

/** `text` with the cells, or rows, that `side` has; undefined when either is no table with these rows any more. */
export function takeCells(
  { text, side }: Record<'text' | 'side', string>,
  { format, form, cells }: TakeCellsOptions,
): string | undefined {
  const key = Object.keys(cells[0]?.key ?? {})
  const [into, from] = [text, side].map((one) => keyed(one, { format, form, key }))
  if (!into || !from) return undefined
  const rows = new Map(into.byKey)
  for (const [id, found] of byRow(cells)) {
    const [row, other] = [rows.get(id), from.byKey.get(id)]
    if (found.some(({ column }) => column === undefined)) {
      if (other) rows.set(id, { text: other.text, end: row?.end ?? other.end })
      else rows.delete(id)
    } else if (row && other)
      rows.set(id, { text: joined({ into, from }, { row, other, cells: found }), end: row.end })
    else return undefined
  }
  return into.text.head + withEnds([...rows.values()])
}

function keyed(
  text: string,
  {
    format,
    form,
    key,
  }: Pick<TakeCellsOptions, 'format'> & { form: TextForm | undefined; key: readonly string[] },
): KeyedRows | undefined {
  const rows = rowText(text, { format, form })
  return rows && keyedRows(rows, key)
}

function byRow(cells: readonly CellConflict[]): Map<string, CellConflict[]> {
  const rows = new Map<string, CellConflict[]>()
  for (const cell of cells) {
    const id = JSON.stringify(Object.values(cell.key))
    rows.set(id, [...(rows.get(id) ?? []), cell])
  }
  return rows
}

function joined(
  { into, from }: Record<'into' | 'from', KeyedRows>,
  { row, other, cells }: { row: Row; other: Row; cells: readonly CellConflict[] },
): string {
  const theirs = from.text.cellsOf(other)
  const taken = new Map<string, Cell | undefined>(cells.map(({ column }) => [column!, theirs.get(column!)]))
  return into.text.withCells(row, taken)
}
