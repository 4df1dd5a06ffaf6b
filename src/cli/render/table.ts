export type Align = 'left' | 'right'

/** Rows as lines, columns two spaces apart; no spaces at line ends. Cells are plain text, coloured by `paint`. */
export function table(
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
  paint: (cell: string, column: number, row: number) => string = (cell) => cell,
): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  return rows.map((row, r) =>
    row
      .map((cell, i) => {
        const space = ' '.repeat(widths[i]! - cell.length)
        const last = i === row.length - 1
        const painted = paint(cell, i, r)
        return align[i] === 'right' ? space + painted : last ? painted : painted + space
      })
      .join('  ')
      .trimEnd(),
  )
}
