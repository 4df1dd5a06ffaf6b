// What a web server may answer, and must not get away with. The servers are the tests' own: no real one does this.
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import zlib from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { isDvError, type DvError } from '../../src/base/index.js'
import { isTransient } from '../../src/storage/index.js'
import { suffixOf } from '../../src/storage/web/credentials.js'
import { openWebStorage, type WebOptions } from '../../src/storage/web/index.js'
import { temporaryFolder } from '../helpers/repository.js'

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

const bytes = Buffer.from('0123456789')
const range = { offset: 2, length: 4 }

async function listen(t: ExecutionContext, server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  return (server.address() as net.AddressInfo).port
}

/** A storage on a server that answers everything so. */
async function answering(t: ExecutionContext, handler: Handler, options: WebOptions = {}) {
  const server = http.createServer(handler)
  t.teardown(() => server.closeAllConnections())
  const port = await listen(t, server)
  return reaching(t, `http://127.0.0.1:${port}/data/`, options)
}

function reaching(t: ExecutionContext, url: string, options: WebOptions = {}) {
  const storage = openWebStorage(url, options)
  t.teardown(() => storage.close())
  return storage
}

interface Case {
  title: string
  handler: Handler
  /** Of get(), of get() of a range, and of getFile(). */
  code: string | [string, string, string]
  message: RegExp
  again?: true
}

const cases: Case[] = [
  {
    title: 'a login page with status 200',
    handler: (_, response) =>
      send(response, 200, { 'content-type': 'text/html; charset=utf-8' }, '<p>log in'),
    code: 'DV_BAD_ANSWER',
    message: /a web page where 'packs\/p'/,
  },
  {
    title: 'a compressed body',
    handler: (_, response) => send(response, 200, { 'content-encoding': 'gzip' }, zlib.gzipSync(bytes)),
    code: 'DV_BAD_ANSWER',
    message: /compressed by 'gzip'/,
  },
  {
    title: 'a body cut short',
    handler: (_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('012', () => response.destroy())
    },
    code: 'DV_NETWORK',
    message: /broke/,
    again: true,
  },
  {
    title: 'a body in pieces that is cut short',
    handler: (_, response) => {
      response.writeHead(200)
      response.write('012', () => response.destroy())
    },
    code: 'DV_NETWORK',
    message: /broke/,
    again: true,
  },
  {
    title: 'redirects in a circle',
    handler: ({ url }, response) => send(response, 302, { location: url === '/a' ? '/b' : '/a' }),
    code: 'DV_BAD_ANSWER',
    message: /redirects without end/,
  },
  {
    title: 'a redirect to another protocol',
    handler: (_, response) => send(response, 302, { location: 'file:///etc/passwd' }),
    code: 'DV_BAD_ANSWER',
    message: /a redirect from 'http:' to 'file:'/,
  },
  {
    title: 'a redirect to nowhere',
    handler: (_, response) => send(response, 301, {}),
    code: 'DV_BAD_ANSWER',
    message: /nowhere/,
  },
  {
    title: 'a status that makes no sense',
    handler: (_, response) => send(response, 204, {}),
    code: 'DV_BAD_ANSWER',
    message: /status 204/,
  },
  {
    title: 'part of the object to whom asks for all, another part to whom asks for one',
    handler: (_, response) => send(response, 206, { 'content-range': 'bytes 3-6/10' }, '3456'),
    code: 'DV_BAD_ANSWER',
    message: /status 206|the range 'bytes 3-6\/10'/,
  },
  {
    title: 'too many requests',
    handler: (_, response) => send(response, 429, { 'retry-after': '7' }),
    code: 'DV_UNAVAILABLE',
    message: /status 429/,
    again: true,
  },
  {
    title: 'an error of its own',
    handler: (_, response) => send(response, 500, {}),
    code: 'DV_UNAVAILABLE',
    message: /status 500/,
    again: true,
  },
  {
    title: 'a refusal',
    handler: (_, response) => send(response, 403, {}),
    code: 'DV_PERMISSION',
    message: /status 403/,
  },
  {
    title: 'nothing at all',
    handler: () => {},
    code: 'DV_TIMEOUT',
    message: /Nothing came from/,
    again: true,
  },
  {
    title: 'a body that stops coming',
    handler: (_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('0')
    },
    code: 'DV_TIMEOUT',
    message: /Nothing came from/,
    again: true,
  },
]

function send(response: http.ServerResponse, status: number, headers: object, body?: string | Buffer): void {
  response.writeHead(status, { ...headers }).end(body)
}

for (const { title, handler, code, message, again = false } of cases) {
  test(`${title} is ${String(code)}, and nothing of it is seen`, async (t) => {
    const storage = await answering(t, handler, { stallMs: 300 })
    const file = path.join(temporaryFolder(t), 'file')
    for (const work of [
      () => storage.get('packs/p'),
      () => storage.get('packs/p', range),
      () => storage.getFile('packs/p', file),
      () => storage.read('packs/p'),
    ]) {
      const error = (await t.throwsAsync(work(), { message })) as DvError
      t.is(error.code, code as DvError['code'])
      t.is(isTransient(error), again)
      if (code === 'DV_BAD_ANSWER') t.is(error.data['name'], 'packs/p')
    }
    t.false(fs.existsSync(file))
  })
}

