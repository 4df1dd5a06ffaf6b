// Immutable objects and their bodies: as long as the service said, or not at all.
import type { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { DvError, fromSystemError } from '../../base/index.js'
import type { ByteRange } from '../port.js'
import { beyondEnd, isInside, notFound } from '../ranges.js'
import { transient } from '../transient.js'
import { writeParts } from '../write-parts.js'
import type { Bucket } from './bucket.js'

/** What of an answer to GET counts. */
interface Answer {
  Body?: unknown
  ContentLength?: number | undefined
  ContentRange?: string | undefined
}

/** A pack has at most as many. */
const OBJECT_BYTES_MAX = 256 * 1024 * 1024 + 1024 * 1024

const MISSING = { statuses: [404], otherwise: undefined }

export async function objectSize(bucket: Bucket, name: string): Promise<number | undefined> {
  const place = bucket.place(name)
  const answer = await bucket.askUnless('read', MISSING, (s3) => s3.send(new HeadObjectCommand(place)))
  return answer?.ContentLength
}

export async function getObject(bucket: Bucket, name: string, range?: ByteRange): Promise<Uint8Array> {
  const place = bucket.place(name)
  // No request can ask for nothing, or for what cannot be.
  if (range && !(range.length > 0 && isInside(range, Number.MAX_SAFE_INTEGER)))
    return await getNothing(bucket, name, range)
  const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`
  const answer = await bucket.askUnless('read', { statuses: [404, 416], otherwise: undefined }, (s3) =>
    s3.send(new GetObjectCommand({ ...place, ...(Range && { Range }) })),
  )
  if (answer === undefined) throw await missed(bucket, name, range)
  if (range === undefined) return await readBody(bucket, answer, { name, most: OBJECT_BYTES_MAX })
  const total = requireRange(bucket, answer, { name, range })
  if (!isInside(range, total)) {
    discard(answer)
    throw beyondEnd(name, range, total)
  }
  const bytes = await readBody(bucket, answer, { name, most: range.length })
  if (bytes.length === range.length) return bytes
  throw endedEarly(bucket, { name, length: bytes.length, wanted: range.length })
}

/** Brings an object into the new file `path`. When it fails, there is none. */
export async function getObjectFile(bucket: Bucket, name: string, path: string): Promise<void> {
  const place = bucket.place(name)
  const answer = await bucket.askUnless('read', MISSING, (s3) => s3.send(new GetObjectCommand(place)))
  if (answer === undefined) throw notFound(name, bucket.location)
  try {
    await writeParts(path, partsOf(bucket, answer, { name, most: OBJECT_BYTES_MAX }))
  } catch (error) {
    discard(answer)
    throw fromSystemError(error, 'write', path)
  }
}

/** The whole body in one buffer of its length. */
export async function readBody(
  bucket: Bucket,
  answer: Answer,
  { name, most }: { name: string; most: number },
): Promise<Buffer> {
  const length = answer.ContentLength
  if (length === undefined || length > most) {
    discard(answer)
    throw badAnswer(bucket, `${length ?? 'an unknown number of'} bytes for '${name}'`, { name, most })
  }
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  for await (const part of partsOf(bucket, answer, { name, most })) {
    bytes.set(part, done)
    done += part.length
  }
  return bytes
}

/** The body, as many bytes as the service said there are, which may be no more than `most`. */
async function* partsOf(
  bucket: Bucket,
  { Body, ContentLength: wanted }: Answer,
  { name, most }: { name: string; most: number },
): AsyncGenerator<Uint8Array> {
  let length = 0
  try {
    for await (const part of Body as Readable) {
      length += (part as Buffer).length
      if (length > most) throw badAnswer(bucket, `more than ${most} bytes for '${name}'`, { name, most })
      if (wanted !== undefined && length > wanted) break
      yield part as Buffer
    }
  } catch (error) {
    throw bucket.failure(error, 'read')
  }
  if (wanted !== undefined && wanted !== length) throw endedEarly(bucket, { name, length, wanted })
}

async function getNothing(bucket: Bucket, name: string, range: ByteRange): Promise<Uint8Array> {
  const size = await objectSize(bucket, name)
  if (size === undefined) throw notFound(name, bucket.location)
  if (isInside(range, size)) return Buffer.alloc(0)
  throw beyondEnd(name, range, size)
}

/** Which of the two it was: not there, or shorter than the range. */
async function missed(bucket: Bucket, name: string, range: ByteRange | undefined): Promise<DvError> {
  const size = range && (await objectSize(bucket, name))
  return size === undefined ? notFound(name, bucket.location) : beyondEnd(name, range!, size)
}

/** The length of the whole object. Throws when the answer is another part of it than was asked for. */
function requireRange(
  bucket: Bucket,
  answer: Answer,
  { name, range }: { name: string; range: ByteRange },
): number {
  const told = answer.ContentRange ?? 'none'
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(told) ?? []
  const end = Math.min(range.offset + range.length, Number(total)) - 1
  if (Number(first) === range.offset && Number(last) === end) return Number(total)
  discard(answer)
  throw badAnswer(bucket, `the range '${told}' of '${name}'`, { name, ...range })
}

function badAnswer({ location }: Bucket, what: string, data: Record<string, unknown>): DvError {
  return new DvError('DV_BAD_ANSWER', `The service of '${location}' sent ${what}`, {
    data: { location, ...data },
  })
}

function endedEarly(
  { location }: Bucket,
  { name, length, wanted }: { name: string; length: number; wanted: number },
): DvError {
  return transient('DV_NETWORK', `The answer for '${name}' ended after ${length} of ${wanted} bytes`, {
    data: { name, location },
  })
}

function discard({ Body }: Answer): void {
  ;(Body as Readable | undefined)?.destroy()
}
