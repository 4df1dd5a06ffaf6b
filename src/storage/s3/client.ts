// The AWS SDK's client, made for one store: whom it asks, as whom, and over which connections.
import type https from 'node:https'
import { Readable } from 'node:stream'
import {
  S3Client,
  type S3ClientConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import type { BuildMiddleware, DeserializeMiddleware, NodeHttpHandlerOptions } from '@smithy/types'
import { DvError } from '../../base/index.js'
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
  s3.middlewareStack.addRelativeTo(boundedWords, {
    ...{ name: 'boundedWords', relation: 'after', toMiddleware: 'deserializerMiddleware' },
  })
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

/** A refusal, or a page of a list, which the SDK reads whole before it looks at it: a page of 1,000 names takes half of it. */
const WORDS_BYTES_MAX = 1024 * 1024

/** No server talks us out of memory. Bodies of objects are read by who knows how long they may be (read.ts). */
const boundedWords: DeserializeMiddleware<ServiceInputTypes, ServiceOutputTypes> =
  (next, { commandName }) =>
  async (args) => {
    const result = await next(args)
    const response = result.response as { statusCode: number; body?: unknown }
    const isObject = commandName === 'GetObjectCommand' && response.statusCode < 300
    if (!isObject && response.body instanceof Readable)
      response.body = Readable.from(upTo(response.body, WORDS_BYTES_MAX), { objectMode: false })
    return result
  }

async function* upTo(body: Readable, most: number): AsyncGenerator<Buffer> {
  let length = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length
    if (length > most)
      throw new DvError('DV_BAD_ANSWER', `The service sent more than ${most} bytes about a request`)
    yield part
  }
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
