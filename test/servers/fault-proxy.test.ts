// That the proxy does to requests what its faults say, and counts them: suites that rest on it prove nothing else.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { type Fault, type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.js'

interface Kept {
  proxy: FaultProxy
  objects: Map<string, string>
  upstream: string
}

/** A server that keeps bodies by path, lists them, and knows If-None-Match. */
async function start(t: ExecutionContext, options: Partial<FaultProxyOptions> = {}): Promise<Kept> {
  const objects = new Map<string, string>()
  const server = http.createServer(async (request, response) => {
    let body = ''
    try {
      for await (const chunk of request) body += String(chunk)
    } catch {
      objects.set('broken', body)
      return
    }
    const { url = '', method, headers } = request
    const list = [...objects.keys()].map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')
    if (url.includes('list-type=2')) return response.end(`<List>${list}</List>`)
    if (method === 'GET') return response.end(objects.get(url) ?? 'none')
    if (headers['if-none-match'] && objects.has(url)) return response.writeHead(412).end()
    objects.set(url, body)
    return response.end('stored')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const proxy = await startFaultProxy({ upstream, ...options })
  t.teardown(async () => {
    await proxy.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { proxy, objects, upstream }
}

/** What a client sees: status and body, or that it failed. Where nothing moves any more it gives up. */
async function ask({ proxy }: Kept, path: string, body?: string): Promise<string> {
  const client = new AbortController()
  const put = body === undefined ? {} : { method: 'PUT', body }
  const answered = fetch(proxy.endpoint + path, { ...put, signal: client.signal }).then(
    async (answer) => `${answer.status} ${await answer.text()}`,
  )
  if (proxy.planned?.startsWith('stall')) void abortAfterFault(proxy, client)
  return answered.catch(() => 'failed')
}

/** A client that gave up before its request came would have met nothing, however busy the machine. */
async function abortAfterFault(proxy: FaultProxy, client: AbortController): Promise<void> {
  while (proxy.planned !== undefined) await sleep(20)
  await sleep(500)
  client.abort()
}

test('a good line passes everything and counts it', async (t) => {
  const kept = await start(t)
  t.is(await ask(kept, '/b/packs/0123456789abcdef0123456789abcdef', '12345'), '200 stored')
  t.is(await ask(kept, '/b/packs/0123456789abcdef0123456789abcdef'), '200 12345')
  t.is(await ask(kept, '/b?list-type=2'), '200 <List><Contents><Key>/b/packs/0123456789abcdef0123456789abcdef</Key></Contents></List>') // prettier-ignore
  const { requests, sent, by } = kept.proxy.traffic()
  t.deepEqual({ requests, sent, by }, { requests: 3, sent: 5, by: { 'PUT /b/packs/*': 1, 'GET /b/packs/*': 1, 'GET /b?list': 1 } }) // prettier-ignore
  t.is(kept.proxy.seen[1]!.received, 5)
  kept.proxy.forget()
  t.is(kept.proxy.traffic().requests, 0)
})

const puts: Record<string, [answer: string, stored: string | undefined]> = {
  busy: ['503', undefined],
  reset: ['failed', undefined],
  'reset-upload': ['failed', undefined],
  'flip-upload': ['200 stored', '12#45'],
  stall: ['failed', undefined],
  'stall-upload': ['failed', undefined],
  'lose-answer': ['failed', '12345'],
  late: ['failed', '12345'],
}

for (const [fault, [answer, stored]] of Object.entries(puts)) {
  test(`an upload meets '${fault}' once`, async (t) => {
    const kept = await start(t)
    kept.proxy.next(fault as Fault, ({ method }) => method === 'PUT')
    t.true((await ask(kept, '/x', '12345')).startsWith(answer))
    await kept.proxy.settled()
    t.is(kept.objects.get('/x'), stored)
    t.is(kept.proxy.seen[0]!.fault, fault as Fault)
    t.is(await ask(kept, '/x', '12345'), '200 stored')
  })
}

const gets: Record<string, string> = {
  busy: '503',
  reset: 'failed',
  'reset-download': 'failed',
  'stall-download': 'failed',
  'flip-download': '200 12#45',
  truncate: '200 12',
  'lose-answer': 'failed',
}

for (const [fault, answer] of Object.entries(gets)) {
  test(`a download meets '${fault}' once`, async (t) => {
    const kept = await start(t)
    kept.objects.set('/x', '12345')
    kept.proxy.next(fault as Fault)
    t.true((await ask(kept, '/x')).startsWith(answer))
    t.is(await ask(kept, '/x'), '200 12345')
  })
}

test('listings are old, or say everything twice', async (t) => {
  const kept = await start(t)
  t.is(await ask(kept, '/b?list-type=2'), '200 <List></List>')
  await ask(kept, '/x', '1')
  kept.proxy.next('stale-list')
  t.is(await ask(kept, '/b?list-type=2'), '200 <List></List>')
  kept.proxy.next('duplicate-list')
  t.is((await ask(kept, '/b?list-type=2')).split('<Key>').length, 3)
})

test('the same seed does the same to the same requests, another seed something else', async (t) => {
  const statuses = async (seed: number) => {
    const kept = await start(t, { seed, faults: { busy: 0.5 } })
    const said: string[] = []
    for (let i = 0; i < 24; i++) said.push((await ask(kept, `/${i}`, 'x')).slice(0, 3))
    return said.join(' ')
  }
  const first = await statuses(1)
  t.regex(first, /503.*200|200.*503/)
  t.is(await statuses(1), first)
  t.not(await statuses(2), first)
})
