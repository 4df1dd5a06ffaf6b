// Names of objects in the bucket.
import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3'
import { checkPrefix, isMutable, isName } from '../names.js'
import type { StoredName } from '../port.js'
import type { Bucket } from './bucket.js'

/** Names that begin with `prefix`, of one sort. What cannot name an object of a store is passed over. */
export async function* listNames(
  bucket: Bucket,
  prefix: string,
  sort: 'immutable' | 'mutable',
): AsyncGenerator<StoredName> {
  const request = { Bucket: bucket.name, Prefix: bucket.prefix + checkPrefix(prefix) }
  let token: string | undefined
  do {
    const page: ListObjectsV2CommandOutput = await bucket.ask('list', (s3) =>
      s3.send(new ListObjectsV2Command({ ...request, ...(token && { ContinuationToken: token }) })),
    )
    for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
      const name = Key.slice(bucket.prefix.length)
      if (isName(name) && isMutable(name) === (sort === 'mutable'))
        yield { name, size: Size, ...(LastModified && { modified: LastModified.getTime() }) }
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}

/** The first key below the store's prefix, of whatever it is, unless a dv that was about to make a store left it. */
export async function firstKey(bucket: Bucket): Promise<string | undefined> {
  const request = { Bucket: bucket.name, Prefix: bucket.prefix, MaxKeys: 100 }
  const page = await bucket.ask('list', (s3) => s3.send(new ListObjectsV2Command(request)))
  const names = (page.Contents ?? []).map(({ Key = '' }) => Key.slice(bucket.prefix.length))
  return names.find((name) => !/^(probe|leases)\//.test(name))
}

export async function deleteObject(bucket: Bucket, name: string): Promise<void> {
  const place = bucket.place(name)
  bucket.requireWritable()
  const gone = { statuses: [404], otherwise: undefined }
  const answer = await bucket.askUnless('delete', gone, (s3) => s3.send(new DeleteObjectCommand(place)))
  // Only a bucket with versioning puts a marker in the place of what is deleted.
  if (answer?.DeleteMarker === true) bucket.keepsDeleted = true
}
