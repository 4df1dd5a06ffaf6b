// Bodies that are made while they are sent: no faster than the other end reads, and no longer than it does.
import { once } from 'node:events'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** A request being answered. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** Headers that every answer has. */
  headers: OutgoingHttpHeaders
  /** Aborted when the other end is gone. */
  signal: AbortSignal
}

/** Sends parts as the body. What fails half way breaks the connection: a short body must not look whole. */
export async function sendParts(
  { request, response, signal }: Pick<Exchange, 'request' | 'response' | 'signal'>,
  parts: AsyncIterable<Uint8Array | string>,
): Promise<void> {
  if (request.method === 'HEAD') return void response.end()
  for await (const part of parts) {
    if (signal.aborted) return
    if (!response.write(part)) await once(response, 'drain', { signal })
  }
  response.end()
}

export function sendJson({ request, response, headers }: Exchange, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`
  const length = Buffer.byteLength(text)
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': length })
  response.end(request.method === 'HEAD' ? undefined : text)
}

/** Whether the other end has this state already: RFC 9110, section 13. */
export function isUnchanged(
  { headers }: IncomingMessage,
  { etag, time }: { etag: string; time: number },
): boolean {
  const known = headers['if-none-match']
  if (known !== undefined)
    return known.trim() === '*' || known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return Math.floor(time / 1000) * 1000 <= since
}
