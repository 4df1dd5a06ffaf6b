// A large file in parts: sent side by side, and made one object at the end, or taken back.
import type { Readable } from 'node:stream'
import type { FileHandle } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { retry } from '../patience.js'
import type { ByteRange } from '../port.js'
import type { Bucket, Place } from './bucket.js'
import { checksumOfFile } from './checksum.js'

export const PART_BYTES = 16 * 1024 * 1024
/** Parts under way at once, of one file. */
const SENDERS = 4

interface Upload extends Place {
  UploadId: string
}

/** The first object of a name stays. When it fails no part stays there, if the service can still be told. */
export async function putInParts(
  bucket: Bucket,
  name: string,
  { file, size }: { file: FileHandle; size: number },
): Promise<void> {
  const upload = await begin(bucket, name)
  try {
    const parts = await sendAll(bucket, upload, { file, ranges: cut(size) })
    await complete(bucket, upload, parts)
  } catch (error) {
    await abort(bucket, upload)
    throw error
  }
}

async function begin(bucket: Bucket, name: string): Promise<Upload> {
  const place = bucket.place(name)
  const { encryption, knowsCrc32 } = bucket.settings
  const input = { ...place, ...encryption, ...bucket.classOf(name) }
  const command = new CreateMultipartUploadCommand({
    ...input,
    ...(knowsCrc32 && { ChecksumAlgorithm: 'CRC32' }),
  })
  const { UploadId } = await bucket.ask('write', (s3) => s3.send(command))
  return { ...place, UploadId: UploadId! }
}

function cut(size: number): ByteRange[] {
  return Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, i) => {
    const offset = i * PART_BYTES
    return { offset, length: Math.min(PART_BYTES, size - offset) }
  })
}

async function sendAll(
  bucket: Bucket,
  upload: Upload,
  { file, ranges }: { file: FileHandle; ranges: readonly ByteRange[] },
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = []
  let next = 0
  const sender = async () => {
    for (let i = next++; i < ranges.length; i = next++) {
      // Here and not further out, where all parts would be sent again.
      parts[i] = await retry(() => sendPart(bucket, upload, { file, range: ranges[i]!, number: i + 1 }))
    }
  }
  await allSettled(Array.from({ length: SENDERS }, sender))
  return parts
}

async function sendPart(
  bucket: Bucket,
  upload: Upload,
  { file, range, number }: { file: FileHandle; range: ByteRange; number: number },
): Promise<CompletedPart> {
  const sum = await checksumOfFile(file, range, bucket.settings.knowsCrc32)
  const { ETag } = await bucket.ask('write', (s3) =>
    s3.send(
      new UploadPartCommand({
        ...upload,
        PartNumber: number,
        Body: streamOf(file, range),
        ContentLength: range.length,
        ...sum,
      }),
    ),
  )
  return { PartNumber: number, ...(ETag && { ETag }), ...('ChecksumCRC32' in sum && sum) }
}

async function complete(bucket: Bucket, upload: Upload, Parts: CompletedPart[]): Promise<void> {
  const command = new CompleteMultipartUploadCommand({
    ...upload,
    MultipartUpload: { Parts },
    IfNoneMatch: '*',
  })
  const there = { statuses: [412], otherwise: 'there' as const }
  const answer = await bucket.askUnless('write', there, (s3) => s3.send(command))
  if (answer === 'there') await abort(bucket, upload)
}

/** Leaves the parts to the bucket's own cleaning where it cannot be reached. */
async function abort(bucket: Bucket, upload: Upload): Promise<void> {
  await bucket.ask('write', (s3) => s3.send(new AbortMultipartUploadCommand(upload))).catch(() => {})
}

/** Waits for all, also when one fails: no part may arrive after the upload was taken back. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** A part of a file as a body; the file stays open. */
export function streamOf(file: FileHandle, { offset, length }: ByteRange): Readable | Buffer {
  if (length === 0) return Buffer.alloc(0)
  return file.createReadStream({
    start: offset,
    end: offset + length - 1,
    autoClose: false,
    highWaterMark: 1024 * 1024,
  })
}
