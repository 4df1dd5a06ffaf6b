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

/** Throws DV_BAD_ENCODING, naming line and column. */
export async function* readText({ path, read }: TableBytes): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  /** The line that is not whole yet. */
  let open: Uint8Array[] = []
  for await (const part of read()) {
    if (line === 1 && open.length === 0) refuseUtf16(path, part)
    let text: string
    try {
      text = decoder.decode(part, { stream: true })
    } catch {
      throw badEncoding(path, 'WINDOWS-1252', firstBad(Buffer.concat([...open, part]), line))
    }
    line += countLines(part)
    const end = part.lastIndexOf(NEWLINE)
    open = end < 0 ? [...open, part] : [part.subarray(end + 1)]
    if (text !== '') yield text
  }
  try {
    decoder.decode()
  } catch {
    throw badEncoding(path, 'WINDOWS-1252', firstBad(Buffer.concat(open), line))
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

/** The first place that is not UTF-8, in bytes that begin with a line. */
function firstBad(bytes: Buffer, line: number): Place {
  for (let at = 0; ; line++) {
    const end = bytes.indexOf(NEWLINE, at)
    const whole = bytes.subarray(at, end < 0 ? bytes.length : end)
    if (end < 0 || !isUtf8(whole)) return { line, column: whole.toString().indexOf('\ufffd') + 1 }
    at = end + 1
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}