test('an endless body is cut off: of a range at its end, of an object at its cap', async (t) => {
  let sent = 0
  const storage = await answering(t, (_, response) => {
    const block = Buffer.alloc(1024 * 1024, 'x')
    const more = (): void => {
      sent += block.length
      if (!response.destroyed && response.write(block)) setImmediate(more)
    }
    response.writeHead(200).on('drain', more)
    more()
  })
  t.is(String(await storage.get('packs/p', range)), 'xxxx')
  t.true(sent < 8 * 1024 * 1024, `${sent}`)
  await t.throwsAsync(storage.get('dv.json'), { code: 'DV_BAD_ANSWER', message: /more than 16777216 bytes/ })
  t.true(sent < 64 * 1024 * 1024, `${sent}`)
  await t.throwsAsync(storage.read('refs/names'), { code: 'DV_BAD_ANSWER' })
})

test('a server that ignores ranges is read up to the end of the range', async (t) => {
  const storage = await answering(t, (_, response) => send(response, 200, {}, bytes))
  t.is(String(await storage.get('packs/p', range)), '2345')
  t.is(String(await storage.get('packs/p', { offset: 9, length: 1 })), '9')
  await t.throwsAsync(storage.get('packs/p', { offset: 9, length: 2 }), { code: 'DV_CORRUPT' })
})

test('a server that does not know HEAD, or tells no length to it, is asked for the first byte', async (t) => {
  for (const status of [200, 405, 501]) {
    const storage = await answering(t, ({ method, url }, response) => {
      if (url!.endsWith('/q')) send(response, method === 'HEAD' ? status : 404, {})
      else if (method === 'HEAD') send(response, status, {})
      else send(response, 206, { 'content-range': 'bytes 0-0/10' }, '0')
    })
    t.is(await storage.size('packs/p'), 10)
    t.is(await storage.size('packs/q'), undefined)
  }
})

test('the caller is told how long the server wants to rest', async (t) => {
  const storage = await answering(t, (_, response) => send(response, 503, { 'retry-after': '2' }))
  const error = await t.throwsAsync(storage.get('packs/p'))
  t.true(isDvError(error) && error.data['retryAfter'] === 2000 && error.data['slowDown'] === true)
})

test('what is not HTTP is an error with a code', async (t) => {
  const port = await listen(
    t,
    net.createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n')),
  )
  const storage = reaching(t, `http://127.0.0.1:${port}`)
  await t.throwsAsync(storage.get('packs/p'), { code: 'DV_BAD_ANSWER', message: /does not speak HTTP/ })
  const secure = reaching(t, `https://127.0.0.1:${port}`)
  await t.throwsAsync(secure.get('packs/p'), { code: 'DV_TLS', message: /does not speak TLS/ })
})

test('a host that is not there, and a port where nothing listens, are DV_NETWORK', async (t) => {
  const port = await listen(t, net.createServer())
  const nobody = reaching(t, `http://127.0.0.1:${port === 65535 ? port - 1 : 1}`)
  const error = await t.throwsAsync(nobody.get('packs/p'), { code: 'DV_NETWORK' })
  t.true(isDvError(error) && error.data['notSent'] === true)
  const unknown = reaching(t, 'http://no-such-host.invalid')
  await t.throwsAsync(unknown.get('packs/p'), { code: 'DV_NETWORK', message: /no-such-host\.invalid/ })
})

test('neither user-info nor query of the address is seen in messages; the query is sent, the user-info is not', async (t) => {
  const seen: http.IncomingMessage[] = []
  const server = http.createServer((request, response) => {
    seen.push(request)
    send(response, 403, {})
  })
  const port = await listen(t, server)
  t.teardown(() => server.closeAllConnections())
  const storage = reaching(t, `http://ann:s3cret@127.0.0.1:${port}/data?sig=s3cret#x`)
  t.is(storage.properties.location, `http://127.0.0.1:${port}/data`)
  const error = (await t.throwsAsync(storage.get('refs/heads/a%2fb'))) as DvError
  t.notRegex(JSON.stringify([error.message, error.hint, error.data]), /s3cret/)
  t.is(seen[0]!.url, '/data/refs/heads/a%252fb?sig=s3cret')
  t.is(seen[0]!.headers.authorization, undefined)
})

test('closing ends what is under way', async (t) => {
  const storage = await answering(t, () => {})
  const under = storage.get('packs/p')
  setTimeout(() => storage.close(), 50)
  await t.throwsAsync(under, { code: 'DV_INTERRUPTED' })
  await t.throwsAsync(storage.get('packs/p'), { code: 'DV_INTERRUPTED' })
})

test('variables of two hosts never have the same name', (t) => {
  t.is(suffixOf('data.example.org'), 'data_example_org')
  t.not(suffixOf('a-b.org'), suffixOf('a.b.org'))
})

test('a credential that would be another header is refused, by its variable', async (t) => {
  const storage = await answering(t, (_, response) => send(response, 200, {}, bytes), {
    env: { DV_HTTP_TOKEN: 'a\r\nx: y' },
  })
  const error = await t.throwsAsync(storage.get('packs/p'), {
    code: 'DV_BAD_CONFIG',
    message: /DV_HTTP_TOKEN/,
  })
  t.notRegex(error!.message, /x: y/)
})
