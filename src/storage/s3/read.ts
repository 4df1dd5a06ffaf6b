// Immutable objects and their bodies: as long as the service said, or not at all.
import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { corrupt, DvError, fromSystemError } from '../../base/index.js'
import type { ByteRange } from '../port.js'
import { removeQuietly } from '../publish.js'
import { beyondEnd, isInside, notFound } from '../ranges.js'
import { transient } from '../transient.js'
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
  return await readBody(bucket, answer, { name, most: range.length })
}

/** Brings an object into the new file `path`. When it fails, there is none. */
export async function getObjectFile(bucket: Bucket, name: string, path: string): Promise<void> {
  const place = bucket.place(name)
  const answer = await bucket.askUnless('read', MISSING, (s3) => s3.send(new GetObjectCommand(place)))
  if (answer === undefined) throw notFound(name, bucket.location)
  let file: fs.promises.FileHandle
  try {
    file = await fs.promises.open(path, 'wx')
  } catch (error) {
    discard(answer)
    throw fromSystemError(error, 'write', path)
  }
  try {
    const output = file.createWriteStream({ autoClose: true, highWaterMark: 1024 * 1024 })
    await pipeline(answer.Body as Readable, output)
    requireLength(bucket, answer, { name, length: output.bytesWritten })
  } catch (error) {
    await file.close().catch(() => {})
    removeQuietly(path)
    throw fromSystemError(bucket.failure(error, 'read'), 'write', path)
  }
}

/** The whole body in one buffer of its length, which is checked before and after. */
export async function readBody(
  bucket: Bucket,
  answer: Answer,
  { name, most }: { name: string; most: number },
): Promise<Buffer> {
  const length = answer.ContentLength
  if (length === undefined || length > most) {
    discard(answer)
    throw corrupt(`'${name}' in '${bucket.location}' has ${length ?? 'an unknown number of'} bytes`, {
      name,
      most,
    })
  }
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  try {
    for await (const part of answer.Body as AsyncIterable<Buffer>) {
      bytes.set(part.subarray(0, length - done), done)
      done += part.length
    }
  } catch (error) {
    throw bucket.failure(error, 'read')
  }
  requireLength(bucket, answer, { name, length: done })
  return bytes
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
  { location }: Bucket,
  answer: Answer,
  { name, range }: { name: string; range: ByteRange },
): number {
  const told = answer.ContentRange ?? 'none'
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(told) ?? []
  const end = Math.min(range.offset + range.length, Number(total)) - 1
  if (Number(first) === range.offset && Number(last) === end) return Number(total)
  discard(answer)
  throw new DvError('DV_BAD_ANSWER', `The service of '${location}' sent the range '${told}' of '${name}'`, {
    data: { location, name, ...range, range: told },
  })
}

function requireLength(
  { location }: Bucket,
  { ContentLength }: Answer,
  { name, length }: { name: string; length: number },
): void {
  if (ContentLength === undefined || ContentLength === length) return
  const message = `The answer for '${name}' ended after ${length} of ${ContentLength} bytes`
  throw transient('DV_NETWORK', message, { data: { name, location } })
}

function discard({ Body }: Answer): void {
  ;(Body as Readable | undefined)?.destroy()
}
