// Rows as text that other programs read. Format: spec/22-query.md, "What comes out".
import type { SqlColumn, SqlRow, SqlValue } from '../sql/index.js'

export interface Rows {
  columns: readonly SqlColumn[]
  batches: AsyncIterable<SqlRow[]>
}

/** CSV of RFC 4180 with '\n' at line ends: NULL is nothing, an empty text is "". */
export async function* csvOf({ columns, batches }: Rows): AsyncGenerator<string> {
  yield `${columns.map(({ name }) => csvText(name)).join(',')}\n`
  const cell = columns.map(
    ({ type }) =>
      (value: SqlValue) =>
        csvCell(value, type),
  )
  for await (const rows of batches)
    yield rows.map((row) => `${row.map((value, i) => cell[i]!(value)).join(',')}\n`).join('')
}

function csvCell(value: SqlValue, type: string): string {
  return value === undefined ? '' : csvText(textOf(value, type))
}

function csvText(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows as objects that JSON can hold. NULL is null: here it is data. */
export async function* objectsOf({ columns, batches }: Rows): AsyncGenerator<Record<string, unknown>> {
  for await (const rows of batches) {
    for (const row of rows)
      yield Object.fromEntries(columns.map(({ name, type }, i) => [name, jsonOf(row[i], type)]))
  }
}

function textOf(value: SqlValue, type: string): string {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return typeof value === 'object' ? JSON.stringify(jsonOf(value, type)) : String(value)
}

function jsonOf(value: SqlValue, type: string): unknown {
  switch (typeof value) {
    case 'undefined':
      return null
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'string':
      return type === 'JSON' ? parsed(value) : value
    case 'object':
      return ofObject(value)
    default:
      return value
  }
}

function ofObject(value: object): unknown {
  if (value instanceof Uint8Array) return textOf(value, 'BLOB')
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, ''))
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, jsonOf(one as SqlValue, '')]))
}

/** JSON within JSON, unless numbers in it would lose digits. */
function parsed(text: string): unknown {
  if (/\d{16}/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
