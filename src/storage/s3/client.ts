// The AWS SDK's client, made for one store: whom it asks, as whom, and over which connections.
import type https from 'node:https'
import {
  S3Client,
  type S3ClientConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import type { BuildMiddleware, NodeHttpHandlerOptions } from '@smithy/types'
import { createAgents } from '../agents.js'
import { namesProxy } from '../proxies.js'
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
  const requestHandler = await connections(options)
  const credentials = await findCredentials(options, requestHandler)
  const { endpoint, region, profile, pathStyle } = options.settings
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
    requestHandler,
    // Many proxies do not know it, and the agent that asks them does not either.
    ...(namesProxy(options.env) && { expectContinueHeader: false }),
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

/** How many requests are under way is bounded by `limited`. */
async function connections({ env, stallMs }: ClientOptions): Promise<NodeHttpHandlerOptions> {
  const agents = await createAgents({ env, stallMs, maxSockets: Infinity })
  return {
    ...{ connectionTimeout: stallMs, socketTimeout: stallMs },
    ...{ httpAgent: agents['http:'], httpsAgent: agents['https:'] as https.Agent },
  }
}
