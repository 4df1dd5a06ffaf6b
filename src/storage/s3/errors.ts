// What an S3 service's refusals mean, as dv's errors: spec/errors.md. Codes are those of Amazon S3; others mostly agree.
import { DvError, type DvErrorCode } from '../../base/index.js'
import { fromNetworkError } from '../network-errors.js'
import { proxyRefused } from '../proxy-errors.js'
import { howToSet } from '../settings.js'
import { transient } from '../transient.js'
import { NAME_KEYS } from './credentials.js'

/** What was asked for, for messages. */
export interface Asked {
  bucket: string
  /** Of the store: `s3://bucket/prefix`. */
  location: string
  /** `https://HOST`, where one was set. */
  endpoint: string | undefined
  /** The store's name as a remote, for hints. */
  remote: string | undefined
  /** For "may not …": 'read', 'write', 'list', 'delete'. */
  action: string
  anonymous: boolean
}

/** As the SDK throws it. */
export interface ServiceError extends Error {
  $metadata?: { httpStatusCode?: number }
  $response?: { headers?: Record<string, string | undefined>; statusCode?: number }
  Code?: string
  Region?: string
}

const UNAVAILABLE = new Set([
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'Throttling',
])
/** The body that arrived is not the one whose checksum was sent. */
const ALTERED = /^(BadDigest|XAmzContentChecksumMismatch|XAmzContentSHA256Mismatch|IncompleteBody)$/
/** Amazon's answer when two conditional writes, or one and a deletion, overlap, and versitygw's when the last object of
 * a folder goes while another comes: nothing has happened. */
const OVERLAPPED = /^(ConditionalRequestConflict|OperationAborted|ExistingObjectIsDirectory)$/

/** A DvError for what the SDK threw; what is neither the service's nor the network's passes unchanged. */
export function fromS3Error(error: unknown, asked: Asked): unknown {
  if (error instanceof DvError || !(error instanceof Error)) return error
  if (error.message === 'Region is missing') return withoutRegion(asked)
  const status = statusOf(error)
  // A line may break or fall silent in the middle of a refusal too.
  if (status === undefined || isBroken(error)) return fromConnection(error, asked)
  if (status === 407) return proxyRefused(status, { host: hostOf(asked) })
  const code = codeOf(error)
  return passing({ error, code, status, asked }) ?? refusal({ error, code, status, asked })
}

/** The SDK's own words, before anything is sent. */
function withoutRegion({ bucket, remote }: Asked): DvError {
  return new DvError('DV_BAD_CONFIG', `Nothing says in which region of Amazon S3 the bucket '${bucket}' is`, {
    data: { bucket },
    hint: howToSet('region', 'REGION', remote),
  })
}

function isBroken(error: Error): boolean {
  const { code } = error as { code?: unknown }
  return error.name === 'TimeoutError' || /^(ECONN|EPIPE|ERR_STREAM|HPE_)/.test(String(code))
}

function fromConnection(error: Error, asked: Asked): unknown {
  const to = { host: hostOf(asked), location: asked.location }
  // Its own failures have a name, those of Node have a code.
  if (error.name === 'TimeoutError' && !('code' in error))
    return transient('DV_TIMEOUT', `Nothing came from '${to.host}' for too long`, {
      data: to,
      notSent: /did not establish a connection/.test(error.message),
      cause: error,
    })
  return fromNetworkError(error, to)
}

export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as ServiceError
  return $metadata?.httpStatusCode ?? $response?.statusCode
}

/** The service's word for it; '' where the answer had none, as to HEAD. */
export function codeOf(error: unknown): string {
  const { Code, name } = error as ServiceError
  return Code ?? (/^(Error|Unknown|UnknownError|SyntaxError|\d+)$/.test(name) ? '' : name)
}

interface Failure {
  error: ServiceError
  code: string
  status: number
  asked: Asked
}

/** What may be gone when the request is made again. */
function passing({ error, code, status, asked }: Failure): DvError | undefined {
  const host = hostOf(asked)
  const data = { host, location: asked.location, status, answer: code }
  if (ALTERED.test(code))
    return transient('DV_NETWORK', `What was sent to '${host}' arrived altered`, { data, cause: error })
  if (status < 300)
    return transient('DV_BAD_ANSWER', `What '${host}' answered is not of S3, or was damaged on its way`, {
      ...{ data, cause: error },
      hint: 'check that the endpoint is a service that speaks S3',
    })
  const busy = status === 429 || status >= 500 || UNAVAILABLE.has(code) || OVERLAPPED.test(code)
  if (!busy || status === 501 || /^(XMinioStorageFull|QuotaExceeded)$/.test(code)) return undefined
  return transient('DV_UNAVAILABLE', `'${host}' cannot answer now (${code || `status ${status}`})`, {
    ...retryAfter(error),
    slowDown: status === 429 || status === 503 || code === 'SlowDown',
    data,
    cause: error,
  })
}

function refusal(failure: Failure): DvError {
  const { error, code, status, asked } = failure
  const [dv, message, hint] =
    ofCredentials(failure) ?? ofPlace(failure) ?? ofPermission(failure) ?? unexpected(failure)
  const region = dv === 'DV_WRONG_REGION' ? regionOf(error) : undefined
  return new DvError(dv, message, {
    hint,
    data: {
      host: hostOf(asked),
      location: asked.location,
      status,
      ...(code && { answer: code }),
      ...(region && { region }),
    },
    cause: error,
  })
}

