// What may be done twice is done again when it failed in a way that may pass. compareAndSwap may not: `versioned.ts`
// finds out what became of it first. Rules: spec/13-transfer.md, "Failures of a remote"
import { forward } from './forward.js'
import { retry, type RetryOptions } from './patience.js'
import type { Storage, StoredName } from './port.js'

export function retrying(storage: Storage, options: RetryOptions = {}): Storage {
  const again = <T>(work: () => Promise<T>) => retry(work, options)
  return {
    ...forward(storage),
    get: (name, range) => again(() => storage.get(name, range)),
    getFile: (name, path) => again(() => storage.getFile(name, path)),
    size: (name) => again(() => storage.size(name)),
    put: (name, bytes) => again(() => storage.put(name, bytes)),
    putFile: (name, path) => again(() => storage.putFile(name, path)),
    delete: (name) => again(() => storage.delete(name)),
    read: (name) => again(() => storage.read(name)),
    listMutable: (prefix, options) => again(() => storage.listMutable(prefix, options)),
    async *list(prefix) {
      yield* await again(() => listed(storage.list(prefix)))
    },
  }
}

/** A listing as a whole: one that broke off begins anew, and a name that is told twice counts once. */
async function listed(names: AsyncIterable<StoredName>): Promise<Iterable<StoredName>> {
  const found = new Map<string, StoredName>()
  for await (const one of names) found.set(one.name, one)
  return found.values()
}
