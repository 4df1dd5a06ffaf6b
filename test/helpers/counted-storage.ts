// A storage that notes what is asked of it, for tests of what something costs.
import fs from 'node:fs'
import type { Storage } from '../../src/storage/index.js'

export interface Request {
  operation: keyof Storage
  name: string
  /** Bytes that were sent or received. */
  bytes: number
}

const LOCAL: readonly (string | symbol)[] = ['properties', 'temporaryPath', 'close']

/** Without a local folder, as a bucket has none. */
export function countedStorage(storage: Storage): { storage: Storage; requests: Request[] } {
  const requests: Request[] = []
  const { localRoot: _, ...properties } = storage.properties
  const counted = new Proxy(storage, {
    get(target, operation) {
      if (operation === 'properties') return properties
      const value = Reflect.get(target, operation) as unknown
      if (typeof value !== 'function') return value
      if (LOCAL.includes(operation)) return value.bind(target) as unknown
      return (name: string, ...rest: unknown[]) => {
        const request: Request = {
          operation: operation as keyof Storage,
          name,
          bytes: bytesOf(operation, rest),
        }
        requests.push(request)
        const answer = (value as (...args: unknown[]) => unknown).call(target, name, ...rest)
        if (answer instanceof Promise) return answer.then((result) => received(request, result))
        return answer
      }
    },
  })
  return { storage: counted, requests }
}

function bytesOf(operation: string | symbol, [first, second]: unknown[]): number {
  if (operation === 'putFile') return fs.statSync(first as string).size
  const sent = operation === 'put' ? first : operation === 'compareAndSwap' ? second : undefined
  return sent instanceof Uint8Array ? sent.length : 0
}

function received(request: Request, result: unknown): unknown {
  const bytes = result instanceof Uint8Array ? result : (result as { bytes?: Uint8Array } | undefined)?.bytes
  if (bytes instanceof Uint8Array) request.bytes += bytes.length
  return result
}
