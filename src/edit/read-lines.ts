// A stream of bytes to lines, as they come.
import { fromUtf8 } from '../base/index.js'
import { badLine } from './line-error.js'
import { type Line, parseLine } from './parse-line.js'

/** Longer ones are refused before they are held: a file's bytes come in by its name. */
const LINE_BYTES_MAX = 64 * 1024 * 1024
/** Lines are handed on together until there are so many, or bytes of them. */
const BATCH_LINES = 256
const BATCH_BYTES = 4 * 1024 * 1024
const NEWLINE = 0x0a

/** Lines in batches, each counted from 1. Empty ones are passed over. Throws DV_BAD_LINE for the first that is none. */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  let batch: Line[] = []
  let bytes = 0
  let number = 0
  for await (const raw of splitLines(input)) {
    number++
    const text = textOf(raw, number)
    if (text.trim() === '') continue
    batch.push(parseLine(text, number))
    bytes += raw.length
    if (batch.length < BATCH_LINES && bytes < BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

function textOf(raw: Uint8Array, number: number): string {
  try {
    return fromUtf8(raw)
  } catch {
    throw badLine(number, 'it is not UTF-8')
  }
}

async function* splitLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let held = 0
  let count = 0
  for await (const part of input) {
    let at = 0
    for (let end = part.indexOf(NEWLINE); end >= 0; end = part.indexOf(NEWLINE, at)) {
      count++
      yield parts.length === 0 ? part.subarray(at, end) : Buffer.concat([...parts, part.subarray(at, end)])
      parts = []
      held = 0
      at = end + 1
    }
    if (at === part.length) continue
    parts.push(part.subarray(at))
    held += part.length - at
    if (held > LINE_BYTES_MAX) {
      const limit = `it is longer than ${LINE_BYTES_MAX} bytes`
      throw badLine(count + 1, limit, "name a file instead of its bytes: 'from'")
    }
  }
  if (held > 0) yield Buffer.concat(parts)
}
