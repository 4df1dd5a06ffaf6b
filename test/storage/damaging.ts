// A bad line to a server, which alters what is read of immutable objects, and counts it.
import { forward, type Storage } from '../../src/storage/index.js'

export interface Damaging extends Storage {
  /** How often each object was read, whole or in part. */
  readonly reads: Map<string, number>
  /** All of these. */
  readonly total: number
}

/** `isDamaged` is asked for each read; `nth` counts those of all objects, from 1. One bit of the answer is another, each
 * time another one. */
export function damaging(storage: Storage, isDamaged: (name: string, nth: number) => boolean): Damaging {
  const reads = new Map<string, number>()
  let total = 0
  return {
    ...forward(storage),
    reads,
    get total() {
      return total
    },
    async get(name, range) {
      const nth = ++total
      reads.set(name, (reads.get(name) ?? 0) + 1)
      const bytes = Buffer.from(await storage.get(name, range))
      if (isDamaged(name, nth) && bytes.length > 0) bytes[(nth * 7919) % bytes.length]! ^= 0x10
      return bytes
    },
  }
}
