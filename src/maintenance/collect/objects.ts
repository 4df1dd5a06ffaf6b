// What lies in a store, and since when, by the storage's own clock.
import { randomHex } from '../../base/index.js'
import { packKey } from '../../pack/index.js'
import type { Storage } from '../../storage/index.js'
import { packsAway, readPromises } from '../../store/index.js'

export interface StoredObject {
  /** Bytes. */
  size: number
  /** Milliseconds since 1970 by the storage's clock; undefined: it has none. */
  modified: number | undefined
  /** A pack that is at a remote: only its rows are here. */
  isAway?: true
}

/** Packs and segments by their keys, packs that are away among them. A listing may lag: what is not in it may be there. */
export async function listObjects(storage: Storage): Promise<Map<string, StoredObject>> {
  const found = new Map<string, StoredObject>()
  for (const name of await packsAway(storage, await readPromises(storage)))
    found.set(packKey(name), { size: 0, modified: undefined, isAway: true })
  for (const prefix of ['packs/', 'segments/'])
    for await (const { name, size, modified } of storage.list(prefix)) found.set(name, { size, modified })
  return found
}

/** What the storage's clock says: the time it gives an object that is put now. Undefined: it has none. */
export async function storageTime(storage: Storage): Promise<number | undefined> {
  const name = `probe/${randomHex(16)}`
  await storage.put(name, new Uint8Array())
  try {
    return await timeOf(storage, name)
  } finally {
    await storage.delete(name)
  }
}

/** When an object was put; undefined: it is not there, or nobody knows. */
export async function timeOf(storage: Storage, key: string): Promise<number | undefined> {
  for await (const { name, modified } of storage.list(key)) if (name === key) return modified
  return undefined
}
