// What a server's answers mean before a byte of them is looked at.
import { DvError } from '../../base/index.js'
import { proxyRefused } from '../proxy-errors.js'
import { transient } from '../transient.js'
import type { Answer } from './connections.js'

/** What was asked for, and where, for messages. */
export interface Place {
  /** Of the object. */
  name: string
  location: string
  url: URL
}

export interface Asked extends Place {
  /** Statuses that answer it, beside those that say it is not there. */
  accepted: readonly number[]
}

const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504])
const GONE = new Set([404, 410])

/** Whether the object is there. Throws for every answer that does not tell. */
export function isFound(answer: Answer, asked: Asked): boolean {
  const { statusCode: status = 0 } = answer
  if (GONE.has(status)) return false
  if (status === 401 || status === 403) throw refused(status, asked)
  if (status === 407) throw proxyRefused(status, { host: asked.url.host })
  if (TRY_AGAIN.has(status)) throw unavailable(answer, asked)
  if (!asked.accepted.includes(status)) throw badAnswer(asked, `status ${status}`)
  const encoding = answer.headers['content-encoding'] ?? 'identity'
  if (status < 300 && encoding !== 'identity')
    throw badAnswer(asked, `a body compressed by '${encoding}', though asked not to`)
  // A login or an error page with a fine status. A range with its place in the object is none.
  if (status === 200 && isPage(answer)) throw badAnswer(asked, 'a web page', PAGE_HINT)
  return true
}

const PAGE_HINT =
  'check that the address is that of the store itself; if it needs a login, set DV_HTTP_USER and DV_HTTP_PASSWORD, or DV_HTTP_TOKEN'

/** The server says something that no answer to this request can say. */
export function badAnswer({ name, location, url }: Place, what: string, hint?: string): DvError {
  return new DvError('DV_BAD_ANSWER', `'${url.host}' answered with ${what} where '${name}' was asked for`, {
    ...(hint !== undefined && { hint }),
    data: { name, location, host: url.host, answer: what },
  })
}

/** The body ended before it should have: the connection broke in a way that cannot be told from an end. */
export function endedEarly({ name, location, url }: Place): DvError {
  const message = `The answer of '${url.host}' for '${name}' ended early`
  return transient('DV_NETWORK', message, { data: { name, location, host: url.host } })
}

function isPage({ headers }: Answer): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '')
}

function refused(status: number, { name, location, url }: Place): DvError {
  const hint =
    status === 401
      ? 'set DV_HTTP_USER and DV_HTTP_PASSWORD, or DV_HTTP_TOKEN'
      : 'the user or token may not read it; public buckets also answer so for what is not there'
  return new DvError('DV_PERMISSION', `'${url.host}' does not let '${name}' be read (status ${status})`, {
    hint,
    data: { name, location, host: url.host, status },
  })
}

function unavailable({ statusCode: status = 0, headers }: Answer, { name, location, url }: Place): DvError {
  const retryAfter = waitAsked(headers['retry-after'])
  return transient('DV_UNAVAILABLE', `'${url.host}' cannot answer now (status ${status})`, {
    ...(retryAfter !== undefined && { retryAfter }),
    slowDown: status === 429 || status === 503,
    data: { name, location, host: url.host, status },
  })
}

const WAIT_MS_MAX = 60_000

/** Milliseconds: the header has seconds or a date. */
function waitAsked(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(WAIT_MS_MAX, Math.max(0, ms)) : undefined
}
