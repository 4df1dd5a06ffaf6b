// The second half of a collection: what was listed and is still not needed goes. Order: spec/17-collection.md, "Sweep".
import { isDvError, randomHex } from '../../base/index.js'
import {
  changeRoot,
  type Doomed,
  encodeRoot,
  encodeTombstone,
  type IndexRoot,
  type KnownRoot,
  readRoot,
  readTombstone,
  segmentKey,
  tombstoneKey,
} from '../../index/index.js'
import { packKey } from '../../pack/index.js'
import type { ObjectStore } from '../../store/index.js'
import { changing, orChanging } from './changing.js'
import {
  type Collecting,
  type CollectOptions,
  markAll,
  markWhatStays,
  readKept,
  startCollecting,
  takeRoot,
} from './collecting.js'
import { endCollection, without } from './ending.js'
import { FATE, type Fate, fateOf } from './garbage.js'
import { moveNeeded } from './moving.js'
import { listObjects } from './objects.js'
import { type PackTally, tallyPacks } from './tally.js'
import { NewSegments } from './new-segments.js'

/** How often others may change the root while its segments are written anew. */
const ATTEMPTS = 8

export interface Swept {
  /** What went: packs, and segments. */
  gone: readonly Doomed[]
  /** Bytes that were written anew of packs that went. */
  moved: number
}

/** Deletes what collection `id` listed and nothing needs. Undefined: it was taken back, or another process has swept it. */
export async function sweep(
  store: ObjectStore,
  id: string,
  options: CollectOptions,
): Promise<Swept | undefined> {
  const { storage } = store
  const listed = await listedIn(store, id)
  if (!listed) return undefined
  const collecting = startCollecting(store, options, (pack) => !listed.has(packKey(pack)))
  const segments = new NewSegments(storage, collecting.index)
  try {
    const swept = await orChanging(store, () => replaceRoot({ collecting, segments, listed, id }))
    if (!swept) return undefined
    const gone = await orChanging(store, () => deleteSwept(collecting, swept), swept.after.generation)
    await storage.delete(tombstoneKey(id))
    return { moved: swept.moved, gone }
  } finally {
    collecting.index.close()
    await segments.dropUnnamed()
  }
}

/** Unless a ref names by now what went from the root: then that is put back, which is DV_REF_MOVED. */
async function deleteSwept(collecting: Collecting, swept: Replaced): Promise<readonly Doomed[]> {
  const { store } = collecting
  if (await isAllNamed(collecting)) return endCollection(store.storage, swept.record)
  await putBack(store, swept)
  throw changing(store)
}

/** What a collection that is marked listed, by key. Undefined: the root does not name it so any more. */
async function listedIn({ storage }: ObjectStore, id: string): Promise<Map<string, Doomed> | undefined> {
  try {
    return new Map((await readTombstone(storage, id)).map((doomed) => [doomed.key, doomed]))
  } catch (error) {
    if (isDvError(error, 'DV_NOT_FOUND')) return undefined
    throw error
  }
}

interface Sweeping {
  collecting: Collecting
  segments: NewSegments
  listed: ReadonlyMap<string, Doomed>
  id: string
}

/** A change of the root after which objects are named no more. */
interface Replaced {
  /** Names the record of what goes. */
  record: string
  before: IndexRoot
  after: IndexRoot
  moved: number
}

async function replaceRoot(sweeping: Sweeping): Promise<Replaced | undefined> {
  const { collecting, segments, id } = sweeping
  const { store, options, index } = collecting
  let moved = 0
  let isFirst = true
  for (let attempt = 0; attempt < ATTEMPTS;) {
    const { known, added } = await takeRoot(collecting, () => readRoot(store.storage))
    if (!isMarked(known.root, id)) return undefined
    // What others added since keeps what it needs.
    if (isFirst) await markAll(collecting, await readKept(collecting))
    else await markWhatStays(collecting, added)
    isFirst = false
    const tallies = await tallyPacks(index)
    const fates = await fatesOf(sweeping, tallies)
    const bytes = await moveNeeded({ store, index, tallies, fates, signal: options.signal })
    moved += bytes
    if (bytes > 0) continue
    attempt++
    const replaced = await tryReplace(sweeping, known, { segments: await segments.all(fates), fates })
    if (replaced) return { ...replaced, moved }
  }
  throw changing(store)
}

