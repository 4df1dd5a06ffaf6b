import type { ObjectReader } from '../store/index.js'

/** What the near store has need not come from afar. */
export function nearFirst(near: ObjectReader, far: ObjectReader): ObjectReader {
  return {
    readObject: async (kind, id) => ((await near.has(id)) ? near : far).readObject(kind, id),
    readChunk: async (id) => ((await near.has(id)) ? near : far).readChunk(id),
    purged: () => near.purged(),
    has: async (id) => (await near.has(id)) || far.has(id),
  }
}
