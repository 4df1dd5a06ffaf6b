// The text of a table. It is UTF-8, with or without a mark at its beginning; what is not is told as what it seems to be.
import { isUtf8 } from 'node:buffer'
import { badEncoding, badTable, type Place } from './errors.js'

/** The bytes of a table, from the beginning as often as asked. */
export interface TableBytes {
  /** How it is called in messages. */
  path: string
  read(): AsyncIterable<Uint8Array>
}

const NEWLINE = 0x0a

/** Gives all text before what is no UTF-8, so that what is wrong in it is told first, however the bytes come in parts. Throws
 * DV_BAD_ENCODING, naming line and column. */
export async function* readText({ path, read }: TableBytes): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  /** The line that is not whole yet, and how much of its text was given. */
  let open: Uint8Array[] = []
  let given = 0
  for await (const part of read()) {
    if (line === 1 && open.length === 0) refuseUtf16(path, part)
    let text: string
    try {
      text = decoder.decode(part, { stream: true })
    } catch {
      const { sound, place } = firstBad(Buffer.concat([...open, part]), line)
      if (sound.length > given) yield sound.slice(given)
      throw badEncoding(path, 'WINDOWS-1252', place)
    }
    line += countLines(part)
    const end = part.lastIndexOf(NEWLINE)
    open = end < 0 ? [...open, part] : [part.subarray(end + 1)]
    given = end < 0 ? given + text.length : text.length - text.lastIndexOf('\n') - 1
    if (text !== '') yield text
  }
  try {
    decoder.decode()
  } catch {
    throw badEncoding(path, 'WINDOWS-1252', firstBad(Buffer.concat(open), line).place)
  }
}

const LINE_LENGTH_MAX = 16 * 1024 * 1024

/** The lines of a text, without their ends. */
export async function* readLines(source: TableBytes): AsyncGenerator<string[]> {
  let rest = ''
  for await (const text of readText(source)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    if (rest.length > LINE_LENGTH_MAX)
      throw badTable(source.path, `a line is longer than ${LINE_LENGTH_MAX} characters`)
    yield lines
  }
  if (rest !== '') yield [rest]
}

function refuseUtf16(path: string, bytes: Uint8Array): void {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0)
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0)
  if (isLittle || isBig) throw badEncoding(path, `UTF-16${isLittle ? 'LE' : 'BE'}`)
}

/** The first place that is not UTF-8, in bytes that begin with a line, and the text before it. */
function firstBad(bytes: Buffer, firstLine: number): { sound: string; place: Place } {
  let [begin, line] = [0, firstLine]
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
    if (!isUtf8(bytes.subarray(begin, end))) break
    begin = end + 1
    line++
  }
  let at = begin
  while (at < bytes.length && isUtf8(bytes.subarray(at, at + lengthOf(bytes[at]!))))
    at += lengthOf(bytes[at]!)
  const text = (from: number, atLine: number) =>
    new TextDecoder('utf-8', { ignoreBOM: atLine > 1 }).decode(bytes.subarray(from, at))
  return { sound: text(0, firstLine), place: { line, column: text(begin, line).length + 1 } }
}

/** Of a character of UTF-8, by its first byte. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}
