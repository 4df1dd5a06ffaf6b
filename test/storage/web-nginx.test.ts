import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createDirectoryStorage, openStorage, type Storage } from '../../src/storage/index.js'
import { storageContract } from '../compliance/storage.js'
import { temporaryFolder } from '../helpers/repository.js'
import { forNginx, type NginxOptions, startNginx } from '../servers/nginx.js'

/** A folder, and the same through nginx. */
async function served(t: ExecutionContext, options: Omit<NginxOptions, 'root'> = {}, env = {}) {
  const root = path.join(temporaryFolder(t), 'store')
  const writer = createDirectoryStorage(root)
  const nginx = await startNginx(t, { root, ...options })
  const reader = await openStorage({ kind: 'web', url: nginx.url }, { readOnly: true, env })
  t.teardown(() => reader.close())
  return { root, writer, reader, nginx }
}

const bytes = Buffer.from('0123456789')

forNginx(() => {
  for (const { title, check } of storageContract.filter(({ reading }) => reading)) {
    test(`nginx: ${title}`, async (t) => {
      const { reader, writer } = await served(t)
      await t.notThrowsAsync(check(reader, writer))
    })
    test(`nginx that knows no ranges: ${title}`, async (t) => {
      const { reader, writer } = await served(t, { server: 'max_ranges 0;' })
      await t.notThrowsAsync(check(reader, writer))
    })
  }

  test('a mutable name is read from its plain copy, and asked for anew each time', async (t) => {
    const { reader, writer } = await served(t)
    let version: string | undefined
    t.is(await reader.read('refs/heads/a%2fb'), undefined)
    for (const value of ['one', 'two', '']) {
      version = await writer.compareAndSwap('refs/heads/a%2fb', version, Buffer.from(value))
      t.is(String((await reader.read('refs/heads/a%2fb'))!.bytes), value)
    }
    await writer.compareAndSwap('refs/heads/a%2fb', version, undefined)
    t.is(await reader.read('refs/heads/a%2fb'), undefined)
  })

  test('damage to a plain copy is DV_CORRUPT', async (t) => {
    const { reader, writer, root } = await served(t)
    await writer.compareAndSwap('refs/heads/main', undefined, Buffer.from('value'))
    const file = path.join(root, 'refs/heads/main')
    fs.chmodSync(file, 0o644)
    fs.writeFileSync(file, fs.readFileSync(file, 'latin1').replace('value', 'valuE'))
    await t.throwsAsync(reader.read('refs/heads/main'), { code: 'DV_CORRUPT', message: /refs\/heads\/main/ })
  })

  test('nothing can be written or listed', async (t) => {
    const { reader, nginx } = await served(t)
    await t.throwsAsync(reader.put('packs/p', bytes), { code: 'DV_READ_ONLY' })
    await t.throwsAsync(reader.putFile('packs/p', 'nowhere'), { code: 'DV_READ_ONLY' })
    await t.throwsAsync(reader.delete('packs/p'), { code: 'DV_READ_ONLY' })
    await t.throwsAsync(reader.compareAndSwap('refs/r', undefined, bytes), { code: 'DV_READ_ONLY' })
    await t.throwsAsync(openStorage({ kind: 'web', url: nginx.url }), { code: 'DV_READ_ONLY' })
    await t.throwsAsync(reader.listMutable('refs/'), { code: 'DV_UNSUPPORTED' })
    await t.throwsAsync(all(reader), { code: 'DV_UNSUPPORTED' })
    await t.throwsAsync(reader.get('../passwd'), { code: 'DV_BAD_NAME' })
  })

  test('one request for each call, over connections that stay open', async (t) => {
    const { reader, writer, nginx } = await served(t, { server: 'keepalive_requests 1000;' })
    await writer.put('packs/p', bytes)
    for (let i = 0; i < 5; i++) await reader.get('packs/p', { offset: i, length: 2 })
    await reader.size('packs/p')
    t.deepEqual(nginx.requests(), [
      ...Array.from({ length: 5 }, (_, i) => `GET /packs/p 206 2 bytes=${i}-${i + 1}`),
      'HEAD /packs/p 200 0 -',
    ])
  })

  test('a server that has moved is followed; for good, then the old place is not asked again', async (t) => {
    const { writer, nginx } = await served(t)
    await writer.put('packs/p', bytes)
    for (const [status, perObject] of [
      [301, 1],
      [302, 2],
    ] as const) {
      const old = await startNginx(t, {
        root: '/nonexistent',
        server: `return ${status} ${nginx.url}$request_uri;`,
      })
      const reader = await openStorage({ kind: 'web', url: old.url }, { readOnly: true })
      t.teardown(() => reader.close())
      for (let i = 0; i < 4; i++) t.deepEqual(await reader.get('packs/p'), bytes)
      t.is(old.requests().length + nginx.requests().length, perObject === 1 ? 5 : 8)
    }
  })

  test('credentials come from the environment, and go to no other host', async (t) => {
    const password = path.join(temporaryFolder(t), 'passwords')
    fs.writeFileSync(password, 'ann:{PLAIN}secret\n')
    const server = `auth_basic closed; auth_basic_user_file ${password};`
    const { writer, nginx } = await served(t, { server })
    await writer.put('packs/p', bytes)
    const open = async (url: string, env: Record<string, string>) => {
      const reader = await openStorage({ kind: 'web', url }, { readOnly: true, env })
      t.teardown(() => reader.close())
      return reader.get('packs/p')
    }
    const ann = { DV_HTTP_USER: 'ann', DV_HTTP_PASSWORD: 'secret' }
    t.deepEqual(await open(nginx.url, ann), bytes)
    const refused = { code: 'DV_PERMISSION', message: /status 401/ }
    await t.throwsAsync(open(nginx.url, {}), refused)
    await t.throwsAsync(open(nginx.url, { ...ann, DV_HTTP_PASSWORD: 'wrong' }), refused)
    const elsewhere = await startNginx(t, {
      root: '/nonexistent',
      server: `return 302 ${nginx.url}$request_uri;`,
    })
    await t.throwsAsync(open(elsewhere.url, ann), refused)
    const named = { DV_HTTP_USER_localhost: 'ann', DV_HTTP_PASSWORD_localhost: 'secret' }
    t.deepEqual(await open(elsewhere.url, named), bytes)
  })

  test('a bearer token is sent', async (t) => {
    const server = `if ($http_authorization != "Bearer t0ken") { return 403; }`
    const { writer, reader } = await served(t, { server }, { DV_HTTP_TOKEN: 't0ken' })
    await writer.put('packs/p', bytes)
    t.deepEqual(await reader.get('packs/p'), bytes)
  })
})

async function all(storage: Storage): Promise<void> {
  for await (const { name } of storage.list('')) throw new Error(name)
}
