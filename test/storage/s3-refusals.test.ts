// What a service refuses, and what stands in the way to it: each has a code of its own, and says what to do.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import test, { type ExecutionContext } from 'ava'
import { type DvError, type DvErrorCode, isDvError } from '../../src/base/index.js'
import { isTransient, type Storage } from '../../src/storage/index.js'
import { openS3Storage, type S3Options } from '../../src/storage/s3/index.js'
import { clientOf, forEachServer, type RunningServer, startServer } from '../servers/index.js'

const BUCKET = 'dvtest'
const KEYS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_EC2_METADATA_DISABLED: 'true' }
const text = Buffer.from('text')

forEachServer((program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  const title = (what: string) => `${program.kind}: ${what}`

  function open(t: ExecutionContext, { bucket = BUCKET, ...options }: S3Options & { bucket?: string } = {}) {
    const { settings, env } = server
    const storage = openS3Storage({ kind: 's3', bucket, prefix: 'p' }, { settings, env, ...options })
    t.teardown(() => storage.close())
    return storage
  }

  test(title('a bucket that is not there'), async (t) => {
    const storage = open(t, { bucket: 'nowhere' })
    for (const refused of [
      storage.get('a'),
      storage.put('a', text),
      storage.read('refs/r'),
      listAll(storage),
    ])
      await fails(t, refused, { code: 'DV_NO_BUCKET', message: /'nowhere'/ })
    await fails(t, storage.compareAndSwap('refs/r', undefined, text), {
      code: 'DV_NO_BUCKET',
      message: /'nowhere'/,
    })
  })

  test(title('an access key that nobody has'), async (t) => {
    const env = { ...server.env, AWS_ACCESS_KEY_ID: 'nobody' }
    await fails(t, open(t, { env }).get('a'), {
      code: 'DV_BAD_CREDENTIALS',
      message: /access key/,
      hint: /AWS_ACCESS_KEY_ID/,
    })
  })

  test(title('a secret key of another access key'), async (t) => {
    const env = { ...server.env, AWS_SECRET_ACCESS_KEY: 'another' }
    await fails(t, open(t, { env }).put('a', text), {
      code: 'DV_BAD_CREDENTIALS',
      message: /signature/,
      hint: /AWS_SECRET_ACCESS_KEY/,
    })
  })

  test(title('no credentials: writing is refused at once, reading by the server'), async (t) => {
    const { AWS_CONFIG_FILE = '', AWS_SHARED_CREDENTIALS_FILE = '' } = server.env
    const env = { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }
    const expected = { code: 'DV_NO_CREDENTIALS', hint: /AWS_ACCESS_KEY_ID/ } as const
    await fails(t, open(t, { env }).put('a', text), { ...expected, message: /none were found/ })
    await fails(t, open(t, { env, readOnly: true }).get('a'), {
      ...expected,
      message: /not open to everybody/,
    })
  })

  test.serial(title('a bucket that is open to everybody is read without credentials'), async (t) => {
    await open(t).put('open', text)
    const allow = (Action: string, Resource: string) => ({
      Effect: 'Allow',
      Principal: '*',
      Action,
      Resource,
    })
    const bucket = `arn:aws:s3:::${BUCKET}`
    const Statement = [allow('s3:GetObject', `${bucket}/*`), allow('s3:ListBucket', bucket)]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    const s3 = clientOf(server)
    t.teardown(() => s3.destroy())
    await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }))
    t.teardown(() => s3.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET })))
    const { AWS_CONFIG_FILE = '', AWS_SHARED_CREDENTIALS_FILE = '' } = server.env
    const storage = open(t, { env: { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }, readOnly: true })
    t.is(String(await storage.get('open')), 'text')
    t.is(await storage.size('nothing'), undefined)
    await t.notThrowsAsync(listAll(storage))
  })

  // MinIO is in every region.
  if (program.kind === 'versitygw')
    test(title("a region that is not the bucket's is named, with the right one"), async (t) => {
      const settings = { ...server.settings, region: 'eu-west-9' }
      const error = await fails(t, open(t, { settings }).get('a'), {
        code: 'DV_WRONG_REGION',
        message: /us-east-1/,
        hint: /^set AWS_REGION=us-east-1; .*--region us-east-1$/,
      })
      t.is(error.data['region'], 'us-east-1')
      await fails(t, open(t, { settings, remote: 'lab' }).get('a'), {
        ...{ code: 'DV_WRONG_REGION', message: /us-east-1/ },
        hint: /^type: dv config remote\.lab\.region us-east-1$/,
      })
    })

  test(title('TLS where the service speaks none'), async (t) => {
    const settings = { endpoint: server.endpoint.replace('http:', 'https:') }
    await fails(t, open(t, { settings }).get('a'), {
      code: 'DV_TLS',
      message: /does not speak TLS as it should: wrong version number$/,
      hint: /http:/,
    })
  })

  // The clock is that of the whole process.
  test.serial(title('a clock that is an hour ahead'), async (t) => {
    const { now } = Date
    const hour = 3_600_000
    const storage = open(t)
    try {
      Date.now = () => now() + hour
      await fails(t, storage.get('a'), {
        code: 'DV_CLOCK_SKEW',
        message: /60 minutes ahead of/,
        hint: /clock/,
      })
    } finally {
      Date.now = now
    }
  })

  test(title('a store that was opened for reading is not written to'), async (t) => {
    const storage = open(t, { readOnly: true })
    const writes = [
      storage.put('a', text),
      storage.putFile('a', '/nowhere'),
      storage.delete('a'),
      storage.compareAndSwap('refs/r', undefined, text),
    ]
    for (const write of writes) await fails(t, write, { code: 'DV_READ_ONLY', message: /s3:\/\/dvtest\/p/ })
  })
})

