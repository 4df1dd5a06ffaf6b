// Immutable objects into the bucket: one request each, in parts only where one alone would be too much to repeat.
import fs from 'node:fs'
import { type PutObjectCommandInput, PutObjectCommand } from '@aws-sdk/client-s3'
import { fromSystemError } from '../../base/index.js'
import { removeQuietly } from '../publish.js'
import type { Bucket } from './bucket.js'
import { checksumOf, checksumOfFile } from './checksum.js'
import { PART_BYTES, putInParts, streamOf } from './parts.js'

/** Above it a file goes in parts: what a broken connection costs stays small. Packs end at 48 MiB or little more. */
const SINGLE_BYTES_MAX = 4 * PART_BYTES

export async function putObject(bucket: Bucket, name: string, bytes: Uint8Array): Promise<void> {
  bucket.place(name)
  bucket.requireWritable()
  await putOnce(bucket, name, { Body: bytes, ...checksumOf(bytes, bucket.settings.knowsCrc32) })
}

/** From a local file, which is gone when it is there. */
export async function putFile(bucket: Bucket, name: string, path: string): Promise<void> {
  bucket.place(name)
  bucket.requireWritable()
  let file: fs.promises.FileHandle | undefined
  try {
    file = await fs.promises.open(path)
    const { size } = await file.stat()
    if (size > SINGLE_BYTES_MAX) await putInParts(bucket, name, { file, size })
    else await putWhole(bucket, name, { file, size })
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  } finally {
    await file?.close()
  }
  removeQuietly(path)
}

async function putWhole(
  bucket: Bucket,
  name: string,
  { file, size }: { file: fs.promises.FileHandle; size: number },
): Promise<void> {
  const range = { offset: 0, length: size }
  const sum = await checksumOfFile(file, range, bucket.settings.knowsCrc32)
  await putOnce(bucket, name, { Body: streamOf(file, range), ContentLength: size, ...sum })
}

/** The first object of a name stays: that it is there already is a success. */
async function putOnce(bucket: Bucket, name: string, content: Partial<PutObjectCommandInput>): Promise<void> {
  const { encryption } = bucket.settings
  const input = { ...bucket.place(name), ...content, ...encryption, ...bucket.classOf(name) }
  const there = { statuses: [412], otherwise: undefined }
  await bucket.askUnless('write', there, (s3) =>
    s3.send(new PutObjectCommand({ ...input, IfNoneMatch: '*' })),
  )
}
