// Which proxy the environment names for a URL: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, as curl and Go read them.
import net from 'node:net'
import { DvError } from '../base/index.js'

export type Environment = Readonly<Record<string, string | undefined>>

const VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy']

/** Whether any proxy is named. */
export function namesProxy(env: Environment): boolean {
  return VARIABLES.some((name) => valueOf(env, name) !== '')
}

/** The proxy for requests to `url`, with user and password where they are named; undefined: straight there. This machine
 * itself is never asked for through one. Throws DV_BAD_CONFIG. */
export function proxyOf(url: URL, env: Environment): URL | undefined {
  const variable = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  const named = valueOf(env, variable) || valueOf(env, 'all_proxy')
  if (named === '' || isLoopback(hostOf(url)) || isExempt(url, valueOf(env, 'no_proxy'))) return undefined
  const address = named.includes('://') ? named : `http://${named}`
  const proxy = URL.canParse(address) ? new URL(address) : undefined
  if (proxy && /^https?:$/.test(proxy.protocol)) return proxy
  // Not the value: it may have a password in it.
  throw new DvError(
    'DV_BAD_CONFIG',
    `The proxy that the environment names for '${url.host}' cannot be used`,
    {
      data: { host: url.host, variable: variable.toUpperCase() },
      hint: `write ${variable.toUpperCase()} as http://HOST:PORT or https://HOST:PORT, or leave the host out: NO_PROXY=${url.hostname}`,
    },
  )
}

/** Lower case comes first, as with curl. */
function valueOf(env: Environment, name: string): string {
  return env[name] || env[name.toUpperCase()] || ''
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'))
}

function isExempt(url: URL, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || isWithin(hostOf(url), entry) || isNamed(url, entry))
}

/** An entry such as 10.0.0.0/8. */
function isWithin(host: string, entry: string): boolean {
  const [, network = '', bits] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(entry) ?? []
  const version = net.isIP(network)
  if (version === 0 || net.isIP(host) !== version || Number(bits) > (version === 4 ? 32 : 128)) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const subnet = new net.BlockList()
  subnet.addSubnet(network, Number(bits), family)
  return subnet.check(host, family)
}

/** A host and all below it, `example.org`, `.example.org` or `*.example.org`, or an address; a port may follow. */
function isNamed(url: URL, entry: string): boolean {
  if (entry === '') return false
  if (net.isIPv6(entry)) return hostOf(url) === entry
  const [, name = '', port] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? []
  const own = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (port !== undefined && port !== own) return false
  return url.hostname === name || url.hostname.endsWith(`.${name}`)
}
