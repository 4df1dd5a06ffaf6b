// A proxy as a lab's network has one: it makes tunnels (CONNECT) and passes requests on. It alone knows the names of
// servers, so that whoever is reached by such a name was reached through it.
import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { ExecutionContext } from 'ava'

export interface ProxyOptions {
  /** Whom it lets in: 'user:password'. */
  login?: string
  /** What it answers instead of doing it. */
  refusal?: number
  /** It takes connections and says nothing. */
  silent?: true
}

export interface TestProxy {
  /** With the login. */
  url: string
  host: string
  /** What it was asked for: 'CONNECT data.lab:443', 'GET data.lab:80'. */
  seen: string[]
}

/** All names lead to this machine. */
export async function startProxy(t: ExecutionContext, options: ProxyOptions = {}): Promise<TestProxy> {
  const { login, silent } = options
  const seen: string[] = []
  const server = http.createServer((request, response) => {
    const { host, hostname, port, pathname, search } = new URL(request.url!)
    seen.push(`${request.method} ${hostname}:${port || 80}`)
    const status = refusalOf(request, options)
    if (silent) return
    if (status !== undefined) return void response.writeHead(status).end()
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers
    const to = { host: '127.0.0.1', port: port || 80, path: pathname + search, method: request.method }
    const onward = http.request({ ...to, headers: { ...headers, host }, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.on('connect', (request: http.IncomingMessage, client: Duplex, head: Buffer) => {
    seen.push(`CONNECT ${request.url}`)
    client.on('error', () => {})
    const status = refusalOf(request, options)
    if (silent) return
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const onward = net.connect(Number(request.url!.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(client).pipe(onward)
    })
    onward.on('error', () => client.destroy())
    client.on('close', () => onward.destroy())
  })
  const open = new Set<net.Socket>()
  server.on('connection', (socket) => void open.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`
  return { url: `http://${login === undefined ? '' : `${login}@`}${host}`, host, seen }
}

function refusalOf({ headers }: http.IncomingMessage, { login, refusal }: ProxyOptions): number | undefined {
  const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`
  if (wanted && headers['proxy-authorization'] !== wanted) return 407
  return refusal
}
