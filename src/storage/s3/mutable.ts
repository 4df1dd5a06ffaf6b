// Values of mutable names, whole: read with their ETag, and replaced on condition.
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { DvError } from '../../base/index.js'
import type { Versioned } from '../port.js'
import type { Bucket } from './bucket.js'
import { checksumOf } from './checksum.js'
import { readBody } from './read.js'

/** A value with a record around it; an index root is the largest. */
const VALUE_BYTES_MAX = 16 * 1024 * 1024

export async function readObject(bucket: Bucket, name: string): Promise<Versioned | undefined> {
  const place = bucket.place(name)
  const missing = { statuses: [404], otherwise: undefined }
  const answer = await bucket.askUnless('read', missing, (s3) => s3.send(new GetObjectCommand(place)))
  if (answer === undefined) return undefined
  const bytes = await readBody(bucket, answer, { name, most: VALUE_BYTES_MAX })
  return { bytes, version: etagOf(bucket, answer) }
}

/** One conditional PUT. Undefined: the condition did not hold, and nothing was changed. */
export async function compareAndSwapObject(
  bucket: Bucket,
  { name, expected, bytes }: { name: string; expected: string | undefined; bytes: Uint8Array | undefined },
): Promise<string | undefined> {
  const place = bucket.place(name)
  bucket.requireWritable()
  // Deletions are versions too (versioned.ts), and never come here.
  if (bytes === undefined) throw new DvError('DV_UNSUPPORTED', `'${name}' cannot be deleted from a bucket`)
  const { encryption, knowsCrc32 } = bucket.settings
  const command = new PutObjectCommand({
    ...place,
    Body: bytes,
    ...checksumOf(bytes, knowsCrc32),
    ...encryption,
    ...(expected === undefined ? { IfNoneMatch: '*' } : { IfMatch: expected }),
  })
  // 404: it was to replace what is not there any more.
  const lost = { statuses: [412, 404], otherwise: undefined }
  const answer = await bucket.askUnless('write', lost, (s3) => s3.send(command))
  return answer && etagOf(bucket, answer)
}

function etagOf({ location }: Bucket, { ETag }: { ETag?: string | undefined }): string {
  if (ETag) return ETag
  throw new DvError('DV_NO_CONDITIONAL_WRITES', `The service of '${location}' gives its objects no ETags`, {
    data: { location },
  })
}
