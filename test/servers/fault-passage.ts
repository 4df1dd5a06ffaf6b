// One request through the fault proxy: read, altered, forwarded, and its answer altered and sent back.
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, FaultProxyOptions, ProxiedRequest } from './fault-proxy.js'
import { withoutConditions } from './sign-again.js'

type Matches = (request: ProxiedRequest) => boolean

interface Answer {
  status: number
  /** Names and values in turn, as they came. */
  headers: string[]
  body: Buffer
}

const LATE_MS = 60
const UPLOADS: readonly Fault[] = ['reset-upload', 'flip-upload', 'stall-upload']
const DAMAGES: readonly Fault[] = ['truncate', 'flip-download']
const LISTS: readonly Fault[] = ['stale-list', 'duplicate-list']
const BUSY =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'

export class Passage {
  faults: Partial<Record<Fault, number>>
  readonly seen: ProxiedRequest[] = []
  readonly planned: { fault: Fault; matches: Matches }[] = []
  readonly #options: FaultProxyOptions
  readonly #agent = new http.Agent({ keepAlive: true })
  readonly #random: () => number
  readonly #listings = new Map<string, Answer>()
  /** Objects of which the last answer was damaged. */
  readonly #damaged = new Set<string>()
  readonly #late = new Set<Promise<unknown>>()

  constructor(options: FaultProxyOptions) {
    this.#options = options
    this.faults = options.faults ?? {}
    this.#random = randomOf(options.seed ?? 1)
  }

  take(request: http.IncomingMessage, response: http.ServerResponse): void {
    // A client that goes away ends its request, and nothing else.
    const { socket } = request
    this.#pass(request, response).catch(() => socket.destroy())
  }

  async settled(): Promise<void> {
    while (this.#late.size > 0) await Promise.allSettled([...this.#late])
  }

  close(): void {
    this.#agent.destroy()
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { socket } = request
    const url = new URL(request.url ?? '/', 'http://proxy')
    const seen: ProxiedRequest = {
      method: request.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.search,
      sent: 0,
      received: 0,
      status: 0,
    }
    this.seen.push(seen)
    const size = Number(request.headers['content-length'] ?? 0)
    const fault = this.#choose(seen, size)
    if (fault !== undefined) seen.fault = fault
    if (fault === 'reset') return void socket.destroy()
    if (fault === 'reset-upload' || fault === 'stall-upload') return await this.#half(request, seen, size)
    const body = await readAll(request, seen)
    if (fault === 'stall') return
    if (fault === 'busy') return send(response, busy(), seen)
    if (fault === 'flip-upload') flip(body)
    if (fault === 'late') {
      socket.destroy()
      return this.#later(() => this.#forward(request, body))
    }
    const answer = await this.#forward(request, body)
    if (fault === 'lose-answer') return void socket.destroy()
    await this.#answer(response, this.#altered(answer, seen), seen)
  }

  #choose(request: ProxiedRequest, size: number): Fault | undefined {
    const fits = (fault: Fault) =>
      (size > 0 || !UPLOADS.includes(fault)) && (isListing(request) || !LISTS.includes(fault))
    const at = this.planned.findIndex(({ fault, matches }) => fits(fault) && matches(request))
    if (at >= 0) return this.planned.splice(at, 1)[0]!.fault
    let left = this.#random()
    for (const [fault, share] of Object.entries(this.faults) as [Fault, number][]) {
      left -= share
      if (left < 0) return fits(fault) && this.#isFirst(fault, request) ? fault : undefined
    }
    return undefined
  }

  /** An object that arrived damaged is whole when it is asked for again: damage twice running is that of the server. */
  #isFirst(fault: Fault, { path }: ProxiedRequest): boolean {
    if (!DAMAGES.includes(fault)) return true
    if (this.#damaged.delete(path)) return false
    this.#damaged.add(path)
    return true
  }

