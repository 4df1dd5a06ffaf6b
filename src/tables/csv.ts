// CSV and TSV as RFC 4180 has them: the one reader of them in dv. What is wrong is told with its line and column.
import { badTable, type Place, raggedRow } from './errors.js'

export interface CsvRecord {
  /** Counted from 1; of a record over several lines the first. */
  line: number
  /** As they are written, with their quotes: cellText() reads one. */
  cells: string[]
  /** Where its text stands in all that was read, in characters. */
  from: number
  to: number
  /** Of its line: '' only of the last. */
  end: string
}

export interface CsvOptions {
  /** How the table is called in messages. */
  path: string
  /** Absent: what the first line has most often. */
  delimiter?: string
}

const DELIMITERS = [',', ';', '\t', '|']
/** A longer record is one whose quote was never closed. */
const RECORD_LENGTH_MAX = 16 * 1024 * 1024
const LINE_END = /\r\n?|\n/

/** What a cell says. */
export function cellText(cell: string): string {
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
}

/** Takes a text in any pieces. The first record says how many cells all have; empty lines are none, unless that is one.
 * All that it reads throws DV_BAD_TABLE. */
export class CsvReader {
  readonly #path: string
  #delimiter: string | undefined
  #width: number | undefined
  #rest = ''
  /** Characters before #rest, and the line that it begins in. */
  #at = 0
  #line = 1

  constructor({ path, delimiter }: CsvOptions) {
    this.#path = path
    this.#delimiter = delimiter
  }

  /** Known with the first record. */
  get delimiter(): string | undefined {
    return this.#delimiter
  }

  /** The records that are whole now. */
  read(text: string): CsvRecord[] {
    return this.#records(this.#rest + text, false)
  }

  /** The last one, if its line has no end. */
  end(): CsvRecord[] {
    return this.#records(this.#rest, true)
  }

