// Stores below a prefix: folders of keys are listed one by one, and no store is looked into.
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { Bucket, type BucketLocation } from './bucket.js'
import type { S3Options } from './index.js'
import { readSettings } from './settings.js'

const STALL_MS = 30_000

/** Prefixes that hold `marker`, in the order of their names; at most `depth` folders below the location. */
export async function* findPrefixes(
  location: BucketLocation,
  { marker, depth }: { marker: string; depth: number },
  { settings = {}, env = {}, stallMs = STALL_MS }: S3Options = {},
): AsyncGenerator<BucketLocation> {
  const read = readSettings(settings, env)
  const bucket = new Bucket(location, { readOnly: true, settings: read, env, stallMs })
  try {
    yield* below(bucket, { prefix: bucket.prefix, marker, depth })
  } finally {
    bucket.close()
  }
}

interface Search {
  /** '' or with a slash at its end. */
  prefix: string
  marker: string
  depth: number
}

async function* below(bucket: Bucket, search: Search): AsyncGenerator<BucketLocation> {
  const { prefix, marker, depth } = search
  const folders: string[] = []
  let token: string | undefined
  do {
    const request = { Bucket: bucket.name, Prefix: prefix, Delimiter: '/' }
    const page: ListObjectsV2CommandOutput = await bucket.ask('list', (s3) =>
      s3.send(new ListObjectsV2Command({ ...request, ...(token && { ContinuationToken: token }) })),
    )
    if (page.Contents?.some(({ Key }) => Key === prefix + marker)) {
      yield { kind: 's3', bucket: bucket.name, prefix: prefix.replace(/\/$/, '') }
      return
    }
    folders.push(...(page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []))
    token = page.IsTruncated ? page.NextContinuationToken : undefined
  } while (token !== undefined)
  if (depth > 0)
    for (const folder of folders) yield* below(bucket, { prefix: folder, marker, depth: depth - 1 })
}
