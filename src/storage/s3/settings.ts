// What a remote's settings mean for its bucket. Rules: docs/buckets.md
import type { ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3'
import { DvError } from '../../base/index.js'
import { endpointNamed, type StorageSettings } from '../settings.js'

type Environment = Readonly<Record<string, string | undefined>>

export interface S3Settings {
  /** Undefined: Amazon S3. */
  endpoint: string | undefined
  /** Undefined: as the profile says. */
  region: string | undefined
  profile: string | undefined
  pathStyle: boolean
  encryption: { ServerSideEncryption?: ServerSideEncryption; SSEKMSKeyId?: string }
  /** Of packs: what is small and read often stays in the bucket's own class. */
  storageClass: { StorageClass?: StorageClass }
  /** The service checks the CRC32 that Amazon defined; others know Content-MD5 only. */
  knowsCrc32: boolean
}

/** Where nothing says otherwise, for services other than Amazon's. */
const DEFAULT_REGION = 'us-east-1'
/** What lies there can be read only hours after somebody has asked for it. */
const FROZEN = new Set(['GLACIER', 'DEEP_ARCHIVE'])
const WITHOUT_CRC32 = /(^|\.)(googleapis\.com|r2\.cloudflarestorage\.com)$/i

/** Throws DV_BAD_CONFIG for a setting that cannot be. */
export function readSettings(settings: StorageSettings, env: Environment): S3Settings {
  const endpoint = endpointOf(settings, env)
  const region = settings.region || env['AWS_REGION'] || env['AWS_DEFAULT_REGION']
  const pathStyle = settings['path-style']
  return {
    endpoint,
    region: region || (endpoint === undefined ? undefined : DEFAULT_REGION),
    profile: settings.profile || env['AWS_PROFILE'] || undefined,
    pathStyle: pathStyle === undefined ? endpoint !== undefined : isTrue(pathStyle),
    encryption: encryptionOf(settings),
    storageClass: storageClassOf(settings),
    knowsCrc32: endpoint === undefined || !WITHOUT_CRC32.test(new URL(endpoint).hostname),
  }
}

function endpointOf(settings: StorageSettings, env: Environment): string | undefined {
  const named = endpointNamed(settings, env)
  if (named === undefined) return undefined
  if (/^https?:\/\/[^/]/i.test(named) && URL.canParse(named)) return named
  throw badSetting('endpoint', named, 'write it as https://HOST or https://HOST:PORT')
}

function isTrue(setting: string): boolean {
  if (['true', 'false'].includes(setting)) return setting === 'true'
  throw badSetting('path-style', setting, "write 'true' or 'false'")
}

function encryptionOf({ encryption, 'encryption-key': key }: StorageSettings): S3Settings['encryption'] {
  if (!encryption) return {}
  if (!/^(AES256|aws:kms|aws:kms:dsse)$/.test(encryption))
    throw badSetting('encryption', encryption, "it is 'AES256' or 'aws:kms'")
  const kind = { ServerSideEncryption: encryption as ServerSideEncryption }
  return key && encryption !== 'AES256' ? { ...kind, SSEKMSKeyId: key } : kind
}

function storageClassOf({ 'storage-class': name }: StorageSettings): S3Settings['storageClass'] {
  if (!name) return {}
  if (FROZEN.has(name))
    throw badSetting(
      'storage-class',
      name,
      "dv must be able to read what it stored: 'GLACIER_IR' can be read at once",
    )
  return { StorageClass: name as StorageClass }
}

function badSetting(key: string, value: string, hint: string): DvError {
  return new DvError('DV_BAD_CONFIG', `'${value}' cannot be the ${key} of a remote`, {
    data: { key, value },
    hint,
  })
}