test('nothing listens at the endpoint', async (t) => {
  const storage = at(t, 'http://127.0.0.1:9')
  const error = await fails(t, storage.get('a'), { code: 'DV_NETWORK', message: /nothing listens/ })
  t.true(isTransient(error) && error.data['notSent'] === true)
})

test('a host that nobody knows', async (t) => {
  await fails(t, at(t, 'http://host.invalid').get('a'), { code: 'DV_NETWORK', message: /host\.invalid/ })
})

/** Answers as Amazon documents them, which no server here gives: status, code, headers, and what dv makes of them. */
const ANSWERS: [
  status: number,
  code: string,
  headers: Record<string, string>,
  made: DvErrorCode,
  said: RegExp,
][] = [
  [400, 'ExpiredToken', {}, 'DV_EXPIRED_CREDENTIALS', /expired/],
  [403, 'AccessDenied', {}, 'DV_PERMISSION', /may not read in bucket 'dvtest'/],
  [301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }, 'DV_WRONG_REGION', /'eu-west-1'/],
  [301, 'PermanentRedirect', {}, 'DV_WRONG_REGION', /another region/],
  [400, 'AuthorizationHeaderMalformed', {}, 'DV_WRONG_REGION', /another region/],
  [507, 'XMinioStorageFull', {}, 'DV_DISK_FULL', /no room/],
  [400, 'InvalidArgument', {}, 'DV_BAD_ANSWER', /InvalidArgument/],
]

for (const [status, code, headers, made, said] of ANSWERS) {
  test(`${status} ${code} ${Object.keys(headers)} is ${made}`, async (t) => {
    const storage = await answering(t, { status, headers, body: errorBody(code) })
    const error = await fails(t, storage.get('a'), { code: made, message: said })
    t.false(isTransient(error))
  })
}

for (const [status, code] of [
  [503, 'SlowDown'],
  [500, 'InternalError'],
  [400, 'RequestTimeout'],
  [409, 'OperationAborted'],
] as const) {
  test(`${status} ${code} is worth another try, when the server says so`, async (t) => {
    const storage = await answering(t, { status, headers: { 'retry-after': '2' }, body: errorBody(code) })
    const error = await fails(t, storage.get('a'), { code: 'DV_UNAVAILABLE', message: new RegExp(code) })
    t.true(isTransient(error))
    t.is(error.data['retryAfter'], 2000)
  })
}

