import { forward, type Storage } from '../../src/storage/index.js'
import { etagServer } from '../storage/unreliable.js'

/** Ways to break the contract that a hurried adapter might ship with. */
export const faults: Record<string, (storage: Storage) => Partial<Storage>> = {
  'loses compare-and-swap races': (storage) => ({
    async compareAndSwap(name, _expected, bytes) {
      const now = await storage.read(name)
      await Promise.resolve()
      return (await storage.compareAndSwap(name, now?.version, bytes)) ?? 'won'
    },
  }),
  'checks, waits and then writes': (storage) => ({
    async compareAndSwap(name, expected, bytes) {
      if ((await storage.read(name))?.version !== expected) return undefined
      await new Promise((resolve) => setImmediate(resolve))
      return (await storage.compareAndSwap(name, (await storage.read(name))?.version, bytes)) ?? 'won'
    },
  }),
  'uses a hash of the bytes as version': etagServer,
  'replaces objects': (storage) => ({
    async put(name, bytes) {
      await storage.delete(name)
      await storage.put(name, bytes)
    },
  }),
  'cuts ranges short': (storage) => ({
    async get(name, range) {
      const bytes = await storage.get(name)
      return range === undefined ? bytes : bytes.subarray(range.offset, range.offset + range.length)
    },
  }),
  'lists by folder only': (storage) => ({
    list: (prefix) => storage.list(prefix.slice(0, prefix.lastIndexOf('/') + 1)),
  }),
}

/** `storage` with one fault. */
export function faulty(storage: Storage, fault: string): Storage {
  return { ...forward(storage), ...faults[fault]!(storage) }
}
