// The text of a table. It is UTF-8, with or without a mark at its beginning; what is not is told as what it seems to be.
import { isUtf8 } from 'node:buffer'
import { DvError } from '../base/index.js'
import type { TableSource } from './table.js'

const NEWLINE = 0x0a

/** Throws DV_BAD_ENCODING, naming the line. */
export async function* readText(source: TableSource): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for await (const part of source()) {
    if (line === 1) refuseUtf16(part)
    let text: string
    try {
      text = decoder.decode(part, { stream: true })
    } catch {
      throw notUtf8(line + linesBeforeBad(part))
    }
    line += countLines(part)
    if (text !== '') yield text
  }
  try {
    decoder.decode()
  } catch {
    throw notUtf8(line)
  }
}

/** Text in any pieces to lines without their ends. */
export async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = ''
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    if (rest.length > LINE_LENGTH_MAX)
      throw new DvError('DV_BAD_TABLE', `A line is longer than ${LINE_LENGTH_MAX} characters`)
    yield lines
  }
  if (rest !== '') yield [rest]
}

const LINE_LENGTH_MAX = 16 * 1024 * 1024

function refuseUtf16(bytes: Uint8Array): void {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0)
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0)
  if (isLittle || isBig)
    throw otherEncoding(`UTF-16${isLittle ? 'LE' : 'BE'}`, 'It seems to be UTF-16, not UTF-8')
}

function notUtf8(line: number): DvError {
  const what = `Line ${line} is not UTF-8: it may be Latin-1 or Windows-1252`
  return otherEncoding('WINDOWS-1252', what, line)
}

function otherEncoding(encoding: string, message: string, line?: number): DvError {
  return new DvError('DV_BAD_ENCODING', message, {
    data: { encoding, ...(line !== undefined && { line }) },
    hint: `nothing was changed; convert it first: iconv -f ${encoding} -t UTF-8 FILE`,
  })
}

/** Its first line may begin, and its last end, within a character. */
function linesBeforeBad(bytes: Uint8Array): number {
  const from = bytes.indexOf(NEWLINE) + 1
  for (let at = from, lines = 1; at > 0; lines++) {
    const end = bytes.indexOf(NEWLINE, at)
    if (end < 0) return isWholeButForEnd(bytes.subarray(at)) ? 0 : lines
    if (!isUtf8(bytes.subarray(at, end))) return lines
    at = end + 1
  }
  return 0
}

function isWholeButForEnd(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}