/** Where the bucket is, when the service says so. */
function regionOf({ $response, Region }: ServiceError): string | undefined {
  return $response?.headers?.['x-amz-bucket-region'] ?? Region
}

type Meaning = readonly [code: DvErrorCode, message: string, hint: string]

function ofCredentials({ error, code, asked }: Failure): Meaning | undefined {
  const host = hostOf(asked)
  switch (code) {
    case 'ExpiredToken':
    case 'TokenRefreshRequired':
    case 'ExpiredTokenException':
      return [
        'DV_EXPIRED_CREDENTIALS',
        `The credentials for '${asked.location}' have expired`,
        'get new ones (with SSO, type: aws sso login), then repeat the command; it goes on where it was',
      ]
    case 'InvalidAccessKeyId':
    case 'InvalidToken':
    case 'InvalidSecurity':
    case 'XAdminUserNotFound':
      return [
        'DV_BAD_CREDENTIALS',
        `'${host}' does not know the access key for '${asked.location}'`,
        'check AWS_ACCESS_KEY_ID, the profile, and that the endpoint is the service the key is for',
      ]
    case 'SignatureDoesNotMatch':
      return [
        'DV_BAD_CREDENTIALS',
        `'${host}' refuses the signature of the request: the secret key does not belong to the access key`,
        'check AWS_SECRET_ACCESS_KEY or the profile',
      ]
    case 'RequestTimeTooSkewed':
    case 'RequestExpired':
    case 'RequestInTheFuture':
      return [
        'DV_CLOCK_SKEW',
        clockMessage(error, host),
        'set the clock of this machine, then repeat the command',
      ]
  }
  return undefined
}

function clockMessage({ $response }: ServiceError, host: string): string {
  const theirs = Date.parse($response?.headers?.['date'] ?? '')
  const minutes = Math.round((Date.now() - theirs) / 60_000)
  if (!Number.isFinite(minutes)) return `The clock of this machine is not that of '${host}'`
  return `The clock of this machine is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'behind' : 'ahead of'} that of '${host}'`
}

function ofPlace({ error, code, status, asked }: Failure): Meaning | undefined {
  const { bucket, remote } = asked
  if (code === 'NoSuchBucket')
    return [
      'DV_NO_BUCKET',
      `There is no bucket '${bucket}' at '${hostOf(asked)}'`,
      'check its name and the endpoint; dv makes no buckets: make it with the tools of its service',
    ]
  const region = regionOf(error)
  const elsewhere =
    [301, 307].includes(status) ||
    /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|InvalidRegion)$/.test(
      code,
    ) ||
    (status === 400 && region !== undefined && code === '')
  if (!elsewhere) return undefined
  return region === undefined
    ? ['DV_WRONG_REGION', `Bucket '${bucket}' is in another region`, howToSet('region', 'REGION', remote)]
    : ['DV_WRONG_REGION', `Bucket '${bucket}' is in region '${region}'`, howToSet('region', region, remote)]
}

function ofPermission({ code, status, asked }: Failure): Meaning | undefined {
  const { bucket, remote, action, anonymous } = asked
  if (/^(XMinioStorageFull|QuotaExceeded)$/.test(code))
    return [
      'DV_DISK_FULL',
      `'${hostOf(asked)}' has no room for more in bucket '${bucket}'`,
      'make room there',
    ]
  if (status !== 401 && status !== 403) return undefined
  if (anonymous)
    return [
      'DV_NO_CREDENTIALS',
      `Bucket '${bucket}' is not open to everybody, and there are no credentials`,
      NAME_KEYS + howToSet('profile', 'PROFILE', remote),
    ]
  return [
    'DV_PERMISSION',
    `These credentials may not ${action} in bucket '${bucket}'`,
    `their owner needs the right to ${action}: docs/buckets.md has the policy`,
  ]
}

function unexpected({ error, code, status, asked }: Failure): Meaning {
  if (status === 501 && asked.action === 'write')
    return [
      'DV_NO_CONDITIONAL_WRITES',
      `'${hostOf(asked)}' takes no conditional writes`,
      'keep this store with a service that does: docs/buckets.md names some',
    ]
  const said = error.message && error.message !== 'UnknownError' ? `: ${shorten(error.message)}` : ''
  const name = code || `status ${status}`
  return [
    'DV_BAD_ANSWER',
    `'${hostOf(asked)}' refused to ${action(asked)} (${name})${said}`,
    'check that the endpoint is a service that speaks S3',
  ]
}

function action({ action: verb, bucket }: Asked): string {
  return `${verb} in bucket '${bucket}'`
}

function shorten(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200)
}

function hostOf({ endpoint }: Asked): string {
  return endpoint === undefined ? 'Amazon S3' : new URL(endpoint).host
}

const WAIT_MS_MAX = 60_000

function retryAfter({ $response }: ServiceError): { retryAfter?: number } {
  const seconds = Number($response?.headers?.['retry-after'] ?? NaN)
  return seconds >= 0 ? { retryAfter: Math.min(WAIT_MS_MAX, seconds * 1000) } : {}
}
