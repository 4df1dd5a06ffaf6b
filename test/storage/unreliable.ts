// A model of a server on a bad line: it loses requests, and answers to requests it has carried out, and carries some out
// only after the client gave up. What it does, it does one after another: it is the truth.
import { forward, type Storage, transient } from '../../src/storage/index.js'

export interface BadLine {
  /** 0 to 1, the next number decides what happens to the next request. */
  random: () => number
  /** Share of requests that something happens to. */
  share: number
}

/** ETags are of the bytes alone, as a server makes them. */
export function etagServer(storage: Storage): Storage {
  return {
    ...forward(storage),
    async read(name) {
      const found = await storage.read(name)
      return found && { bytes: found.bytes, version: String(found.bytes) }
    },
    async compareAndSwap(name, expected, bytes) {
      const now = await storage.read(name)
      if ((now && String(now.bytes)) !== expected) return undefined
      const done = await storage.compareAndSwap(name, now?.version, bytes)
      return done && String(bytes)
    },
  }
}

/** `flush` carries out all that is still on its way. */
export function unreliable(storage: Storage, { random, share }: BadLine) {
  const late = new Set<() => Promise<unknown>>()
  async function travel<T>(work: () => Promise<T>): Promise<T> {
    for (const one of [...late]) if (random() < 0.3 && late.delete(one)) await one().catch(() => {})
    const fate = random()
    if (fate >= share) return await work()
    const kind = Math.floor((fate / share) * 5)
    if (kind === 0) throw transient('DV_NETWORK', 'Not reached', { notSent: true })
    if (kind === 1) throw transient('DV_UNAVAILABLE', 'The request was lost', { slowDown: true })
    if (kind === 2) {
      late.add(work)
      throw transient('DV_TIMEOUT', 'The request is late')
    }
    const answer = await work()
    if (kind === 3 && answer instanceof Uint8Array) throw transient('DV_NETWORK', 'The answer broke off')
    throw transient('DV_NETWORK', 'The answer was lost')
  }
  const line: Storage = {
    ...forward(storage),
    get: (name, range) => travel(() => storage.get(name, range)),
    getFile: (name, file) => travelBefore(() => storage.getFile(name, file)),
    size: (name) => travel(() => storage.size(name)),
    put: (name, bytes) => travelCopied(bytes, (copy) => storage.put(name, copy)),
    putFile: (name, file) => travelBefore(() => storage.putFile(name, file)),
    delete: (name) => travelBefore(() => storage.delete(name)),
    read: (name) => travel(() => storage.read(name)),
    compareAndSwap: (name, expected, bytes) =>
      travelCopied(bytes!, (copy) => storage.compareAndSwap(name, expected, copy)),
    listMutable: (prefix) => travel(() => storage.listMutable(prefix)),
    async *list(prefix) {
      for await (const one of storage.list(prefix)) {
        yield one
        if (random() < share) yield one
        if (random() < share / 4) throw transient('DV_NETWORK', 'The listing broke off')
      }
    },
  }
  return {
    line,
    async flush() {
      for (const one of late) await one().catch(() => {})
      late.clear()
    },
  }

  /** Those that are lost are lost on their way there: their files are gone else. */
  async function travelBefore<T>(work: () => Promise<T>): Promise<T> {
    if (random() < share) throw transient('DV_NETWORK', 'The request was lost')
    return await work()
  }

  function travelCopied<T>(bytes: Uint8Array, work: (copy: Uint8Array) => Promise<T>): Promise<T> {
    const copy = Buffer.from(bytes)
    return travel(() => work(copy))
  }
}
