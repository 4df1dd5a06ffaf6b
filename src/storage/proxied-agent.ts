// Requests through proxies: to HTTPS servers by a tunnel that the proxy makes (CONNECT), to others by asking the proxy.
import http from 'node:http'
import net from 'node:net'
import { HttpProxyAgent } from 'http-proxy-agent'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { fromNetworkError } from './network-errors.js'
import { type Environment, proxyOf } from './proxies.js'
import { proxyRefused } from './proxy-errors.js'
import { transient } from './transient.js'

export interface ProxiedOptions {
  protocol: 'http:' | 'https:'
  /** For what goes through no proxy. */
  straight: http.Agent
  env: Environment
  /** How long the way to a proxy, and its making of a tunnel, may take, milliseconds. */
  stallMs: number
  options: http.AgentOptions
}

/** What Node calls of an agent, for each request; not in its types. */
interface Takes {
  addRequest(request: http.ClientRequest, options: http.RequestOptions): void
}

/** Chooses for each request: straight, or through which proxy. */
export class ProxiedAgent extends http.Agent implements Takes {
  readonly protocol: string
  readonly defaultPort: number
  readonly #made: ProxiedOptions
  readonly #through = new Map<string, http.Agent>()
  readonly #closed = new AbortController()

  constructor(made: ProxiedOptions) {
    super(made.options)
    this.#made = made
    this.protocol = made.protocol
    this.defaultPort = made.protocol === 'https:' ? 443 : 80
  }

  /** At once: an agent that asks a proxy changes the request before its head is written. */
  addRequest(request: http.ClientRequest, options: http.RequestOptions): void {
    const { protocol, straight, env } = this.#made
    const { host, port } = options
    const name = net.isIPv6(host ?? '') ? `[${host}]` : host
    const proxy = proxyOf(new URL(`${protocol}//${name}:${port}`), env)
    const agent = (proxy ? this.#agentOf(proxy) : straight) as http.Agent & Takes
    agent.addRequest(request, { ...options, ...(proxy && { secureEndpoint: protocol === 'https:' }) })
  }

  override destroy(): void {
    this.#closed.abort()
    for (const agent of [this.#made.straight, ...this.#through.values()]) agent.destroy()
  }

  #agentOf(proxy: URL): http.Agent {
    const known = this.#through.get(proxy.href)
    if (known) return known
    const { protocol, options, stallMs } = this.#made
    const Kind = protocol === 'https:' ? Tunnels : Relay
    const made = new Kind(proxy, options, { stallMs, closed: this.#closed.signal })
    this.#through.set(proxy.href, made)
    return made
  }
}

interface Reach {
  stallMs: number
  closed: AbortSignal
}

class Tunnels extends HttpsProxyAgent<string> {
  readonly #reach: Reach

  constructor(proxy: URL, options: http.AgentOptions, reach: Reach) {
    super(proxy, options)
    this.#reach = reach
    this.on('proxyConnect', ({ statusCode }: { statusCode: number }, request: http.ClientRequest) => {
      if (statusCode !== 200)
        request.destroy(proxyRefused(statusCode, { proxy: proxy.host, host: request.host }))
    })
  }

  override connect(...asked: Parameters<HttpsProxyAgent<string>['connect']>): Promise<net.Socket> {
    return inTime(this, this.#reach, () => super.connect(...asked))
  }
}

class Relay extends HttpProxyAgent<string> {
  readonly #reach: Reach

  constructor(proxy: URL, options: http.AgentOptions, reach: Reach) {
    super(proxy, options)
    this.#reach = reach
  }

  override connect(...asked: Parameters<HttpProxyAgent<string>['connect']>): Promise<net.Socket> {
    return inTime(this, this.#reach, () => super.connect(...asked))
  }
}

/** Without it a proxy that takes the connection and says nothing would never be given up: there is no socket yet on which a
 * request could miss an answer. */
async function inTime<T>(
  agent: { proxy: URL; connectOpts: object },
  { stallMs, closed }: Reach,
  connect: () => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const clock = setTimeout(() => late.abort(), stallMs)
  // connect() makes the socket of these before it first waits.
  agent.connectOpts = { ...agent.connectOpts, signal: AbortSignal.any([late.signal, closed]) }
  const { host, origin } = agent.proxy
  try {
    return await connect()
  } catch (error) {
    if (late.signal.aborted)
      throw transient('DV_TIMEOUT', `Nothing came from the proxy '${host}' for too long`, {
        ...{ notSent: true, data: { host }, cause: error },
      })
    throw fromNetworkError(error, { host, location: origin, hint: LOOK_AT_ENVIRONMENT })
  } finally {
    clearTimeout(clock)
  }
}

const LOOK_AT_ENVIRONMENT =
  'it is the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names: check these, and NO_PROXY'
