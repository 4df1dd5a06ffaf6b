// Who we are for a web server. Only from the environment, and only for the host it was meant for. Rule:
// spec/13-transfer.md, "Web servers"
import { DvError } from '../../base/index.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Gives the headers for a URL: those of the store's own server, or of another host the environment names. */
export function credentials(env: Environment, home: URL): (url: URL) => { authorization?: string } {
  return (url) => {
    const ofHost = authorization(env, `_${suffixOf(url.hostname)}`)
    const value = ofHost ?? (isSameServer(home, url) ? authorization(env, '') : undefined)
    return value === undefined ? {} : { authorization: value }
  }
}

/** As part of a variable's name: DV_HTTP_TOKEN_data_example_org. A hyphen becomes two, so that no two hosts share one. */
export function suffixOf(hostname: string): string {
  return hostname.replaceAll('-', '__').replace(/[^a-z0-9_]/g, '_')
}

/** A server that goes on to HTTPS under its own name is the same. */
function isSameServer(home: URL, url: URL): boolean {
  if (home.origin === url.origin) return true
  const isUpgrade = home.protocol === 'http:' && url.protocol === 'https:'
  return isUpgrade && home.hostname === url.hostname && home.port === '' && url.port === ''
}

function authorization(env: Environment, suffix: string): string | undefined {
  const token = valueOf(env, `DV_HTTP_TOKEN${suffix}`)
  if (token !== undefined) return `Bearer ${token}`
  const user = valueOf(env, `DV_HTTP_USER${suffix}`)
  const password = valueOf(env, `DV_HTTP_PASSWORD${suffix}`)
  if (user === undefined && password === undefined) return undefined
  return `Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}`
}

function valueOf(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim()
  if (value === undefined || value === '') return undefined
  if (/^[^\x00-\x1f\x7f]*$/.test(value)) return value
  throw new DvError('DV_BAD_CONFIG', `The variable ${name} has control characters in it`, { data: { name } })
}
