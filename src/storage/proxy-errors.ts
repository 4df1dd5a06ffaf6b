// What a proxy says instead of the server behind it.
import { DvError } from '../base/index.js'
import { transient } from './transient.js'

/** For a status of the proxy's own; `proxy` undefined where nobody knows which one it was. */
export function proxyRefused(status: number, { proxy, host }: { proxy?: string; host: string }): DvError {
  const who = proxy === undefined ? 'The proxy' : `The proxy '${proxy}'`
  const data = { ...(proxy !== undefined && { proxy }), host, status }
  if (status === 407)
    return new DvError('DV_PERMISSION', `${who} on the way to '${host}' wants a user and a password`, {
      hint: 'write them into HTTP_PROXY and HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT',
      data,
    })
  if (status === 429 || status >= 500)
    return transient('DV_UNAVAILABLE', `${who} cannot reach '${host}' now (status ${status})`, {
      notSent: true,
      data,
    })
  return new DvError('DV_PERMISSION', `${who} does not let through to '${host}' (status ${status})`, {
    hint: `ask who runs it; where there is another way to the host: NO_PROXY=${host.replace(/:\d+$/, '')}`,
    data,
  })
}
