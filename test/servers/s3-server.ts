import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import { CreateBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import type { StorageSettings } from '../../src/storage/index.js'
import { accessLogLength, type LoggedRequest, readAccessLog } from './access-log.js'
import { type Child, freePort, startChild } from './child.js'
import type { ServerKind, ServerProgram } from './find-program.js'

export const ACCESS_KEY = 'dvtest'
export const SECRET_KEY = 'dvtestsecret'
const BUCKET = 'dvtest'
const TRIES = 3
const READY_MS = 30_000

export interface RunningServer {
  readonly kind: ServerKind
  /** The version of the Go module it was built from, as the program itself says. */
  readonly version: string
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  /** A bucket that is there. */
  readonly bucket: string
  /** What a dv needs to be let in: credentials, and nothing of the user's own AWS configuration. */
  readonly env: Readonly<Record<string, string>>
  /** What a remote there needs beside its address. */
  readonly settings: StorageSettings
  /** The folder the server keeps its data in. */
  readonly folder: string
  /** Address of an empty place in the bucket, another one each time: `s3://BUCKET/PREFIX`. */
  newAddress(): string
  /** Does `work`, and says which requests the server answered meanwhile. versitygw only. */
  requestsDuring(work: () => Promise<unknown>): Promise<LoggedRequest[]>
  /** All it printed so far. */
  output(): string
  stop(): Promise<void>
}

export interface StartOptions {
  /** Further arguments of the program. */
  args?: readonly string[]
  /** Certificate and key in PEM files: the server speaks TLS. */
  tls?: { cert: string; key: string }
}

/** Starts a server on a random port of loopback with a new folder and one bucket. */
export async function startServer(
  program: ServerProgram,
  options: StartOptions = {},
): Promise<RunningServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `dv-${program.kind}-`))
  const remove = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', remove)
  const { child, port } = await listening(program, { folder, ...options })
  const endpoint = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  // With a certificate of our own the test must make its bucket, and say whom it trusts.
  try {
    if (!options.tls) await createBucket(endpoint, BUCKET)
  } catch (error) {
    await child.stop()
    throw error
  }
  return {
    kind: program.kind,
    version: moduleVersion(program.path),
    endpoint,
    bucket: BUCKET,
    env: environment(folder),
    settings: { endpoint },
    folder,
    newAddress: () => `s3://${BUCKET}/${randomBytes(8).toString('hex')}`,
    requestsDuring: (work) => requestsDuring(path.join(folder, 'access.log'), work),
    output: () => child.output(),
    async stop() {
      await child.stop()
      remove()
      process.off('exit', remove)
    },
  }
}

/** Makes a bucket, as the server's owner. MinIO listens before it can do anything, so that it is asked until it can. */
export async function createBucket(endpoint: string, bucket: string): Promise<void> {
  const client = clientOf({ endpoint })
  try {
    for (const started = Date.now(); ; await sleep(50)) {
      try {
        await client.send(new CreateBucketCommand({ Bucket: bucket }))
        return
      } catch (error) {
        const busy = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 503
        if (!busy || Date.now() - started > READY_MS) throw error
      }
    }
  } finally {
    client.destroy()
  }
}

/** The SDK's client as the server's owner, for what dv itself does not do. */
export function clientOf({ endpoint }: { endpoint: string }): S3Client {
  const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY }
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 })
}

/** Another program may take a port between its choice and its use. */
async function listening(
  program: ServerProgram,
  options: StartOptions & { folder: string },
): Promise<{ child: Child; port: number }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    try {
      return { child: await start(program, { ...options, port }), port }
    } catch (error) {
      if (tries === TRIES) throw error
    }
  }
}

function start(
  { kind, path: program }: ServerProgram,
  { folder, port, args = [], tls }: StartOptions & { folder: string; port: number },
): Promise<Child> {
  const data = path.join(folder, 'data')
  fs.mkdirSync(data, { recursive: true })
  if (kind === 'minio') {
    const address = `127.0.0.1:${port}`
    const certificates = tls ? ['--certs-dir', path.dirname(tls.cert)] : []
    return startChild([program, 'server', '--quiet', '--address', address, ...certificates, ...args, data], {
      port,
      env: { MINIO_ROOT_USER: ACCESS_KEY, MINIO_ROOT_PASSWORD: SECRET_KEY, MINIO_BROWSER: 'off' },
    })
  }
  const log = ['--quiet', '--access-log', path.join(folder, 'access.log')]
  const certificate = tls ? ['--cert', tls.cert, '--key', tls.key] : []
  const owner = ['--access', ACCESS_KEY, '--secret', SECRET_KEY]
  const general = ['--port', `127.0.0.1:${port}`, '--keep-alive', ...owner, ...log, ...certificate]
  return startChild([program, ...general, ...args, 'posix', data], { port })
}

function environment(folder: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_CONFIG_FILE: path.join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

async function requestsDuring(log: string, work: () => Promise<unknown>): Promise<LoggedRequest[]> {
  const from = await accessLogLength(log)
  await work()
  return await readAccessLog(log, from)
}

/** Go writes the module and its version into every program. */
function moduleVersion(program: string): string {
  const bytes = fs.readFileSync(program)
  const at = bytes.indexOf('\nmod\t')
  const line = bytes.subarray(at + 1, at + 300).toString('latin1')
  return at < 0 ? 'unknown' : (/^mod\t\S+\t(\S+)/.exec(line)?.[1] ?? 'unknown')
}
