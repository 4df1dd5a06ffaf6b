// A store in a bucket of Amazon S3, or of any service that speaks its protocol. Mutable names are kept as they are given:
// `versioned` makes version files of their values. Format: spec/14-buckets.md
import type { StoreLocation } from '../location.js'
import { temporaryPath } from '../memory.js'
import type { Storage } from '../port.js'
import type { StorageSettings } from '../settings.js'
import { Bucket } from './bucket.js'
import { deleteObject, listNames } from './names.js'
import { compareAndSwapObject, readObject } from './mutable.js'
import { getObject, getObjectFile, objectSize } from './read.js'
import { readSettings } from './settings.js'
import { putFile, putObject } from './write.js'

export interface S3Options {
  readOnly?: boolean
  settings?: StorageSettings
  env?: Readonly<Record<string, string | undefined>>
  /** How long no byte may move, in milliseconds. */
  stallMs?: number
}

const STALL_MS = 30_000

/** Nothing is asked before the first object is. Throws DV_BAD_CONFIG. */
export function openS3Storage(
  location: Extract<StoreLocation, { kind: 's3' }>,
  { readOnly = false, settings = {}, env = {}, stallMs = STALL_MS }: S3Options = {},
): Storage {
  const bucket = new Bucket(location, { readOnly, settings: readSettings(settings, env), env, stallMs })
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
    temporaryPath,
    close: () => bucket.close(),
  }
}