  #records(text: string, isEnd: boolean): CsvRecord[] {
    this.#delimiter ??= delimiterIn(text, isEnd)
    const records: CsvRecord[] = []
    let at = 0
    if (this.#delimiter !== undefined) {
      const scanner = new Scanner(text, { delimiter: this.#delimiter, isEnd })
      try {
        for (let span = scanner.next(at); span; span = scanner.next(at)) {
          const { cells, to, next, lines } = span
          const record = {
            line: this.#line,
            cells,
            from: this.#at + at,
            to: this.#at + to,
            end: text.slice(to, next),
          }
          if (this.#isRow(record)) records.push(record)
          at = next
          this.#line += lines
        }
      } catch (error) {
        throw error instanceof Fault
          ? badTable(this.#path, error.message, this.#place(text.slice(at, error.at)))
          : error
      }
    }
    this.#rest = text.slice(at)
    this.#at += at
    if (this.#rest.length > RECORD_LENGTH_MAX)
      throw badTable(this.#path, `a line is longer than ${RECORD_LENGTH_MAX} characters`, this.#place(''))
    return records
  }

  #isRow({ cells }: CsvRecord): boolean {
    const isEmpty = cells.length === 1 && cells[0] === ''
    if (isEmpty && this.#width === undefined)
      throw new Fault('the line is empty, where the head was wanted', 0)
    this.#width ??= cells.length
    if (isEmpty && this.#width > 1) return false
    if (cells.length === this.#width) return true
    const before = cells.slice(0, this.#width).join(this.#delimiter)
    const place = this.#place(cells.length > this.#width ? `${before},` : before)
    throw raggedRow(this.#path, { ...place, found: cells.length, wanted: this.#width })
  }

  /** Where it is behind `text` of the record that begins in this line. */
  #place(text: string): Place {
    const lines = text.split(LINE_END)
    return { line: this.#line + lines.length - 1, column: lines.at(-1)!.length + 1 }
  }
}

/** What is wrong, and where in the text. */
class Fault extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

interface Span {
  cells: string[]
  to: number
  /** Behind the line end. */
  next: number
  lines: number
}

class Scanner {
  readonly #text: string
  readonly #delimiter: string
  readonly #isEnd: boolean
  /** The next of each from where it was last looked for. */
  readonly #found = { '"': -1, '\n': -1, '\r': -1 }

  constructor(text: string, { delimiter, isEnd }: { delimiter: string; isEnd: boolean }) {
    this.#text = text
    this.#delimiter = delimiter
    this.#isEnd = isEnd
  }

  /** The record that begins at `from`; undefined when the text ends within it. */
  next(from: number): Span | undefined {
    const text = this.#text
    if (from >= text.length) return undefined
    const end = Math.min(this.#find('\n', from), this.#find('\r', from))
    if (this.#find('"', from) < end) return this.#quoted(from)
    if (end === Infinity && !this.#isEnd) return undefined
    const to = Math.min(end, text.length)
    const next = this.#behindLineEnd(to)
    return next === undefined
      ? undefined
      : { cells: text.slice(from, to).split(this.#delimiter), to, next, lines: 1 }
  }

  #quoted(from: number): Span | undefined {
    const text = this.#text
    const cells: string[] = []
    for (let at = from; ;) {
      const end = text[at] === '"' ? this.#quoteEnd(from, at) : this.#plainEnd(at)
      if (end === undefined || (end >= text.length && !this.#isEnd)) return undefined
      cells.push(text.slice(at, end))
      if (end >= text.length || text[end] === '\n' || text[end] === '\r') {
        const next = this.#behindLineEnd(end)
        if (next === undefined) return undefined
        const lines = cells.reduce((sum, cell) => sum + cell.split(LINE_END).length - 1, 1)
        return { cells, to: end, next, lines }
      }
      if (text[end] !== this.#delimiter)
        throw new Fault('there is text behind the closing quote of a cell', end)
      at = end + 1
    }
  }

  #quoteEnd(from: number, quote: number): number | undefined {
    const end = behindQuoted(this.#text, quote)
    if (end === undefined && (this.#isEnd || this.#text.length - from > RECORD_LENGTH_MAX))
      throw new Fault('the quote that is opened here is never closed', quote)
    return end
  }

  #plainEnd(from: number): number {
    const text = this.#text
    let at = from
    while (at < text.length && text[at] !== this.#delimiter && text[at] !== '\n' && text[at] !== '\r') at++
    return at
  }

  /** Undefined when '\n' may follow. */
  #behindLineEnd(at: number): number | undefined {
    const text = this.#text
    if (at >= text.length) return at
    if (text[at] === '\n') return at + 1
    if (at + 1 >= text.length && !this.#isEnd) return undefined
    return text[at + 1] === '\n' ? at + 2 : at + 1
  }

  #find(char: '"' | '\n' | '\r', from: number): number {
    const found = this.#found
    if (found[char] < from) {
      const at = this.#text.indexOf(char, from)
      found[char] = at < 0 ? Infinity : at
    }
    return found[char]
  }
}

/** Behind the quote that closes what one opens; undefined when none does. */
function behindQuoted(text: string, quote: number): number | undefined {
  for (let start = quote + 1; ;) {
    const close = text.indexOf('"', start)
    if (close < 0) return undefined
    if (text[close + 1] !== '"') return close + 1
    start = close + 2
  }
}

/** The delimiter that the first line has most often outside quotes, the first of them where they are equally often;
 * undefined when the line may go on. */
function delimiterIn(text: string, isEnd: boolean): string | undefined {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]))
  let begins = true
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '\n' || char === '\r') return most(counts)
    if (char === '"' && begins) {
      const close = behindQuoted(text, at)
      if (close === undefined) break
      at = close - 1
    }
    begins = counts.has(char)
    if (begins) counts.set(char, counts.get(char)! + 1)
  }
  return isEnd ? most(counts) : undefined
}

function most(counts: ReadonlyMap<string, number>): string {
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}
