// The rows of a query as a person reads them.
import type { QueryAnswer, QueryValue } from '../api-types.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'
import { type Align, table } from './table.js'

/** Columns are as wide as what these rows have in them; later rows may be wider. */
const ALIGNED_ROWS = 1000
const CELL_CHARS_MAX = 200

export async function queryTable({ columns, batches }: QueryAnswer, screen: Screen): Promise<void> {
  const align = columns.map(({ type }): Align => (/INT|DOUBLE|FLOAT|DECIMAL/.test(type) ? 'right' : 'left'))
  let waiting: string[][] = [columns.map(({ name }) => safe(name))]
  let count = 0
  const show = async () => {
    const isFirst = count <= ALIGNED_ROWS
    const paint = (cell: string, _: number, row: number) =>
      isFirst && row === 0 ? screen.style.bold(cell) : cell
    for (const line of table(waiting, align, paint)) screen.line(line)
    waiting = []
    await screen.breathe()
  }
  for await (const rows of batches) {
    for (const row of rows) {
      waiting.push(row.map(cellOf))
      count++
      if (waiting.length > ALIGNED_ROWS) await show()
    }
  }
  if (waiting.length > 0) await show()
}

function cellOf(value: QueryValue): string {
  const text = safe(textOf(value))
  return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX)}…` : text
}

function textOf(value: QueryValue): string {
  if (value === undefined) return 'NULL'
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return typeof value === 'object' ? JSON.stringify(value, withoutBigInts) : String(value)
}

function withoutBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : (value ?? null)
}
