// Takes requests, finds what they mean, and answers.
import http, { type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Published } from '../api/index.js'
import { DvError, type DvErrorCode, isDvError } from '../base/index.js'
import { type Exchange, sendJson } from './answer.js'
import { sendDirectory, sendRefs } from './directory.js'
import { corsHeaders, isForUs, PREFLIGHT } from './guard.js'
import { sendLeaf } from './leaf.js'
import { readTarget } from './target.js'

export interface ServerOptions {
  host: string
  /** 0: one that is free. */
  port: number
  /** An origin whose pages may read, or '*'. Those of this machine always may. */
  cors?: string
}

export interface ServedSums {
  requests: number
  /** Sent, heads and all. */
  bytes: number
}

export interface Server {
  url: string
  sums(): ServedSums
  /** Ends at once, whatever is being sent. */
  close(): Promise<void>
}

/** Resolves when it listens. Throws DV_IO when it cannot. */
export async function startServer(store: Published, options: ServerOptions): Promise<Server> {
  const sums = { requests: 0, bytes: 0 }
  const server = http.createServer((request, response) => {
    sums.requests++
    const abort = new AbortController()
    response.once('close', () => abort.abort())
    const headers = { 'x-content-type-options': 'nosniff', ...corsHeaders(request.headers, options.cors) }
    const exchange = { request, response, headers, signal: abort.signal }
    void answer(exchange, { store, options }).catch((error: unknown) => fail(exchange, error))
  })
  server.on('connection', (socket) => socket.once('close', () => (sums.bytes += socket.bytesWritten)))
  const { port } = await listen(server, options)
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}/`,
    sums: () => ({ ...sums }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function listen(server: http.Server, { host, port }: ServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, { host, port })))
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}

function cannotListen(error: NodeJS.ErrnoException, data: { host: string; port: number }): DvError {
  const why = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message)
  return new DvError('DV_IO', `Cannot listen on '${data.host}', port ${data.port}: ${why}`, {
    hint: '--port 0 takes one that is free',
    data: { ...data, system: error.code },
    cause: error,
  })
}

interface Served {
  store: Published
  options: ServerOptions
}

async function answer(exchange: Exchange, { store, options }: Served): Promise<void> {
  const { request, response, headers } = exchange
  if (!isForUs(request.headers, options.host)) return sendJson(exchange, 421, { error: MISDIRECTED })
  if (request.method === 'OPTIONS') return void response.writeHead(204, { ...headers, ...PREFLIGHT }).end()
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sendJson({ ...exchange, headers: { ...headers, allow: 'GET, HEAD, OPTIONS' } }, 405, {
      error: READ_ONLY,
    })
  const segments = readTarget(request.url ?? '')
  if (segments.length === 0)
    return await sendRefs(withHeaders(exchange, { 'cache-control': 'no-cache' }), store)
  const item = await store.find(segments)
  const about = withHeaders(exchange, {
    'last-modified': new Date(item.time).toUTCString(),
    'cache-control': item.isPinned ? 'public, max-age=31536000, immutable' : 'no-cache',
    // A page among the data may run, but not as one of ours.
    'content-security-policy': 'sandbox allow-scripts',
    'x-dv-commit': item.commit,
  })
  if (item.kind === 'directory') return await sendDirectory(about, item, segments)
  if (request.url?.split('?', 1)[0]?.endsWith('/'))
    throw new DvError('DV_UNKNOWN_PATH', `'${item.path}' is no directory`, { data: { path: item.path } })
  await sendLeaf(about, item)
}

function withHeaders(exchange: Exchange, headers: OutgoingHttpHeaders): Exchange {
  return { ...exchange, headers: { ...exchange.headers, ...headers } }
}

const READ_ONLY = { code: 'DV_READ_ONLY', message: 'What is served can only be read' }
const MISDIRECTED = { code: 'DV_PERMISSION', message: 'This server answers to the name of this machine only' }

const STATUSES: Partial<Record<DvErrorCode, number>> = {
  DV_UNKNOWN_REVISION: 404,
  DV_UNKNOWN_PATH: 404,
  DV_UNKNOWN_REF: 404,
  DV_PURGED: 410,
  DV_BAD_ADDRESS: 400,
  DV_BAD_REVISION: 400,
  DV_UNSAFE_PATH: 400,
  DV_NETWORK: 502,
  DV_UNAVAILABLE: 503,
  DV_TIMEOUT: 504,
}

function fail(exchange: Exchange, error: unknown): void {
  const { response, signal } = exchange
  if (signal.aborted) return
  if (response.headersSent) return void response.destroy()
  const [code, message] = isDvError(error)
    ? [error.code, error.message]
    : ['DV_BUG', 'dv did not expect this']
  const status = STATUSES[code as DvErrorCode] ?? 500
  // Also what is not there now may be there at once.
  sendJson(withHeaders(exchange, { 'cache-control': 'no-cache' }), status, { error: { code, message } })
}
