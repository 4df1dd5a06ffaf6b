import type { RowChange, RowCounts, TableHead } from './types.js'

export function emptyCounts({ rows }: TableHead): RowCounts {
  return { added: 0, removed: 0, changed: 0, unchanged: rows.after, cells: {} }
}

/** Counts a row that differs: who reads all of them need not ask for `counts`. */
export function tally(counts: RowCounts, row: RowChange): void {
  if (row.change === 'changed') {
    counts.changed++
    for (const { column } of row.cells) counts.cells[column] = (counts.cells[column] ?? 0) + 1
  } else counts[row.change] += row.count
  if (row.change === 'added') counts.unchanged -= row.count
  else if (row.change === 'changed') counts.unchanged--
}
