// Bodies of answers: counted as they come, so that none is longer in memory or on disk than it may be, nor shorter than
// it must.
import { fromSystemError } from '../../base/index.js'
import type { ByteRange } from '../port.js'
import { beyondEnd, isInside } from '../ranges.js'
import { writeParts } from '../write-parts.js'
import { badAnswer, endedEarly } from './answers.js'
import { type Answer, discard } from './connections.js'
import type { Found, WebClient } from './client.js'

/** Values, records and lists of names; packs and segments are read by ranges or into files. */
const WHOLE_BYTES_MAX = 16 * 1024 * 1024
/** A pack has at most as many. */
const FILE_BYTES_MAX = 256 * 1024 * 1024

/** The whole of a small object. */
export async function readAll(client: WebClient, found: Found): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of bounded(client, found, WHOLE_BYTES_MAX)) parts.push(part)
  return Buffer.concat(parts)
}

/** A range of at least one byte, whether the server knows ranges or sends all from the start. */
export async function readRange(client: WebClient, found: Found, range: ByteRange): Promise<Buffer> {
  const { answer, asked } = found
  const total = totalOf(answer)
  if (answer.statusCode === 416 || (total !== undefined && !isInside(range, total))) {
    discard(answer)
    throw beyondEnd(asked.name, range, total ?? range.offset)
  }
  if (answer.statusCode === 206) {
    requirePart(found, range)
    const { bytes } = await cut(client, found, { offset: 0, length: range.length, end: range.length })
    if (bytes.length === range.length) return bytes
    throw endedEarly(asked)
  }
  const { bytes, seen } = await cut(client, found, { ...range, end: total })
  if (bytes.length === range.length) return bytes
  throw beyondEnd(asked.name, range, seen)
}

/** Bytes of the whole object, where the headers of an answer to GET say so. */
export function totalOf({ statusCode, headers }: Answer): number | undefined {
  const told =
    statusCode === 200
      ? headers['content-length']
      : /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
  return told === undefined ? undefined : Number(told)
}

/** Writes the body to the new file `path`; when it fails there is none. */
export async function writeFile(client: WebClient, found: Found, path: string): Promise<void> {
  try {
    await writeParts(path, bounded(client, found, FILE_BYTES_MAX))
  } catch (error) {
    discard(found.answer)
    throw fromSystemError(error, 'write', path)
  }
}

function requirePart({ answer, asked }: Found, { offset, length }: ByteRange): void {
  const told = answer.headers['content-range'] ?? ''
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(told) ?? []
  if (Number(first) === offset && Number(last) === offset + length - 1) return
  discard(answer)
  throw badAnswer(asked, `the range '${told}'`)
}

/** Takes a run of bytes out of the body, `end` bytes long if that is known. What comes behind it is not waited for, unless
 * it is nothing: then the connection can be used again. */
async function cut(
  client: WebClient,
  found: Found,
  { offset, length, end }: ByteRange & { end: number | undefined },
): Promise<{ bytes: Buffer; seen: number }> {
  const parts: Buffer[] = []
  const enough = offset + length
  let seen = 0
  for await (const part of client.read(found)) {
    parts.push(part.subarray(Math.max(0, offset - seen), Math.max(0, enough - seen)))
    seen += part.length
    if (seen > enough || (seen === enough && end !== enough)) break
  }
  return { bytes: Buffer.concat(parts), seen }
}

async function* bounded(client: WebClient, found: Found, most: number): AsyncGenerator<Buffer> {
  let seen = 0
  for await (const part of client.read(found)) {
    seen += part.length
    if (seen > most) throw badAnswer(found.asked, `more than ${most} bytes`)
    yield part
  }
}
