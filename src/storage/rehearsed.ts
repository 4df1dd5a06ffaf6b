// What a command would move: reads go through, writes are kept here and counted, so that the command runs as it will.
import fs from 'node:fs'
import { forward } from './forward.js'
import type { Storage } from './port.js'
import { isInside, notFound } from './ranges.js'

/** What was, or would have been, asked of a server. */
export interface Traffic {
  requests: number
  /** Bytes of objects that the server takes, and that it gives. */
  sent: number
  received: number
}

export function noTraffic(): Traffic {
  return { requests: 0, sent: 0, received: 0 }
}

/** Larger objects that would have been put are not read again. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024
const NOTHING = Buffer.alloc(0)

/** Beneath all other decorators, as the adapter makes one request a call. */
export function rehearsed(storage: Storage, traffic: Traffic): Storage {
  return { ...forward(storage), ...immutable(storage, traffic), ...mutable(storage, traffic) }
}

function immutable(storage: Storage, traffic: Traffic): Partial<Storage> {
  const written = new Map<string, Uint8Array>()
  function write(name: string, size: number, bytes: Uint8Array): void {
    traffic.requests++
    traffic.sent += size
    if (!written.has(name)) written.set(name, bytes)
  }
  return {
    async get(name, range) {
      traffic.requests++
      const own = written.get(name)
      if (own && range && !isInside(range, own.length)) throw notFound(name, storage.properties.location)
      const bytes = own
        ? own.subarray(range?.offset ?? 0, range ? range.offset + range.length : own.length)
        : await storage.get(name, range)
      traffic.received += bytes.length
      return bytes
    },
    async getFile(name, path) {
      traffic.requests++
      await storage.getFile(name, path)
      traffic.received += fs.statSync(path).size
    },
    async size(name) {
      traffic.requests++
      return written.get(name)?.length ?? (await storage.size(name))
    },
    async put(name, bytes) {
      write(name, bytes.length, bytes.length <= KEPT_BYTES_MAX ? Buffer.from(bytes) : NOTHING)
    },
    async putFile(name, path) {
      const { size } = fs.statSync(path)
      write(name, size, size <= KEPT_BYTES_MAX ? fs.readFileSync(path) : NOTHING)
      fs.rmSync(path)
    },
    async *list(prefix) {
      traffic.requests++
      yield* storage.list(prefix)
    },
    async delete(name) {
      traffic.requests++
      written.delete(name)
    },
  }
}

function mutable(storage: Storage, traffic: Traffic): Partial<Storage> {
  const values = new Map<string, { bytes: Uint8Array; version: string } | undefined>()
  return {
    async read(name) {
      traffic.requests++
      const value = values.has(name) ? values.get(name) : await storage.read(name)
      traffic.received += value?.bytes.length ?? 0
      return value
    },
    async compareAndSwap(name, expected, bytes) {
      traffic.requests++
      if (values.has(name) && values.get(name)?.version !== expected) return undefined
      traffic.sent += bytes?.length ?? 0
      const version = `"rehearsed-${traffic.requests}"`
      values.set(name, bytes && { bytes: Buffer.from(bytes), version })
      return version
    },
    async listMutable(prefix, options) {
      traffic.requests++
      const names = new Set(await storage.listMutable(prefix, options))
      for (const [name, value] of values) {
        if (!name.startsWith(prefix)) continue
        if (value) names.add(name)
        else names.delete(name)
      }
      return [...names].sort()
    },
  }
}
