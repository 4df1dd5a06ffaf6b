// What no root names any more is deleted. Whoever finds a collection in this state ends it: a crash in between leaves
// objects that nobody looks for.
import { isDvError, randomHex } from '../../base/index.js'
import {
  changeRoot,
  type Collection,
  type Doomed,
  encodeTombstone,
  type IndexRoot,
  readRoot,
  readTombstone,
  tombstoneKey,
} from '../../index/index.js'
import { packKey } from '../../pack/index.js'
import type { Storage } from '../../storage/index.js'
import { changePromises, type Promises } from '../../store/index.js'

const DELETED_AT_ONCE = 16

/** Deletes what the record of a collection in state `deleting` lists, then ends the collection. Returns what went. */
export async function endCollection(storage: Storage, id: string): Promise<readonly Doomed[]> {
  const going = await recordOf(storage, id)
  const { root } = await readRoot(storage)
  const named = new Set(root.segments.map(({ key }) => key))
  const keys = going.map(({ key }) => key).filter((key) => !named.has(key))
  for (let from = 0; from < keys.length; from += DELETED_AT_ONCE)
    await Promise.all(keys.slice(from, from + DELETED_AT_ONCE).map((key) => storage.delete(key)))
  await forgetAway(storage, new Set(keys))
  await takeOut(storage, id)
  return going
}

/** The same where another collector began it, dead or alive. It gets another name first: from then on the other one puts
 * nothing back. */
export async function takeOver(storage: Storage, id: string): Promise<readonly Doomed[]> {
  const own = randomHex(16)
  await storage.put(tombstoneKey(own), encodeTombstone(await recordOf(storage, id)))
  await changeRoot(storage, (root) => (isThere(root, id) ? renamed(root, id, own) : undefined))
  // Whether that came first, the root says.
  const { root } = await readRoot(storage)
  if (isThere(root, own)) {
    await storage.delete(tombstoneKey(id))
    return endCollection(storage, own)
  }
  await storage.delete(tombstoneKey(own))
  return []
}

function renamed(root: IndexRoot, from: string, to: string): IndexRoot {
  const rename = (one: Collection) => (one.id === from ? { ...one, id: to } : one)
  return { ...root, collections: root.collections.map(rename) }
}

/** Takes a collection out of the root, in whatever state it is; its record goes too. */
export async function takeOut(storage: Storage, id: string): Promise<void> {
  await changeRoot(storage, (root) => (isThere(root, id) ? without(root, id) : undefined))
  await storage.delete(tombstoneKey(id))
}

export function without(root: IndexRoot, id: string): IndexRoot {
  return { ...root, collections: root.collections.filter((one) => one.id !== id) }
}

function isThere({ collections }: IndexRoot, id: string): boolean {
  return collections.some((one) => one.id === id)
}

/** Empty when another process ended it meanwhile. */
async function recordOf(storage: Storage, id: string): Promise<readonly Doomed[]> {
  try {
    return await readTombstone(storage, id)
  } catch (error) {
    if (isDvError(error, 'DV_NOT_FOUND')) return []
    throw error
  }
}

/** No row is left of packs that were at a remote: nothing of them is promised any more. */
async function forgetAway(storage: Storage, keys: ReadonlySet<string>): Promise<void> {
  const isGone = (name: string) => keys.has(packKey(name))
  await changePromises(storage, (promises): Promises => {
    if (![...promises.values()].some(({ away }) => [...away].some(isGone))) return promises
    return new Map(
      [...promises].map(([remote, promised]) => [
        remote,
        { ...promised, away: new Set([...promised.away].filter((name) => !isGone(name))) },
      ]),
    )
  })
}
