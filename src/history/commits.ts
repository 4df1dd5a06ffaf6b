import { isDvError } from '../base/index.js'
import { type CommitId, type Id, idKey } from '../hash/index.js'
import { type Commit, decodeCommit } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'

/** Encoded bytes of the commits one reader keeps decoded. */
const CACHE_BYTES = 8 * 1024 * 1024

/** A commit by id. Recently read ones are kept per reader. Throws DV_MISSING_OBJECT, or DV_CORRUPT. */
export async function readCommit(reader: ObjectReader, id: CommitId): Promise<Commit> {
  const cache = cacheOf(reader)
  const key = idKey(id)
  const known = cache.get(key)
  if (known !== undefined) return known
  // Copied: decoded ids are views, and would keep the whole block they came in alive.
  const bytes = Buffer.from(await reader.readObject('commit', id))
  const commit = decodeCommit(bytes)
  cache.set(key, commit, bytes.length)
  return commit
}

/** A parent as a walk sees it: undefined where history ends before it, because only a remote has it. */
export async function readParent(reader: ObjectReader, id: CommitId): Promise<Commit | undefined> {
  try {
    return await readCommit(reader, id)
  } catch (error) {
    if (isDvError(error, 'DV_ABSENT')) return undefined
    throw error
  }
}

/** The least recently used go first once the sum of costs is over the limit. */
class LeastRecent<V> {
  readonly #limit: number
  readonly #values = new Map<string, { value: V; cost: number }>()
  #cost = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string): V | undefined {
    const found = this.#values.get(key)
    if (found === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, found)
    return found.value
  }

  set(key: string, value: V, cost: number): void {
    if (this.#values.has(key)) return
    this.#values.set(key, { value, cost })
    this.#cost += cost
    for (const [oldest, { cost: freed }] of this.#values) {
      if (this.#cost <= this.#limit) break
      this.#values.delete(oldest)
      this.#cost -= freed
    }
  }
}

const caches = new WeakMap<ObjectReader, LeastRecent<Commit>>()

function cacheOf(reader: ObjectReader): LeastRecent<Commit> {
  let cache = caches.get(reader)
  if (cache === undefined) {
    cache = new LeastRecent(CACHE_BYTES)
    caches.set(reader, cache)
  }
  return cache
}

/** Ids without repeats, in the order given. */
export function distinctIds<T extends Id>(ids: Iterable<T>): T[] {
  const byKey = new Map<string, T>()
  for (const id of ids) if (!byKey.has(idKey(id))) byKey.set(idKey(id), id)
  return [...byKey.values()]
}
