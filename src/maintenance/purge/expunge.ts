// Takes contents out of a store for good. Order: spec/18-purge.md, "Removal".
import { DvError, noProgress, type OnProgress, randomHex } from '../../base/index.js'
import {
  changeRoot,
  type Doomed as GoingObject,
  encodeRoot,
  encodeTombstone,
  type IndexRoot,
  readRoot,
  tombstoneKey,
} from '../../index/index.js'
import { packKey } from '../../pack/index.js'
import { encodePurgeRecord, type ObjectStore, Purged, purgeKey, type PurgeRecord } from '../../store/index.js'
import { readAbsent } from '../absent.js'
import { Check } from '../check.js'
import { endCollection, takeOver } from '../collect/ending.js'
import { checkRoots, type OutsideRoots } from '../roots.js'
import { type Affected, findAffected } from './affected-packs.js'
import { Doomed } from './doomed.js'
import { writeNewIndex } from './new-index.js'

const ATTEMPTS = 5

export interface ExpungeOrder {
  /** By their names; those that the store names already count as done. */
  records: ReadonlyMap<string, PurgeRecord>
  /** What working directories of the store need. */
  outside: () => Promise<OutsideRoots>
  /** Says what would be done, and does nothing. */
  dryRun?: boolean
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

export interface Expunged {
  /** Packs that were written anew, or went. */
  packs: number
  /** Chunks and nodes that went, and those that other files need; bytes before compression. */
  gone: { items: number; bytes: number }
  shared: { items: number; bytes: number }
}

const NOTHING: Expunged = { packs: 0, gone: { items: 0, bytes: 0 }, shared: { items: 0, bytes: 0 } }

/** Afterwards the store names the records, and nothing is in it that only their contents need. Throws DV_CORRUPT when it
 * cannot be told what others need, DV_REF_MOVED when others write there all the time: then all is as it was. */
export async function expunge(store: ObjectStore, order: ExpungeOrder): Promise<Expunged> {
  if (!order.dryRun) await endOthers(store)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const done = await tryExpunge(store, order)
    if (done) return done
  }
  const { location } = store.storage.properties
  throw new DvError('DV_REF_MOVED', `Others write to '${location}' all the time; nothing was removed there`, {
    hint: "type 'dv purge --resume' in a moment",
  })
}

/** What a purge or a collection that was killed has left to be deleted. */
async function endOthers({ storage }: ObjectStore): Promise<void> {
  const { root } = await readRoot(storage)
  for (const { id, state } of root.collections) if (state === 'deleting') await takeOver(storage, id)
}

/** Undefined: the root changed meanwhile. */
async function tryExpunge(store: ObjectStore, order: ExpungeOrder): Promise<Expunged | undefined> {
  const known = await readRoot(store.storage)
  await store.index.refresh()
  if (!encodeRoot(await store.index.root()).equals(encodeRoot(known.root))) return undefined
  const fresh = [...order.records].filter(([name]) => !known.root.purged.includes(name))
  if (fresh.length === 0) return NOTHING
  const check = await openCheck(store, order)
  const doomed = await findIn(check, { order, records: fresh.map(([, record]) => record) })
  const affected = doomed.isEmpty ? undefined : await findAffected(store, doomed, () => check.step())
  const sums = affected ? sumsOf(affected) : NOTHING
  if (order.dryRun) return sums
  const made: string[] = []
  try {
    const segments = affected ? await writeNewIndex(store, doomed, { affected, made }) : known.root.segments
    const change = { before: known.root, segments, records: fresh, affected }
    if (await replaceRoot(store, change)) return sums
  } catch (error) {
    for (const key of made) await store.storage.delete(key)
    throw error
  }
  for (const key of made) await store.storage.delete(key)
  return undefined
}

async function openCheck(
  store: ObjectStore,
  { signal, onProgress = noProgress }: ExpungeOrder,
): Promise<Check> {
  const known = { absent: await readAbsent(store.storage), purged: await store.purged() }
  return new Check(store, known, { deep: false, onProgress, ...(signal && { signal }) })
}

async function findIn(
  check: Check,
  { order, records }: { order: ExpungeOrder; records: readonly PurgeRecord[] },
): Promise<Doomed> {
  const union = new Purged(records)
  const purged = { has: (content: Uint8Array) => union.has(content) && !check.purged.has(content) }
  const doomed = new Doomed()
  await doomed.find(check, await checkRoots(check, await order.outside()), purged)
  return doomed
}

function sumsOf({ packs, gone, shared }: Affected): Expunged {
  const of = ({ items, bytes }: { items: number; bytes: number }) => ({ items, bytes })
  return { packs: packs.size, gone: of(gone), shared: of(shared) }
}

interface Replacement {
  before: IndexRoot
  segments: IndexRoot['segments']
  records: readonly (readonly [string, PurgeRecord])[]
  affected: Affected | undefined
}

/** One change of the root: from then on the records hold, and nothing leads to what goes. Then it is deleted. */
async function replaceRoot({ storage, index }: ObjectStore, change: Replacement): Promise<boolean> {
  const { before, segments, records, affected } = change
  for (const [name, record] of records) await storage.put(purgeKey(name), encodePurgeRecord(record))
  const id = randomHex(16)
  const purged = [...new Set([...before.purged, ...records.map(([name]) => name)])].sort()
  const going = affected ? goingIn(change, affected) : []
  const collections = [
    ...before.collections,
    ...(going.length > 0 ? [{ id, state: 'deleting' as const }] : []),
  ]
  // Also where nothing goes: whoever writes meanwhile may bring it, not knowing, and begins anew.
  const generation = before.generation + 1
  const after = { ...before, generation, segments, collections, purged }
  if (going.length > 0) await storage.put(tombstoneKey(id), encodeTombstone(going))
  const swap = (now: IndexRoot) => (encodeRoot(now).equals(encodeRoot(before)) ? after : undefined)
  const landed = (await changeRoot(storage, swap)) ?? (await hasLanded(storage, after))
  if (going.length > 0) {
    if (landed) await endCollection(storage, id)
    else await storage.delete(tombstoneKey(id))
  }
  await index.refresh()
  return landed !== undefined
}

/** A swap may be set, and called lost. */
async function hasLanded(storage: ObjectStore['storage'], after: IndexRoot): Promise<true | undefined> {
  const { root } = await readRoot(storage)
  return after.purged.every((name) => root.purged.includes(name)) ? true : undefined
}

/** Packs that were written anew, and segments that are named no more. */
function goingIn({ before, segments }: Replacement, { packs }: Affected): GoingObject[] {
  const named = new Set(segments.map(({ key }) => key))
  const going = new Map<string, GoingObject>()
  for (const { name, size } of packs.values())
    if (size > 0) going.set(packKey(name), { key: packKey(name), bytes: size, garbage: size })
  for (const { key, length } of before.segments)
    if (key.startsWith('segments/') && !named.has(key))
      going.set(key, { key, bytes: length, garbage: length })
  return [...going.values()]
}
