// Files too large for one request go in parts, and are one object or none.
import fs from 'node:fs'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import test, { type ExecutionContext } from 'ava'
import { randomHex } from '../../src/base/index.js'
import { openStorage, parseLocation } from '../../src/storage/index.js'
import { openS3Storage } from '../../src/storage/s3/index.js'
import { clientOf, forEachServer, type RunningServer, startServer } from '../servers/index.js'
import { startFaultProxy } from '../servers/fault-proxy.js'

/** A little more than goes in one request. */
const SIZE = 64 * 1024 * 1024 + 5

forEachServer((program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test.serial(
    `${program.kind}: a large file arrives whole, also when parts of it break on their way`,
    async (t) => {
      const proxy = await startFaultProxy({ upstream: server.endpoint })
      t.teardown(() => proxy.close())
      const { env } = server
      const options = { settings: { endpoint: proxy.endpoint }, env }
      const storage = await openStorage(parseLocation(server.newAddress()), options)
      const file = largeFile(t, storage.temporaryPath())
      const isPart = ({ query }: { query: string }) => query.includes('partNumber')
      for (const fault of ['reset-upload', 'busy', 'flip-upload'] as const) proxy.next(fault, isPart)
      await storage.putFile('packs/large', file)
      t.is(proxy.planned, undefined)
      t.is(await storage.size('packs/large'), SIZE)
      t.is(String(await storage.get('packs/large', { offset: SIZE - 3, length: 3 })), 'end')
      t.is(String(await storage.get('packs/large', { offset: 16 * 1024 * 1024 - 2, length: 4 })), 'seam')
      t.false(fs.existsSync(file))
      t.is(proxy.seen.filter((one) => isPart(one)).length, 5 + 3)
      storage.close()
    },
  )

  test.serial(
    `${program.kind}: the first large file of a name stays, and nothing is left of the second`,
    async (t) => {
      const { settings, env } = server
      const storage = await openStorage(parseLocation(server.newAddress()), { settings, env })
      await storage.put('packs/large', Buffer.from('first'))
      await storage.putFile('packs/large', largeFile(t, storage.temporaryPath()))
      t.is(String(await storage.get('packs/large')), 'first')
      await noUploads(t)
      storage.close()
    },
  )

  test.serial(`${program.kind}: what does not arrive is taken back`, async (t) => {
    const proxy = await startFaultProxy({ upstream: server.endpoint })
    t.teardown(() => proxy.close())
    const { env } = server
    const storage = openS3Storage(
      { kind: 's3', bucket: server.bucket, prefix: randomHex(8) },
      { settings: { endpoint: proxy.endpoint }, env },
    )
    const file = largeFile(t, storage.temporaryPath())
    proxy.next('busy', ({ method, query }) => method === 'POST' && query.includes('uploadId'))
    await t.throwsAsync(storage.putFile('packs/large', file), { code: 'DV_UNAVAILABLE' })
    t.is(await storage.size('packs/large'), undefined)
    t.true(fs.existsSync(file))
    await noUploads(t)
    storage.close()
  })

  async function noUploads(t: ExecutionContext) {
    const s3 = clientOf(server)
    t.teardown(() => s3.destroy())
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }))
    t.deepEqual(Uploads, [])
  }
})

/** Mostly holes. */
function largeFile(t: ExecutionContext, file: string): string {
  t.teardown(() => fs.rmSync(file, { force: true }))
  const fd = fs.openSync(file, 'wx')
  fs.writeSync(fd, 'seam', 16 * 1024 * 1024 - 2)
  fs.writeSync(fd, 'end', SIZE - 3)
  fs.closeSync(fd)
  return file
}
