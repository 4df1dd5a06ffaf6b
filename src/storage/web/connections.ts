// One request over HTTP(S), and its answer. Node's own modules rather than fetch: the body comes as it was sent, in parts
// that can be counted and stopped; connections stay open between requests; and one on which nothing moves is noticed.
import http from 'node:http'
import https from 'node:https'
import { DvError } from '../../base/index.js'
import { type Agents, createAgents } from '../agents.js'
import { fromNetworkError } from '../network-errors.js'
import type { Environment } from '../proxies.js'
import { transient } from '../transient.js'

export interface Request {
  method: 'GET' | 'HEAD'
  url: URL
  headers: http.OutgoingHttpHeaders
}

export type Answer = http.IncomingMessage

export class Connections {
  readonly #location: string
  readonly #stallMs: number
  readonly #agents: Promise<Agents>
  readonly #underWay = new Set<http.ClientRequest>()
  #closed = false

  /** `stallMs`: how long no byte may move, from looking up the host to the end of the body. */
  constructor(location: string, { env, stallMs }: { env: Environment; stallMs: number }) {
    this.#location = location
    this.#stallMs = stallMs
    this.#agents = createAgents({ env, stallMs, timeout: stallMs })
  }

  /** The answer, whose body is still to come. Throws DV_NETWORK, DV_TIMEOUT, DV_TLS; so does reading its body,
   * through `failure`. */
  async send({ method, url, headers }: Request): Promise<Answer> {
    const agent = (await this.#agents)[url.protocol === 'https:' ? 'https:' : 'http:']
    if (this.#closed) throw closed(this.#location)
    const { request: start } = url.protocol === 'https:' ? https : http
    return new Promise((resolve, reject) => {
      const request = start(url, { method, headers, agent, timeout: this.#stallMs })
      let answer: Answer | undefined
      request.once('response', (response) => {
        answer = response
        // Whoever reads it is told too; nobody may be reading yet.
        response.on('error', () => {})
        resolve(response)
      })
      request.once('timeout', () => {
        const stalled = this.#stalled(url)
        answer?.destroy(stalled)
        request.destroy(stalled)
      })
      request.on('error', (error) => reject(this.failure(error, url)))
      request.once('close', () => this.#underWay.delete(request))
      this.#underWay.add(request)
      request.end()
    })
  }

  /** What went wrong on the way, as a DvError. */
  failure(error: unknown, { host }: URL): unknown {
    if (this.#closed) return closed(this.#location, error)
    return fromNetworkError(error, { host, location: this.#location })
  }

  /** Ends what is under way; nothing can be asked afterwards. */
  close(): void {
    this.#closed = true
    for (const request of this.#underWay) request.destroy()
    void this.#agents.then((agents) => Object.values(agents).forEach((agent) => agent.destroy()))
  }

  #stalled({ host }: URL) {
    const message = `Nothing came from '${host}' for ${Math.ceil(this.#stallMs / 1000)} seconds`
    return transient('DV_TIMEOUT', message, { data: { host, location: this.#location } })
  }
}

function closed(location: string, cause?: unknown): DvError {
  return new DvError('DV_INTERRUPTED', `The connections to '${location}' were closed`, { cause })
}

/** Lets go of a body that nobody wants. A short one is let pass, so that the connection can be used again. */
export function discard(answer: Answer): void {
  if (Number(answer.headers['content-length'] ?? Infinity) <= DISCARDED_BYTES_MAX) answer.resume()
  else answer.destroy()
}

const DISCARDED_BYTES_MAX = 64 * 1024
