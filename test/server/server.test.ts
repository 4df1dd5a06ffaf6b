import net from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { isLoopback, startServer } from '../../src/server/index.js'
import { blake3, toHex } from '../../src/hash/index.js'
import { type TestFiles, testRepository } from '../helpers/repository.js'
import { ask, serving } from './world.js'

const numbers = Array.from({ length: 3000 }, (_, i) => `${i},${i * i}\n`).join('')
const files: TestFiles = {
  'table.csv': numbers,
  'dir/b.json': '{}',
  'dir/sub/c': 'c',
  'empty.bin': '',
  'odd/<b>&\'".html': '<script>1</script>',
  link: { link: 'table.csv' },
}

async function served(t: ExecutionContext, options: { cors?: string } = {}) {
  const made = await testRepository(t, files)
  await made.repository.createTag({ name: 'v1', force: false })
  return { ...made, ...(await serving(t, await made.api.publish({}), options)) }
}

test('a file is what was committed, with its content id, its type and the time of its commit', async (t) => {
  const { ask } = await served(t)
  const { status, headers, text } = await ask('/v1/table.csv')
  t.is(status, 200)
  t.is(text, numbers)
  t.is(headers.etag, `"${toHex(blake3.hash(Buffer.from(numbers)))}"`)
  t.is(headers['content-type'], 'text/csv; charset=utf-8')
  t.is(headers['content-length'], String(numbers.length))
  t.is(headers['last-modified'], 'Thu, 01 Jan 2026 00:01:00 GMT')
  t.is(headers['cache-control'], 'no-cache')
  t.is((await ask('/v1/empty.bin')).body.length, 0)
  t.is((await ask('/v1/link')).text, 'table.csv')
})

test('a branch is where it is now; a whole id is for ever', async (t) => {
  const { ask, write, commit } = await served(t)
  const first = (await ask('/main/table.csv')).headers['x-dv-commit'] as string
  write({ 'table.csv': 'new' })
  await commit('Second')
  t.is((await ask('/main/table.csv')).text, 'new')
  t.is((await ask('/main~1/table.csv')).text, numbers)
  const old = await ask(`/${first}/table.csv`)
  t.is(old.text, numbers)
  t.is(old.headers['cache-control'], 'public, max-age=31536000, immutable')
  t.is((await ask(`/${first.slice(0, 12)}/table.csv`)).status, 404)
  t.is((await ask('/main@%7B1%7D/table.csv')).status, 404)
})

test('ranges: one, several, none', async (t) => {
  const { ask } = await served(t)
  const range = (value: string, more = {}) => ask('/v1/table.csv', { headers: { range: value, ...more } })
  const one = await range('bytes=10-19')
  t.is(one.status, 206)
  t.is(one.text, numbers.slice(10, 20))
  t.is(one.headers['content-range'], `bytes 10-19/${numbers.length}`)
  t.is((await range('bytes=-5')).text, numbers.slice(-5))
  const none = await range(`bytes=${numbers.length}-`)
  t.is(none.status, 416)
  t.is(none.headers['content-range'], `bytes */${numbers.length}`)
  const several = await range('bytes=0-3,-4')
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(several.headers['content-type']!)![1]!
  const parts = several.text.split(`--${boundary}`).slice(1, -1)
  t.deepEqual(
    parts.map((part) => part.split('\r\n\r\n')[1]),
    [`${numbers.slice(0, 4)}\r\n`, `${numbers.slice(-4)}\r\n`],
  )
  t.is(several.headers['content-length'], String(several.body.length))
  t.is((await range('bytes=0-3', { 'if-range': '"other"' })).status, 200)
  t.is((await range('bytes=0-3', { 'if-range': one.headers.etag! })).status, 206)
})

test('what is known is not sent again', async (t) => {
  const { ask } = await served(t)
  for (const target of ['/v1/table.csv', '/v1/dir']) {
    const { headers } = await ask(target)
    for (const known of [headers.etag!, `"x", W/${headers.etag}`, '*']) {
      const reply = await ask(target, { headers: { 'if-none-match': known } })
      t.is(reply.status, 304)
      t.is(reply.body.length, 0)
    }
    t.is((await ask(target, { headers: { 'if-none-match': '"x"' } })).status, 200)
    t.is((await ask(target, { headers: { 'if-modified-since': headers['last-modified']! } })).status, 304)
    t.is(
      (await ask(target, { headers: { 'if-modified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' } })).status,
      200,
    )
  }
})

test('HEAD has the headers and no body', async (t) => {
  const { ask } = await served(t)
  for (const target of ['/v1/table.csv', '/v1/dir', '/', '/nowhere']) {
    const [head, get] = [await ask(target, { method: 'HEAD' }), await ask(target)]
    t.is(head.status, get.status)
    t.is(head.body.length, 0)
    t.is(head.headers.etag, get.headers.etag)
    t.is(head.headers['content-type'], get.headers['content-type'])
  }
})

