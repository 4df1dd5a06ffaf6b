import type { Row } from './row-text.js'

/** Only the last row may have no line end. */
export function withEnds(rows: readonly Row[]): string {
  const end = rows.find((row) => row.end !== '')?.end.startsWith('\r\n') ? '\r\n' : '\n'
  return rows.map((row, i) => row.text + (row.end === '' && i < rows.length - 1 ? end : row.end)).join('')
}
