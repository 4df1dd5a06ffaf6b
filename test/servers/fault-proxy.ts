// A bad line to a real server: an HTTP proxy that loses, breaks, delays and alters what passes it, and counts it. What
// happens is decided by a seed, in the order in which requests arrive. The Host header stays, so that signatures hold.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Passage } from './fault-passage.js'

/** What can happen to a request. Where a fault does not fit (an upload that has no body) nothing happens. */
export type Fault =
  /** 503 SlowDown; the server does not see the request. */
  | 'busy'
  /** The connection breaks: before the request is read; in the middle of its body (the server sees half); in the middle
   * of the answer's body. */
  | 'reset'
  | 'reset-upload'
  | 'reset-download'
  /** Half the answer's body, and a Content-Length to match: it looks whole. Like a bit of an answer that is another, shares
   * of requests meet this only where the object's last answer was whole. */
  | 'truncate'
  /** One bit of the body is another. */
  | 'flip-upload'
  | 'flip-download'
  /** No byte moves any more: instead of an answer; in the middle of the request's body; of the answer's. */
  | 'stall'
  | 'stall-upload'
  | 'stall-download'
  /** The server does the work, and the connection breaks. */
  | 'lose-answer'
  /** The connection breaks, and the server does the work a little later. */
  | 'late'
  /** The first answer to the same listing again; each object listed twice. */
  | 'stale-list'
  | 'duplicate-list'

export interface ProxiedRequest {
  method: string
  /** As sent, decoded: `/BUCKET/PREFIX/packs/…`. */
  path: string
  query: string
  /** Bytes of the bodies as they passed the client's side. */
  sent: number
  received: number
  /** Of the answer the client was given; 0 when there was none. */
  status: number
  fault?: Fault
}

export interface FaultProxyOptions {
  /** `http://127.0.0.1:PORT` of the real server. */
  upstream: string
  seed?: number
  /** Share of requests each happens to, 0 to 1. */
  faults?: Partial<Record<Fault, number>>
  /** Makes the server one that ignores If-Match and If-None-Match: requests lose them, and are signed again. */
  ignoreConditions?: { accessKeyId: string; secretAccessKey: string }
}

export interface FaultProxy {
  /** `http://127.0.0.1:PORT`: what dv is told in the server's place. */
  readonly endpoint: string
  /** May be changed at any time; {} is a good line. */
  faults: Partial<Record<Fault, number>>
  /** All requests since the start, or since `forget()`. */
  readonly seen: readonly ProxiedRequest[]
  forget(): void
  /** The next request that `matches` meets this fault, whatever the shares say. */
  next(fault: Fault, matches?: (request: ProxiedRequest) => boolean): void
  /** The next of these that is still to come. */
  readonly planned: Fault | undefined
  traffic(): Traffic
  /** Resolves when the server has done what is late. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface Traffic {
  requests: number
  /** Bytes of bodies to the server and from it. */
  sent: number
  received: number
  /** How many of each: `GET /bucket/prefix/packs/*`; random names count as one. */
  by: Record<string, number>
}

/** Starts a proxy on a random port of loopback. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const passage = new Passage(options)
  const server = http.createServer({ noDelay: true }, (request, response) => passage.take(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get faults() {
      return passage.faults
    },
    set faults(faults) {
      passage.faults = faults
    },
    get seen() {
      return passage.seen
    },
    forget: () => void passage.seen.splice(0),
    next: (fault, matches = () => true) => void passage.planned.push({ fault, matches }),
    get planned() {
      return passage.planned[0]?.fault
    },
    traffic: () => trafficOf(passage.seen),
    settled: () => passage.settled(),
    async close() {
      await passage.settled()
      server.closeAllConnections()
      passage.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function trafficOf(seen: readonly ProxiedRequest[]): Traffic {
  const by: Record<string, number> = {}
  for (const { method, path, query } of seen) {
    const listed = query.includes('list-type') ? '?list' : ''
    const kind = `${method} ${path.replace(/[0-9a-f]{32}/g, '*')}${listed}`
    by[kind] = (by[kind] ?? 0) + 1
  }
  const sum = (key: 'sent' | 'received') => seen.reduce((total, one) => total + one[key], 0)
  return { requests: seen.length, sent: sum('sent'), received: sum('received'), by }
}
