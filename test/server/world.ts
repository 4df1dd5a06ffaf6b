// A store that is served, and a client that sees the bytes.
import http from 'node:http'
import type { ExecutionContext } from 'ava'
import type { Published } from '../../src/api/index.js'
import { type Server, startServer } from '../../src/server/index.js'

export interface Reply {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
  text: string
}

export interface AskOptions {
  method?: string
  headers?: Record<string, string>
}

export type Ask = (target: string, options?: AskOptions) => Promise<Reply>

/** Serves `store` on loopback until the test ends. */
export async function serving(
  t: ExecutionContext,
  store: Published,
  options: { cors?: string } = {},
): Promise<{ server: Server; ask: Ask }> {
  const server = await startServer(store, { host: '127.0.0.1', port: 0, ...options })
  t.teardown(async () => {
    await server.close()
    await store.close()
  })
  return { server, ask: (target, asked) => ask(server.url, target, asked) }
}

/** The target goes out as it is: no client's URL parser makes it better first. */
export function ask(
  url: string,
  target: string,
  { method = 'GET', headers = {} }: AskOptions = {},
): Promise<Reply> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, path: target, method, headers, agent: false },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(parts)
          resolve({ status: response.statusCode!, headers: response.headers, body, text: body.toString() })
        })
      },
    )
    request.on('error', reject)
    request.end()
  })
}
