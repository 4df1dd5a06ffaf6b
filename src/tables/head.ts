// The first record of a CSV or TSV file: which columns there are, and what stands between them.
import fs from 'node:fs'
import { badEncoding, badTable } from './errors.js'

export interface CsvHead {
  delimiter: string
  names: string[]
}

const HEAD_BYTES = 1024 * 1024
const DELIMITERS = [',', ';', '\t', '|']

/** Throws DV_BAD_ENCODING or DV_BAD_TABLE. `tabs`: nothing else separates. */
export function readCsvHead(path: string, file: string, { tabs }: { tabs: boolean }): CsvHead {
  const text = firstText(path, file)
  const record = firstRecord(text)
  if (record === undefined) throw badTable(path, text === '' ? 'it is empty' : 'its first line never ends')
  const delimiter = tabs ? '\t' : delimiterOf(record)
  const names = namesOf(splitRecord(record, delimiter))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw badTable(path, `two columns are called '${twice}'`, 1)
  return { delimiter, names }
}

/** What the columns of a head are called. */
export function namesOf(cells: readonly string[]): string[] {
  return cells.map((name, i) => (name === '' ? `column ${i + 1}` : name))
}

function firstText(path: string, file: string): string {
  const bytes = firstBytes(file, HEAD_BYTES)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw badEncoding(path, 'UTF-16')
  // A character that the end of what was read cuts is no mistake.
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    return decoder.decode(bytes, { stream: true })
  } catch {
    const [good] = bytes.toString().split('\ufffd', 1)
    throw badEncoding(path, 'bytes of another encoding', good!.split('\n').length)
  }
}

export function firstBytes(file: string, length: number): Buffer {
  const descriptor = fs.openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, 0))
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Up to the first line end outside quotes; undefined when nothing is there or no end is in sight. */
function firstRecord(text: string): string | undefined {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted
    else if (!quoted && (text[i] === '\n' || text[i] === '\r')) return text.slice(0, i)
  }
  return quoted || text === '' || text.length >= HEAD_BYTES / 4 ? undefined : text
}

/** The one that is there most often outside quotes. */
export function delimiterOf(record: string): string {
  const bare = record.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!
}

function splitRecord(record: string, delimiter: string): string[] {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < record.length; i++) {
    const char = record[i]!
    if (char === '"' && quoted && record[i + 1] === '"') cell += record[++i]
    else if (char === '"' && (quoted || cell === '')) quoted = !quoted
    else if (char === delimiter && !quoted) {
      cells.push(cell)
      cell = ''
    } else cell += char
  }
  return [...cells, cell]
}
