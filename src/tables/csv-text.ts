import { delimiterOf, namesOf } from './head.js'
import type { Cell, Row, RowText } from './row-text.js'

/** The rows of a CSV text, the first record being the head. */
export function csvRows(text: string, { tabs }: { tabs: boolean }): RowText | undefined {
  const records = splitRecords(text)
  const [first] = records ?? []
  if (!records || !first || first.text === '') return undefined
  const delimiter = tabs ? '\t' : delimiterOf(first.text)
  const head = splitCells(first.text.replace(/^\ufeff/, ''), delimiter)
  const names = head && namesOf(head.map(({ value }) => value))
  if (!names || new Set(names).size < names.length) return undefined
  const rows = records.slice(1)
  if (rows.some((row) => splitCells(row.text, delimiter)?.length !== names.length)) return undefined
  return {
    head: first.text + first.end,
    rows,
    cellsOf: (row) => new Map(splitCells(row.text, delimiter)!.map((cell, i) => [names[i]!, cell])),
    withCells(row, cells) {
      const own = splitCells(row.text, delimiter)!
      return own.map((cell, i) => (cells.get(names[i]!) ?? cell).text).join(delimiter)
    },
  }
}

/** Records by line ends outside quotes; empty lines belong to what is before them. Undefined when a quote stays open. */
function splitRecords(text: string): Row[] | undefined {
  const rows: Row[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '"') quoted = !quoted
    else if (!quoted && (char === '\n' || char === '\r')) {
      const row = { text: text.slice(start, i), end: '' }
      while (text[i + 1] === '\n' || text[i + 1] === '\r') i++
      row.end = text.slice(start + row.text.length, i + 1)
      rows.push(row)
      start = i + 1
    }
  }
  if (quoted) return undefined
  return start < text.length ? [...rows, { text: text.slice(start), end: '' }] : rows
}

/** Undefined when something stands behind a closing quote. */
function splitCells(record: string, delimiter: string): Cell[] | undefined {
  const cells: Cell[] = []
  for (let at = 0; at <= record.length;) {
    const end = record[at] === '"' ? quotedEnd(record, at) : plainEnd(record, at, delimiter)
    if (end < record.length && record[end] !== delimiter) return undefined
    const text = record.slice(at, end)
    cells.push({ text, value: text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text })
    at = end + 1
  }
  return cells
}

function quotedEnd(record: string, at: number): number {
  let end = at + 1
  while (end < record.length && (record[end] !== '"' || record[end + 1] === '"'))
    end += record[end] === '"' ? 2 : 1
  return end + 1
}

function plainEnd(record: string, at: number, delimiter: string): number {
  const end = record.indexOf(delimiter, at)
  return end < 0 ? record.length : end
}
