// A request for one object of a store, wherever the server sends it on to.
import { type Answer, Connections, discard, type Request } from './connections.js'
import { type Asked, badAnswer, isFound, type Place } from './answers.js'
import { credentials } from './credentials.js'

export interface ClientOptions {
  env: Readonly<Record<string, string | undefined>>
  stallMs: number
}

export interface Ask {
  method?: Request['method']
  headers?: Request['headers']
  /** Statuses that are an answer; 200 alone by default. */
  accepted?: readonly number[]
}

export interface Found {
  answer: Answer
  asked: Asked
}

const REDIRECTS_MAX = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const PERMANENT = new Set([301, 308])

export class WebClient {
  /** For messages: without user-info and query. */
  readonly location: string
  readonly #home: URL
  readonly #connections: Connections
  readonly #credentials: (url: URL) => { authorization?: string }
  /** Origins that have moved for good. */
  readonly #moved = new Map<string, string>()

  constructor(address: string, { env, stallMs }: ClientOptions) {
    this.#home = new URL(address)
    this.#home.username = ''
    this.#home.password = ''
    this.#home.hash = ''
    this.location = this.#home.origin + this.#home.pathname.replace(/\/+$/, '')
    this.#connections = new Connections(this.location, { env, stallMs })
    this.#credentials = credentials(env, this.#home)
  }

  /** The server's answer, or undefined when it does not have the object. The caller reads the body, or discards it. */
  async ask(
    name: string,
    { method = 'GET', headers, accepted = [200] }: Ask = {},
  ): Promise<Found | undefined> {
    let url = this.#urlOf(name)
    for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
      const all = { ...headers, ...this.#credentials(url), 'accept-encoding': 'identity', 'user-agent': 'dv' }
      const answer = await this.#connections.send({ method, url, headers: all })
      const asked = { name, location: this.location, url, accepted }
      try {
        const next = REDIRECTS.has(answer.statusCode ?? 0) ? targetOf(answer, asked) : undefined
        if (next === undefined && isFound(answer, asked)) return { answer, asked }
        discard(answer)
        if (next === undefined || isFolder(url, next)) return undefined
        if (PERMANENT.has(answer.statusCode ?? 0)) this.#remember(url, next)
        url = next
      } catch (error) {
        discard(answer)
        throw error
      }
    }
    throw badAnswer({ name, location: this.location, url }, 'redirects without end')
  }

  /** The parts of a body. Throws as `Connections.send` does. */
  async *read({ answer, asked }: Found): AsyncGenerator<Buffer> {
    try {
      for await (const part of answer) yield part as Buffer
    } catch (error) {
      throw this.#connections.failure(error, asked.url)
    }
  }

  close(): void {
    this.#connections.close()
  }

  #urlOf(name: string): URL {
    const url = new URL(this.#home)
    const path = name.split('/').map(encodeURIComponent).join('/')
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
    const moved = this.#moved.get(url.origin)
    return moved === undefined ? url : new URL(url.pathname + url.search, moved)
  }

  /** Saves the second request for each object where only the scheme or the host has changed. */
  #remember(from: URL, to: URL): void {
    if (from.origin !== to.origin && from.pathname === to.pathname && from.search === to.search)
      this.#moved.set(from.origin, to.origin)
  }
}

/** Servers redirect so from the name of a folder, which is no object. */
function isFolder(asked: URL, next: URL): boolean {
  return next.pathname === `${asked.pathname}/`
}

/** Where an answer sends us. Never from HTTPS to plain text. */
function targetOf({ headers: { location } }: Answer, asked: Place): URL {
  const next =
    location !== undefined && URL.canParse(location, asked.url.href) && new URL(location, asked.url)
  if (!next) throw badAnswer(asked, 'a redirect to nowhere')
  const isWeb = next.protocol === 'http:' || next.protocol === 'https:'
  if (!isWeb || (asked.url.protocol === 'https:' && next.protocol === 'http:'))
    throw badAnswer(asked, `a redirect from '${asked.url.protocol}' to '${next.protocol}'`)
  next.username = ''
  next.password = ''
  return next
}
