// A store in a bucket of Amazon S3, or of any service that speaks its protocol. Mutable names are kept as they are given:
// `versioned` makes version files of their values. Format: spec/16-buckets.md
import { temporaryPath } from '../memory.js'
import type { Storage } from '../port.js'
import type { StorageSettings } from '../settings.js'
import { Bucket, type BucketLocation } from './bucket.js'
import { deleteObject, firstKey, listNames } from './names.js'
import { compareAndSwapObject, readObject } from './mutable.js'
import { getObject, getObjectFile, objectSize } from './read.js'
import { readSettings } from './settings.js'
import { putFile, putObject } from './write.js'

export interface S3Options {
  readOnly?: boolean
  settings?: StorageSettings
  env?: Readonly<Record<string, string | undefined>>
  /** The store's name as a remote, for hints. */
  remote?: string | undefined
  /** How long no byte may move, in milliseconds. */
  stallMs?: number
}

const STALL_MS = 30_000

/** Nothing is asked before the first object is. Throws DV_BAD_CONFIG. */
export function openS3Storage(
  location: BucketLocation,
  { readOnly = false, settings = {}, env = {}, remote, stallMs = STALL_MS }: S3Options = {},
): Storage {
  const bucket = new Bucket(location, {
    readOnly,
    settings: readSettings(settings, env),
    env,
    remote,
    stallMs,
  })
  return storageOf(bucket, readOnly)
}

/** The first key there, whether it is a store's or not. */
export async function findKey(
  location: BucketLocation,
  { settings = {}, env = {}, remote, stallMs = STALL_MS }: S3Options = {},
): Promise<string | undefined> {
  const read = readSettings(settings, env)
  const bucket = new Bucket(location, { readOnly: true, settings: read, env, remote, stallMs })
  try {
    return await firstKey(bucket)
  } finally {
    bucket.close()
  }
}

function storageOf(bucket: Bucket, readOnly: boolean): Storage {
  return {
    properties: { location: bucket.location, readOnly },
    get: (name, range) => getObject(bucket, name, range),
    getFile: (name, path) => getObjectFile(bucket, name, path),
    size: (name) => objectSize(bucket, name),
    put: (name, bytes) => putObject(bucket, name, bytes),
    putFile: (name, path) => putFile(bucket, name, path),
    list: (prefix) => listNames(bucket, prefix, 'immutable'),
    delete: (name) => deleteObject(bucket, name),
    read: (name) => readObject(bucket, name),
    compareAndSwap: (name, expected, bytes) => compareAndSwapObject(bucket, { name, expected, bytes }),
    async listMutable(prefix) {
      const names: string[] = []
      for await (const { name } of listNames(bucket, prefix, 'mutable')) names.push(name)
      return names.sort()
    },
    keepsDeleted: () => bucket.keepsDeleted,
    temporaryPath,
    close: () => bucket.close(),
  }
}
