// The AWS SDK's client, made for one store: whom it asks, as whom, and over which connections.
import http from 'node:http'
import https from 'node:https'
import {
  S3Client,
  type S3ClientConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import type { BuildMiddleware } from '@smithy/types'
import { type CredentialOptions, findCredentials } from './credentials.js'
import type { S3Settings } from './settings.js'

export interface ClientOptions extends CredentialOptions {
  settings: S3Settings
  /** How long no byte may move, in milliseconds. */
  stallMs: number
}

export interface Client {
  s3: S3Client
  /** Without credentials, and so unsigned. */
  anonymous: boolean
}

/** Looks for credentials; asks the service nothing. Throws DV_NO_CREDENTIALS, unless reading is all that is wanted. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const credentials = await findCredentials(options)
  const { endpoint, region, profile, pathStyle } = options.settings
  const timeouts = { connectionTimeout: options.stallMs, socketTimeout: options.stallMs }
  const s3 = new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    forcePathStyle: pathStyle,
    ...(credentials === undefined ? ANONYMOUS : { credentials }),
    // What may be repeated is decided by `retrying` and `versioned`, which know what the request meant.
    maxAttempts: 1,
    // Uploads bring a checksum that is cheap to make (checksum.ts); what arrives is checked by its id.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    logger: SILENT,
    requestHandler: { ...timeouts, ...agents() },
  })
  s3.middlewareStack.add(withoutPayloadHash, { step: 'build', name: 'withoutPayloadHash' })
  return { s3, anonymous: credentials === undefined }
}

/** The checksum that every upload brings is signed: a hash of the body beside it would only cost time. */
const withoutPayloadHash: BuildMiddleware<ServiceInputTypes, ServiceOutputTypes> =
  (next, { commandName }) =>
  (args) => {
    const { headers } = args.request as { headers: Record<string, string> }
    if (UPLOADS.has(commandName ?? '')) headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
    return next(args)
  }

const UPLOADS = new Set(['PutObjectCommand', 'UploadPartCommand'])

/** What went wrong is an error; nothing else is to be printed. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** Requests as they are: for buckets that everybody may read. */
const ANONYMOUS: Pick<S3ClientConfig, 'credentials' | 'signer'> = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async (request) => request },
}

/** Connections stay open between requests; how many are under way is bounded by `limited`. */
function agents() {
  const options = { keepAlive: true, maxSockets: Infinity }
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) }
}