  /** Half of the request reaches the server. */
  async #half(request: http.IncomingMessage, seen: ProxiedRequest, size: number): Promise<void> {
    const { socket } = request
    const upstream = this.#request(request)
    upstream.on('error', () => {})
    for await (const chunk of request) {
      const bytes = chunk as Buffer
      upstream.write(bytes.subarray(0, Math.max(0, Math.floor(size / 2) - seen.sent)))
      seen.sent += bytes.length
      if (seen.sent >= size / 2) break
    }
    if (seen.fault === 'stall-upload') await new Promise((resolve) => socket.once('close', resolve))
    upstream.destroy()
    socket.destroy()
  }

  #later(work: () => Promise<unknown>): void {
    const done = sleep(LATE_MS)
      .then(work)
      .catch(() => {})
      .finally(() => this.#late.delete(done))
    this.#late.add(done)
  }

  #request(request: http.IncomingMessage): http.ClientRequest {
    const { upstream, ignoreConditions } = this.#options
    const { hostname, port } = new URL(upstream)
    const headers = without(request.rawHeaders, ['expect', 'connection', 'keep-alive'])
    const message = { method: request.method!, path: request.url!, headers }
    const signed = ignoreConditions ? withoutConditions(message, ignoreConditions) : message
    // Node takes names and values in turn, as the types do not say.
    const raw = signed.headers as unknown as http.OutgoingHttpHeaders
    return http.request({ hostname, port, agent: this.#agent, ...signed, headers: raw })
  }

  #forward(request: http.IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const upstream = this.#request(request)
      upstream.once('error', reject)
      upstream.once('response', (answer) => {
        const headers = without(answer.rawHeaders, ['connection', 'keep-alive', 'transfer-encoding'])
        const whole = readAll(answer)
        whole.then((bytes) => resolve({ status: answer.statusCode!, headers, body: bytes }), reject)
      })
      upstream.end(body)
    })
  }

  #altered(answer: Answer, seen: ProxiedRequest): Answer {
    if (isListing(seen)) {
      const key = seen.path + seen.query
      const first = this.#listings.get(key)
      if (first === undefined) this.#listings.set(key, answer)
      else if (seen.fault === 'stale-list') return first
      if (seen.fault === 'duplicate-list') return { ...answer, body: twice(answer.body) }
    }
    const body = Buffer.from(answer.body)
    if (seen.fault === 'flip-download') flip(body)
    if (seen.fault === 'truncate') return { ...answer, body: body.subarray(0, Math.floor(body.length / 2)) }
    return { ...answer, body }
  }

  async #answer(response: http.ServerResponse, answer: Answer, seen: ProxiedRequest): Promise<void> {
    const { body } = answer
    const cut = seen.fault === 'reset-download' || seen.fault === 'stall-download'
    if (!cut || body.length === 0) return send(response, answer, seen)
    response.writeHead(answer.status, headersOf(answer, seen))
    seen.received = Math.floor(body.length / 2)
    await new Promise((resolve) => response.write(body.subarray(0, seen.received), resolve))
    if (seen.fault === 'reset-download') response.socket?.destroy()
  }
}

function send(response: http.ServerResponse, answer: Answer, seen: ProxiedRequest): void {
  seen.status = answer.status
  seen.received = answer.body.length
  response.writeHead(answer.status, headersOf(answer, seen))
  response.end(answer.body)
}

/** Of a HEAD the length is that of the body it does not have. */
function headersOf({ headers, body, status }: Answer, { method }: ProxiedRequest): string[] {
  if (method === 'HEAD' || status === 304 || status === 204) return headers
  return [...without(headers, ['content-length']), 'Content-Length', String(body.length)]
}

function busy(): Answer {
  return { status: 503, headers: ['Content-Type', 'application/xml'], body: Buffer.from(BUSY) }
}

function isListing({ method, query }: ProxiedRequest): boolean {
  return method === 'GET' && query.includes('list-type=2')
}

/** Each object of a listing two times. */
function twice(listing: Buffer): Buffer {
  return Buffer.from(listing.toString().replace(/<Contents>.*?<\/Contents>/gs, '$&$&'))
}

function flip(body: Buffer): void {
  if (body.length > 0) body[Math.floor(body.length / 2)]! ^= 0x10
}

async function readAll(message: http.IncomingMessage, seen?: ProxiedRequest): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) {
    chunks.push(chunk as Buffer)
    if (seen) seen.sent += (chunk as Buffer).length
  }
  if (!message.complete) throw new Error('The message ended early')
  return Buffer.concat(chunks)
}

/** Headers as names and values in turn, less some. */
function without(headers: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    if (!names.includes(headers[i]!.toLowerCase())) kept.push(headers[i]!, headers[i + 1]!)
  }
  return kept
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
