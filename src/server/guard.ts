// Who may read: programs of this machine, and pages that they were made for. A page from elsewhere must not read a store
// through the browser of whoever visits it.
import type { IncomingHttpHeaders } from 'node:http'

/** Whether only this machine reaches a server there. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
  )
}

/** Whether a request was meant for this server: a name that was made to lead here from elsewhere was not. */
export function isForUs({ host }: IncomingHttpHeaders, boundTo: string): boolean {
  return !isLoopback(boundTo) || (host !== undefined && isLoopback(hostOf(`http://${host}`)))
}

/** The headers that let a page of `origin` read. `allowed`: an origin, or '*'; pages of this machine always may. */
export function corsHeaders(
  { origin }: IncomingHttpHeaders,
  allowed: string | undefined,
): Record<string, string> {
  if (allowed === '*') return { 'access-control-allow-origin': '*', ...EXPOSED }
  if (origin === undefined || !(origin === allowed || isLoopback(hostOf(origin)))) return { vary: 'origin' }
  return { 'access-control-allow-origin': origin, vary: 'origin', ...EXPOSED }
}

/** What a browser asks for before it sends a Range or an If-None-Match. */
export const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'range, if-none-match, if-modified-since, if-range',
  'access-control-allow-private-network': 'true',
  'access-control-max-age': '86400',
}

const EXPOSED = {
  'access-control-expose-headers':
    'accept-ranges, content-length, content-range, etag, last-modified, x-dv-commit',
  'cross-origin-resource-policy': 'cross-origin',
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname.replace(/^\[|\]$/g, '') : ''
}