test('a bucket of Amazon S3 without a region', async (t) => {
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_CONFIG_FILE: '/none' }
  const storage = openS3Storage({ kind: 's3', bucket: 'data', prefix: '' }, { env })
  t.teardown(() => storage.close())
  await fails(t, storage.get('a'), { code: 'DV_BAD_CONFIG', message: /in which region/, hint: /AWS_REGION/ })
})

test('a service that refuses conditional writes', async (t) => {
  const storage = await answering(t, { status: 501, body: errorBody('NotImplemented') })
  for (const write of [storage.put('a', text), storage.compareAndSwap('refs/r', '"tag"', text)])
    await fails(t, write, { code: 'DV_NO_CONDITIONAL_WRITES', message: /no conditional writes/ })
})

test('a body that arrived altered is worth another try', async (t) => {
  const storage = await answering(t, { status: 400, body: errorBody('BadDigest') })
  t.true(isTransient(await fails(t, storage.put('a', text), { code: 'DV_NETWORK', message: /altered/ })))
})

test('a web page where a service should be', async (t) => {
  const page = '<!doctype html><p>Welcome<br>to nginx'
  for (const status of [400, 405]) {
    const storage = await answering(t, { status, headers: { 'content-type': 'text/html' }, body: page })
    await fails(t, storage.get('a'), { code: 'DV_BAD_ANSWER', message: /refused/, hint: /endpoint/ })
  }
})

test('a service that says nothing, before or in the middle of its answer', async (t) => {
  for (const begin of [
    () => {},
    (response: http.ServerResponse) => response.writeHead(200, { 'content-length': '10' }).write('some'),
  ]) {
    const endpoint = await serve(t, (_, response) => void begin(response))
    const storage = at(t, endpoint, { stallMs: 200 })
    t.true(isTransient(await fails(t, storage.get('a'), { code: 'DV_TIMEOUT', message: /127\.0\.0\.1/ })))
  }
})

test('settings that cannot be', (t) => {
  const bad: [settings: Record<string, string>, hint: RegExp][] = [
    [{ endpoint: 'minio:9000' }, /https:/],
    [{ 'path-style': 'yes' }, /'true'/],
    [{ encryption: 'rot13' }, /AES256/],
    [{ 'storage-class': 'DEEP_ARCHIVE' }, /GLACIER_IR/],
  ]
  for (const [settings, hint] of bad) {
    const error = t.throws<Error & { hint?: string }>(() =>
      openS3Storage({ kind: 's3', bucket: BUCKET, prefix: '' }, { settings }),
    )
    t.true(isDvError(error, 'DV_BAD_CONFIG'))
    t.regex(error!.hint ?? '', hint)
  }
})

function at(t: ExecutionContext, endpoint: string, options: S3Options = {}): Storage {
  const place = { kind: 's3', bucket: BUCKET, prefix: '' } as const
  const storage = openS3Storage(place, { settings: { endpoint }, env: KEYS, ...options })
  t.teardown(() => storage.close())
  return storage
}

/** A store at a service that gives one answer to everything. */
async function answering(
  t: ExecutionContext,
  { status, headers = {}, body }: { status: number; headers?: Record<string, string>; body: string },
): Promise<Storage> {
  const endpoint = await serve(t, (request, response) => {
    request.resume().once('end', () => response.writeHead(status, headers).end(body))
  })
  return at(t, endpoint)
}

/** Returns the address of a server that lives as long as the test. */
async function serve(t: ExecutionContext, answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function errorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>It is so</Message></Error>`
}

async function listAll(storage: Storage): Promise<void> {
  for await (const _ of storage.list('')) continue
}

async function fails(
  t: ExecutionContext,
  work: Promise<unknown>,
  { code, message, hint = /./ }: { code: DvErrorCode; message: RegExp; hint?: RegExp },
): Promise<DvError> {
  const error = (await t.throwsAsync<DvError>(work))!
  t.is(error.code, code, error.stack ?? '')
  t.regex(error.message, message)
  if (code !== 'DV_READ_ONLY' && error.data['retryable'] !== true) t.regex(error.hint ?? '', hint)
  return error
}
