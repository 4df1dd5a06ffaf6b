// What Node says when a server cannot be reached or a connection breaks, as dv's errors. spec/errors.md
import { DvError } from '../base/index.js'
import { transient } from './transient.js'

/** Where a request went, for messages. Never holds credentials. */
export interface Destination {
  /** With the port, if it was given. */
  host: string
  /** Of the store. */
  location: string
  /** What to look at where it cannot be reached, if not its address. */
  hint?: string
}

/** The server was not reached: what was asked has certainly not been done. */
const NOT_REACHED: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  EADDRNOTAVAIL: 'there is no network',
  EAI_AGAIN: 'its name could not be looked up',
}
const BROKEN = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'])
const TLS =
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/

/** A DvError that says what is wrong on the way to the server; what is none of the network's passes unchanged. */
export function fromNetworkError(error: unknown, to: Destination): unknown {
  const code = (error as { code?: unknown } | undefined)?.code
  if (error instanceof DvError || typeof code !== 'string') return error
  const data = { host: to.host, location: to.location, system: code }
  const unreached = NOT_REACHED[code]
  if (unreached !== undefined)
    return transient('DV_NETWORK', `'${to.host}' cannot be reached: ${unreached}`, {
      ...{ notSent: true, data, cause: error },
      hint: to.hint ?? 'check the address and the network, then repeat the command',
    })
  if (BROKEN.has(code))
    return transient('DV_NETWORK', `The connection to '${to.host}' broke`, { data, cause: error })
  if (code === 'ENOTFOUND')
    return new DvError('DV_NETWORK', `There is no host '${to.host}', or no network`, {
      ...{ data, cause: error },
      hint: to.hint ?? `check the address '${to.location}'`,
    })
  if (TLS.test(code)) return untrusted(error as Error, to, data)
  // Node's parser: no HTTP, or headers without end.
  if (code.startsWith('HPE_'))
    return new DvError('DV_BAD_ANSWER', `'${to.host}' does not speak HTTP as it should`, {
      ...{ hint: 'check the address and the port', cause: error },
      data: { ...data, reason: code },
    })
  return error
}

function untrusted(error: Error, { host }: Destination, data: Record<string, unknown>): DvError {
  const isProtocol = data['system'] === 'EPROTO' || String(data['system']).startsWith('ERR_SSL')
  const what = isProtocol ? `'${host}' does not speak TLS as it should` : `'${host}' cannot be trusted`
  // OpenSSL's own words stand between places in its sources.
  const said = /:SSL routines:[^:]*:([^:]+):/.exec(error.message)?.[1] ?? error.message
  return new DvError('DV_TLS', `${what}: ${said.replace(/\s+/g, ' ').slice(0, 200)}`, {
    hint: isProtocol
      ? "perhaps the address begins with 'http://', or the port is another"
      : "if it has an authority of its own, name that one's certificate: NODE_EXTRA_CA_CERTS=FILE.pem",
    data,
    cause: error,
  })
}
