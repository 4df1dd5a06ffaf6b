// CSV and TSV as RFC 4180 has them: rows of cells, quotes around what holds delimiters, quotes or ends of lines.
import { badTable, type TableRow, type TableSource } from './table.js'
import { readText } from './table-text.js'

export type TextRow = TableRow<string>

/** A record longer than this is one whose quote was never closed. */
const RECORD_LENGTH_MAX = 16 * 1024 * 1024

/** The delimiter that a header line has most of. */
export function guessDelimiter(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '')
  const counted = [',', '\t', ';', '|'].map((delimiter) => ({
    delimiter,
    count: bare.split(delimiter).length,
  }))
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).delimiter
}

/** All rows, the header too. Empty lines are passed over. `delimiter` undefined: as the first line looks. */
export async function* readDelimited(
  source: TableSource,
  delimiter: string | undefined,
): AsyncGenerator<TextRow[]> {
  let rest = ''
  let line = 1
  let separator = delimiter
  for await (const text of withEnd(readText(source))) {
    const window = rest + text
    separator ??= window.includes('\n') ? guessDelimiter(window.slice(0, window.indexOf('\n'))) : undefined
    if (separator === undefined) rest = window
    else {
      const { rows, end, lines } = parseRows(window, separator, line)
      rest = window.slice(end)
      line += lines
      yield rows
    }
    if (rest.length > RECORD_LENGTH_MAX) throw unclosed(line)
  }
  if (rest.trim() !== '') throw unclosed(line)
}

/** The last line ends like the others. */
async function* withEnd(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let last = '\n'
  for await (const text of texts) {
    yield text
    last = text
  }
  if (!last.endsWith('\n')) yield '\n'
}

function unclosed(line: number): Error {
  return badTable(line, 'a quote that is opened here is never closed')
}

interface Rows {
  rows: TextRow[]
  /** Where the first record begins that is not whole. */
  end: number
  lines: number
}

function parseRows(text: string, delimiter: string, line: number): Rows {
  const rows: TextRow[] = []
  let at = 0
  let lines = 0
  let quote = text.indexOf('"')
  for (;;) {
    const end = text.indexOf('\n', at)
    if (end < 0) break
    if (quote >= 0 && quote < at) quote = text.indexOf('"', at)
    if (quote < 0 || quote > end) {
      const raw = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end)
      if (raw !== '') rows.push({ line: line + lines, cells: raw.split(delimiter) })
      at = end + 1
      lines++
      continue
    }
    const record = parseQuoted(text, at, { delimiter, line: line + lines })
    if (!record) break
    rows.push({ line: line + lines, cells: record.cells })
    lines += linesIn(text, at, record.end)
    at = record.end
  }
  return { rows, end: at, lines }
}

interface WholeRecord {
  cells: string[]
  /** Behind the end of its last line. */
  end: number
}

/** Undefined: the text ends within it. */
function parseQuoted(
  text: string,
  from: number,
  { delimiter, line }: { delimiter: string; line: number },
): WholeRecord | undefined {
  const cells: string[] = []
  for (let at = from; ;) {
    const cell = text[at] === '"' ? quotedCell(text, at) : bareCell(text, at, delimiter)
    if (!cell) return undefined
    cells.push(cell.text)
    at = cell.end
    const end = text[at] === '\r' ? at + 1 : at
    if (end >= text.length) return undefined
    if (text[end] === '\n') return { cells, end: end + 1 }
    if (text[at] !== delimiter)
      throw badTable(line, `there is text behind the closing quote of cell ${cells.length}`)
    at++
  }
}

function quotedCell(text: string, from: number): { text: string; end: number } | undefined {
  let value = ''
  for (let start = from + 1; ;) {
    const close = text.indexOf('"', start)
    if (close < 0 || close + 1 >= text.length) return undefined
    if (text[close + 1] !== '"') return { text: value + text.slice(start, close), end: close + 1 }
    value += text.slice(start, close + 1)
    start = close + 2
  }
}

function bareCell(text: string, from: number, delimiter: string): { text: string; end: number } | undefined {
  const line = text.indexOf('\n', from)
  if (line < 0) return undefined
  const next = text.indexOf(delimiter, from)
  if (next >= 0 && next < line) return { text: text.slice(from, next), end: next }
  const end = text[line - 1] === '\r' && line > from ? line - 1 : line
  return { text: text.slice(from, end), end }
}

function linesIn(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}
