// What a remote's settings put into requests, seen by a service that takes everything.
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import type { StorageSettings } from '../../src/storage/index.js'
import { openS3Storage } from '../../src/storage/s3/index.js'

const ENV = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }

test('encryption goes with every object, the storage class with packs', async (t) => {
  const settings = { encryption: 'aws:kms', 'encryption-key': 'key-1', 'storage-class': 'STANDARD_IA' }
  const { storage, seen } = await recording(t, settings)
  await storage.put('packs/a', Buffer.from('a'))
  await storage.put('segments/a', Buffer.from('a'))
  await storage.compareAndSwap('refs/heads/main', undefined, Buffer.from('a'))
  const file = storage.temporaryPath()
  fs.writeFileSync(file, 'a')
  await storage.putFile('packs/b', file)
  t.deepEqual(
    seen.map(({ url, headers }) => [url?.split('?')[0], headers['x-amz-storage-class']]),
    [
      ['/bucket/p/packs/a', 'STANDARD_IA'],
      ['/bucket/p/segments/a', undefined],
      ['/bucket/p/refs/heads/main', undefined],
      ['/bucket/p/packs/b', 'STANDARD_IA'],
    ],
  )
  for (const { headers } of seen) {
    t.is(headers['x-amz-server-side-encryption'], 'aws:kms')
    t.is(headers['x-amz-server-side-encryption-aws-kms-key-id'], 'key-1')
    t.is(headers['if-none-match'], '*')
    // CRC32 of 'a', in what is signed.
    t.is(headers['x-amz-checksum-crc32'], '6Le+Qw==')
    t.regex(headers.authorization ?? '', /SignedHeaders=[^,]*x-amz-checksum-crc32/)
  }
})

test('with an endpoint the bucket is part of the path, and the region is signed', async (t) => {
  const { storage, seen } = await recording(t, { region: 'eu-1' })
  await storage.put('a', Buffer.from('a'))
  t.regex(seen[0]?.url ?? '', /^\/bucket\/p\/a/)
  t.regex(seen[0]?.headers.authorization ?? '', /eu-1\/s3\/aws4_request/)
})

async function recording(t: ExecutionContext, settings: StorageSettings) {
  const seen: http.IncomingMessage[] = []
  const server = http.createServer((request, response) => {
    seen.push(request)
    request.resume().once('end', () => response.writeHead(200, { etag: '"tag"' }).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const place = { kind: 's3', bucket: 'bucket', prefix: 'p' } as const
  const storage = openS3Storage(place, { settings: { endpoint, ...settings }, env: ENV })
  t.teardown(() => storage.close())
  return { storage, seen }
}
