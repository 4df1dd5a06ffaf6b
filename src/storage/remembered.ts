// What a reader of one fixed commit asks a far store first, kept beside its ranges in the cache: small whole objects, and
// what was last seen of mutable values. So what was read once is read again without a connection. Why so:
// spec/decisions/0037
import path from 'node:path'
import { readEntry, writeEntry } from './cache-entry.js'
import type { CacheOptions } from './cached.js'
import { forward } from './forward.js'
import type { Storage } from './port.js'
import { removeQuietly } from './publish.js'

const WHOLE_BYTES_MAX = 1024 * 1024
/** No version of any storage: who looks again sees a change. */
const REMEMBERED = 'remembered'

/** The first read of a mutable name is answered by what was seen last, if anything was; the next one asks the store. For
 * readers to whom an older value is as good until something is missing. */
export function remembered(storage: Storage, { root, store }: Pick<CacheOptions, 'root' | 'store'>): Storage {
  const asked = new Set<string>()
  // '=' is in no name.
  const fileOf = (name: string, what: 'whole' | 'value') => path.join(root, store, name, `=${what}`)
  return {
    ...forward(storage),
    async get(name, range) {
      if (range) return storage.get(name, range)
      const known = readEntry(fileOf(name, 'whole'))
      if (known) return known
      const bytes = await storage.get(name)
      if (bytes.length <= WHOLE_BYTES_MAX) writeEntry(root, fileOf(name, 'whole'), bytes)
      return bytes
    },
    async read(name) {
      const known = asked.has(name) ? undefined : readEntry(fileOf(name, 'value'))
      asked.add(name)
      if (known) return { bytes: known, version: REMEMBERED }
      const value = await storage.read(name)
      if (value) writeEntry(root, fileOf(name, 'value'), value.bytes)
      return value
    },
    forget(name) {
      removeQuietly(fileOf(name, 'whole'))
      return storage.forget?.(name) ?? false
    },
  }
}
