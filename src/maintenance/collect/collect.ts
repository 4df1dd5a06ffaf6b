// One run of a collector: ends what another one began, deletes what was marked long enough ago, and marks what is garbage
// now. Protocol: spec/17-collection.md
import { isDvError } from '../../base/index.js'
import { type Doomed, readRoot, readTombstone, tombstoneKey } from '../../index/index.js'
import type { Storage, StoredName } from '../../storage/index.js'
import type { ObjectStore } from '../../store/index.js'
import type { CollectOptions } from './collecting.js'
import { takeOut, takeOver } from './ending.js'
import { markGarbage } from './marking.js'
import { storageTime, timeOf } from './objects.js'
import { orChanging } from './changing.js'
import { sweep } from './sweeping.js'

/** Far longer than anybody takes to name what he put, or to remove it. */
const LEFT_MS = 3_600_000

export interface Collected {
  /** What was deleted. */
  gone: readonly Doomed[]
  /** Bytes that were written anew of packs that went. */
  moved: number
  /** Marked before and too young to be deleted, or taken for that because nothing is written. */
  waiting: readonly WaitingCollection[]
  /** Marked by this run; with nothing to be written, what would be. */
  marked: readonly Doomed[]
}

export interface WaitingCollection {
  id: string
  doomed: readonly Doomed[]
  /** How long ago it was marked, milliseconds by the storage's clock; undefined: it has none. */
  age: number | undefined
}

/** `dryNow`: nothing is written, and ages are those by this clock. Throws DV_REF_MOVED when another collector took what this
 * one was looking at. */
export async function collect(
  store: ObjectStore,
  options: CollectOptions & { dryNow?: number | undefined },
): Promise<Collected> {
  const { gone, marked } = await orChanging(store, () => takeUp(store, options))
  const result = { gone: [...gone], moved: 0, waiting: [] as WaitingCollection[] }
  for (const one of marked) {
    const isDue = options.grace === 0 || (one.age !== undefined && one.age >= options.grace)
    if (isDue && options.dryNow === undefined) addSwept(result, await sweep(store, one.id, options))
    else result.waiting.push(one)
  }
  if (result.waiting.length > 0) return { ...result, marked: [] }
  const { id, doomed } = await orChanging(store, () => markGarbage(store, options))
  if (id === undefined || options.grace > 0) return { ...result, marked: doomed }
  addSwept(result, await sweep(store, id, options))
  return { ...result, marked: [] }
}

/** Ends what another run began. Returns what went with it, and what is marked. */
async function takeUp(
  store: ObjectStore,
  { grace, dryNow }: CollectOptions & { dryNow?: number | undefined },
): Promise<{ gone: Doomed[]; marked: WaitingCollection[] }> {
  const gone: Doomed[] = []
  if (dryNow === undefined) {
    gone.push(...(await endAll(store)))
    await removeLeftovers(store.storage, grace)
  }
  return { gone, marked: await waitingCollections(store, dryNow) }
}

/** Takes back all collections of which nothing was deleted. Returns what they had listed. */
export async function takeBack({ storage }: ObjectStore): Promise<readonly WaitingCollection[]> {
  const waiting = await waitingCollections({ storage }, undefined)
  for (const { id } of waiting) await takeOut(storage, id)
  return waiting
}

/** Records that no root names, and what a clock was tried with: a crash left them. One that was put just now may be named
 * yet. */
async function removeLeftovers(storage: Storage, grace: number): Promise<void> {
  const found: StoredName[] = []
  for (const prefix of [tombstoneKey(''), 'probe/'])
    for await (const object of storage.list(prefix)) found.push(object)
  if (found.length === 0) return
  const now = await storageTime(storage)
  const named = new Set((await readRoot(storage)).root.collections.map(({ id }) => tombstoneKey(id)))
  for (const { name, modified } of found) {
    const isOld = now !== undefined && modified !== undefined && now - modified >= LEFT_MS
    if (!named.has(name) && (isOld || grace === 0)) await storage.delete(name)
  }
}

function addSwept(result: { gone: Doomed[]; moved: number }, swept: Awaited<ReturnType<typeof sweep>>): void {
  if (!swept) return
  result.gone.push(...swept.gone)
  result.moved += swept.moved
}

async function endAll({ storage }: ObjectStore): Promise<Doomed[]> {
  const gone: Doomed[] = []
  for (const { id, state } of (await readRoot(storage)).root.collections)
    if (state === 'deleting') gone.push(...(await takeOver(storage, id)))
  return gone
}

async function waitingCollections(
  { storage }: Pick<ObjectStore, 'storage'>,
  dryNow: number | undefined,
): Promise<WaitingCollection[]> {
  const marked = (await readRoot(storage)).root.collections.filter(({ state }) => state === 'marked')
  const now = marked.length > 0 ? (dryNow ?? (await storageTime(storage))) : undefined
  const waiting: WaitingCollection[] = []
  for (const { id } of marked) {
    try {
      const since = await timeOf(storage, tombstoneKey(id))
      const age = now === undefined || since === undefined ? undefined : now - since
      waiting.push({ id, doomed: await readTombstone(storage, id), age })
    } catch (error) {
      // Another process ended it meanwhile.
      if (!isDvError(error, 'DV_NOT_FOUND')) throw error
    }
  }
  return waiting
}