async function fatesOf(
  { collecting: { store, options }, listed }: Sweeping,
  tallies: ReadonlyMap<string, PackTally>,
): Promise<Map<string, Fate>> {
  const objects = await listObjects(store.storage)
  const fates = new Map<string, Fate>()
  for (const { key, bytes } of listed.values()) {
    if (!key.startsWith(packKey(''))) continue
    const name = key.slice(packKey('').length)
    const object = objects.get(key) ?? { size: bytes, modified: undefined }
    fates.set(name, fateOf(object, { tally: tallies.get(name), threshold: options.threshold }))
  }
  return fates
}

async function tryReplace(
  { collecting: { store }, listed, id }: Sweeping,
  known: KnownRoot,
  { segments, fates }: { segments: IndexRoot['segments']; fates: ReadonlyMap<string, Fate> },
): Promise<Omit<Replaced, 'moved'> | undefined> {
  const { storage } = store
  const record = randomHex(16)
  const before = known.root
  const collections = [...without(before, id).collections, { id: record, state: 'deleting' as const }]
  const after = { ...before, generation: before.generation + 1, segments, collections }
  await storage.put(tombstoneKey(record), encodeTombstone(goingIn({ before, after }, listed, fates)))
  const change = (now: IndexRoot) => (encodeRoot(now).equals(encodeRoot(before)) ? after : undefined)
  if (await changeRoot(storage, change, known)) return { record, before, after }
  // It may have landed without anybody saying so.
  const { root } = await readRoot(storage)
  if (root.collections.some((one) => one.id === record)) return { record, before, after }
  await storage.delete(tombstoneKey(record))
  return undefined
}

/** Packs of which no row stays, segments that were replaced, and what was listed and is named by nothing. */
function goingIn(
  { before, after }: { before: IndexRoot; after: IndexRoot },
  listed: ReadonlyMap<string, Doomed>,
  fates: ReadonlyMap<string, Fate>,
): Doomed[] {
  const named = new Set(after.segments.map(({ key }) => key))
  const going = new Map<string, Doomed>()
  const add = (key: string, bytes: number) => {
    if (!named.has(key)) going.set(key, { key, bytes, garbage: bytes })
  }
  for (const { key, length } of before.segments) if (key.startsWith('segments/')) add(key, length)
  for (const { key, bytes } of listed.values()) {
    const fate = fates.get(key.slice(packKey('').length))
    if (!key.startsWith(packKey('')) || fate === FATE.goes) add(key, bytes)
  }
  return [...going.values()]
}

/** Whether the root still names all that keeps. Asked where that costs nothing, or where nobody waited for writers to see
 * the collection. */
async function isAllNamed(collecting: Collecting): Promise<boolean> {
  const { store, options, index } = collecting
  if (store.storage.properties.localRoot === undefined && options.grace > 0) return true
  const { commits, tags, manifests } = await readKept(collecting)
  await store.index.refresh()
  for (const { id } of [...commits, ...tags, ...manifests])
    if (!(await store.has(id)) && (await index.has(id))) return false
  return true
}

/** Nothing went yet: what the root named it names again, with what came since. */
async function putBack({ storage }: ObjectStore, { record, before, after }: Replaced): Promise<void> {
  const ours = new Set([...before.segments, ...after.segments].map(segmentKey))
  await changeRoot(storage, (now) => {
    if (!now.collections.some((one) => one.id === record)) return undefined
    const since = now.segments.filter((ref) => !ours.has(segmentKey(ref)))
    return {
      ...without(now, record),
      generation: now.generation + 1,
      segments: [...before.segments, ...since],
    }
  })
  await storage.delete(tombstoneKey(record))
}

function isMarked({ collections }: IndexRoot, id: string): boolean {
  return collections.some((one) => one.id === id && one.state === 'marked')
}