test('the root lists refs, a directory what is in it: as JSON, or as a page whose links lead on', async (t) => {
  const { ask } = await served(t)
  const refs = JSON.parse((await ask('/')).text) as {
    head: object
    branches: object[]
    tags: { commit: string }[]
  }
  const { commit } = refs.tags[0]!
  t.deepEqual(refs, {
    head: { branch: 'main', commit },
    branches: [{ name: 'main', commit }],
    tags: [{ name: 'v1', commit }],
  } as never)
  const listing = JSON.parse((await ask('/v1/dir/')).text) as { entries: { name: string }[] }
  t.like(listing, { commit, path: 'dir' })
  t.deepEqual(
    listing.entries.map(({ name }) => name),
    ['b.json', 'sub'],
  )
  t.is((await ask('/v1/dir')).text, (await ask('/v1/dir/')).text)
  for (let target = '/'; ;) {
    const page = await ask(target, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    t.is(page.headers['content-type'], 'text/html; charset=utf-8')
    if (page.text === '<script>1</script>') {
      t.is(page.headers['content-security-policy'], 'sandbox allow-scripts')
      break
    }
    t.notRegex(page.text, /<b>/)
    const links = [...page.text.matchAll(/href="([^"]+)"/g)].map(([, href]) =>
      href!.replace(/&#(\d+);/g, (_, c) => String.fromCharCode(Number(c))),
    )
    target = links.find((href) => href.startsWith(target === '/' ? '/v1' : '/v1/odd'))!
    t.truthy(target)
  }
})

test('a directory of many entries is sent as valid JSON', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`d/${i}`, '']))
  const made = await testRepository(t, many)
  const { ask } = await serving(t, await made.api.publish({}))
  const { entries } = JSON.parse((await ask('/main/d')).text) as { entries: unknown[] }
  t.is(entries.length, 5000)
})

test('what is not there, no address, and no reading each have their status and code', async (t) => {
  const { ask } = await served(t)
  const code = async (target: string, options = {}) => {
    const { status, text } = await ask(target, options)
    return [status, (JSON.parse(text) as { error: { code: string } }).error.code]
  }
  t.deepEqual(await code('/nowhere/x'), [404, 'DV_UNKNOWN_REVISION'])
  t.deepEqual(await code('/v1/nowhere'), [404, 'DV_UNKNOWN_PATH'])
  t.deepEqual(await code('/v1/table.csv/'), [404, 'DV_UNKNOWN_PATH'])
  t.deepEqual(await code('/v1/table.csv/x'), [404, 'DV_UNKNOWN_PATH'])
  t.deepEqual(await code(`/v1/${'x'.repeat(5000)}`), [400, 'DV_UNSAFE_PATH'])
  t.deepEqual(await code('/v1/../../../etc/passwd'), [400, 'DV_BAD_ADDRESS'])
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH'])
    t.deepEqual(await code('/v1/table.csv', { method }), [405, 'DV_READ_ONLY'])
})

test('pages of this machine may read; of other origins only those that are named', async (t) => {
  const { ask } = await served(t, { cors: 'https://viewer.example' })
  const allowed = async (origin: string) =>
    (await ask('/v1/table.csv', { headers: { origin } })).headers['access-control-allow-origin']
  t.is(await allowed('http://localhost:3000'), 'http://localhost:3000')
  t.is(await allowed('http://127.0.0.1'), 'http://127.0.0.1')
  t.is(await allowed('https://viewer.example'), 'https://viewer.example')
  for (const origin of [
    'https://evil.example',
    'null',
    'https://localhost.evil.example',
    'http://127.0.0.1.evil.example',
  ])
    t.is(await allowed(origin), undefined)
  const preflight = await ask('/v1/table.csv', {
    method: 'OPTIONS',
    headers: { origin: 'https://viewer.example' },
  })
  t.is(preflight.status, 204)
  t.regex(preflight.headers['access-control-allow-headers']!, /range/)
  const open = await served(t, { cors: '*' })
  t.is((await open.ask('/')).headers['access-control-allow-origin'], '*')
})

test('a name that was made to lead to this machine is not answered', async (t) => {
  const { ask } = await served(t)
  for (const host of ['evil.example', '127.0.0.1.evil.example:80'])
    t.is((await ask('/v1/table.csv', { headers: { host } })).status, 421)
  for (const host of ['localhost', '127.0.0.1:8420', '[::1]:80', 'dv.localhost'])
    t.is((await ask('/v1/table.csv', { headers: { host } })).status, 200)
  for (const host of ['0.0.0.0', '::', '192.168.1.2', '1270.0.1']) t.false(isLoopback(host))
})

test('a port that is taken is DV_IO', async (t) => {
  const { server, api } = await served(t)
  const port = Number(new URL(server.url).port)
  const store = await api.publish({})
  await t.throwsAsync(startServer(store, { host: '127.0.0.1', port }), {
    code: 'DV_IO',
    message: /another program listens there/,
  })
  await store.close()
})

test('who reads slowly holds little, and who goes away ends the work', async (t) => {
  const made = await testRepository(t)
  const store = await made.api.publish({})
  const part = Buffer.alloc(1024 * 1024)
  let read = 0
  let ended = false
  const find = async () => ({
    ...{ commit: '0'.repeat(64), time: 0, isPinned: false, path: 'big', tag: 'x' },
    kind: 'file' as const,
    bytes: 1024 * part.length,
    async *read() {
      try {
        for (; read < 1024; read++) yield part
      } finally {
        ended = true
      }
    },
  })
  const { server } = await serving(t, { ...store, find })
  const { hostname, port } = new URL(server.url)
  const socket = net.connect(Number(port), hostname)
  socket.write('GET /main/big HTTP/1.1\r\nhost: localhost\r\n\r\n')
  socket.pause()
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.true(read < 64, `${read} MB were read`)
  socket.destroy()
  while (!ended) await new Promise((resolve) => setTimeout(resolve, 10))
  t.true(read < 64)
})

test('damage in the middle of a body breaks it off', async (t) => {
  const made = await testRepository(t)
  const store = await made.api.publish({})
  const find = async () => ({
    ...{ commit: '0'.repeat(64), time: 0, isPinned: false, path: 'f', tag: 'x' },
    ...{ kind: 'file' as const, bytes: 2000 },
    async *read() {
      yield Buffer.alloc(1000)
      throw new Error('damage')
    },
  })
  const { server } = await serving(t, { ...store, find })
  await t.throwsAsync(ask(server.url, '/main/f'))
})
