// The index and the packs put right from what lies in the store, in one change of the index root: rows of damaged packs go,
// those of what was salvaged come, and where a part of the index itself is lost, the footers of the packs take its place.
// What is damaged is kept aside once nothing names it any more. Rules: spec/19-repair.md.
import { blockEnds, openSegment, PageCache, type Row, type SegmentRef } from '../../index/index.js'
import { packKey } from '../../pack/index.js'
import type { Storage } from '../../storage/index.js'
import { ObjectStore } from '../../store/index.js'
import { packNames, wholeFooter } from '../footer.js'
import type { StoreDamage } from '../fsck.js'
import { IdSet } from '../id-set.js'
import { withoutDeadDeltas } from './dead-deltas.js'
import { replaceRoot } from './new-root.js'
import type { KnownItems } from './salvage-pack.js'
import { namedOf, salvageOnce, salvageRest, type Salvages } from './salvages.js'
import {
  ATTEMPTS,
  changesAllTheTime,
  freshSegments,
  nameOf,
  putRowsOf,
  replaceSegments,
  type SegmentChange,
} from './segments.js'
import { naming } from './strays.js'

export interface RepairedIndex {
  /** Names under which damaged objects are kept. */
  aside: string[]
  /** Packs that were missing. */
  missing: number
  /** Packs that took the place of damaged ones. */
  salvaged: number
  /** Whether segments or the root were made anew. */
  rebuilt: boolean
}

/** Throws DV_REF_MOVED when others change the index all the time. */
export async function repairIndex(
  store: ObjectStore,
  damage: StoreDamage,
  now: number,
): Promise<RepairedIndex> {
  const rebuilt = damage.isRootLost || damage.segments.length > 0
  if (!rebuilt && damage.packs.length === 0) return { aside: [], missing: 0, salvaged: 0, rebuilt }
  const salvages: Salvages = { named: new Map(), left: new Map() }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const plan = await planIndex(store, damage, salvages)
    const isSet = damage.isRootLost
      ? await replaceRoot(store.storage, plan.fresh, now)
      : await replaceSegments(store.storage, plan)
    if (!isSet) continue
    await store.index.refresh()
    const aside: string[] = []
    const gone = [...damage.packs.map(packKey), ...damage.segments.map(({ key }) => key)]
    for (const key of new Set(gone)) if (await moveAside(store.storage, key)) aside.push(`damaged/${key}`)
    const missing = damage.packs.filter((name) => !aside.includes(`damaged/${packKey(name)}`)).length
    return { aside, missing, salvaged: namedOf(salvages).length, rebuilt }
  }
  throw changesAllTheTime(store.storage)
}

async function planIndex(
  store: ObjectStore,
  damage: StoreDamage,
  salvages: Salvages,
): Promise<SegmentChange> {
  const { storage } = store
  const live = damage.isRootLost ? [] : await freshSegments(store)
  const damaged = new Set(damage.packs)
  const lost = new Set(damage.segments.map(nameOf))
  const known = new Map<string, KnownItems>()
  const old = live.filter((ref) => lost.has(nameOf(ref)))
  const fresh: SegmentRef[] = []
  const covered = new Set<string>()
  for (const ref of live.filter((ref) => !lost.has(nameOf(ref)))) {
    const parted = await withoutPacks(storage, ref, { damaged, known, covered })
    if (!parted) continue
    old.push(ref)
    fresh.push(...parted)
  }
  for (const name of damaged) {
    const items = known.get(name) ?? (await knownByFooter(storage, name))
    await salvageOnce(salvages, store, { name, known: items })
  }
  await salvageRest(salvages, storage)
  for (const ref of namedOf(salvages)) covered.add(ref.key.slice(packKey('').length))
  fresh.push(...namedOf(salvages))
  if (damage.isRootLost || lost.size > 0) {
    const found = await footersOfData(storage, { damaged, covered })
    const named = naming(storage, [...live.filter((ref) => !old.includes(ref)), ...fresh, ...found])
    // A collection may have taken what a delta in a footer stands on: whoever finds such a delta would not store its item.
    fresh.push(...(await withoutDeadDeltas(new ObjectStore(named), found)))
  }
  return { old, fresh }
}

/** A segment's rows but those of damaged packs, which `known` takes; undefined: it has none of these. */
async function withoutPacks(
  storage: Storage,
  ref: SegmentRef,
  { damaged, known, covered }: Parting,
): Promise<SegmentRef[] | undefined> {
  const reader = await openSegment(storage, ref, { pages: new PageCache() })
  const packs = [...(await blockEnds(reader)).keys()]
  for (const pack of packs) covered.add(pack)
  if (!packs.some((pack) => damaged.has(pack))) return undefined
  return putRowsOf(storage, reader, (row) => {
    if (damaged.has(row.pack)) learn(known, row)
    return !damaged.has(row.pack)
  })
}

interface Parting {
  damaged: ReadonlySet<string>
  known: Map<string, KnownItems>
  /** Packs that a whole segment speaks of, or that are new. */
  covered: Set<string>
}

function learn(known: Map<string, KnownItems>, { pack, id, blockOffset, bases }: Row): void {
  let items = known.get(pack)
  if (!items) known.set(pack, (items = { ids: new IdSet(), deltas: new Map() }))
  items.ids.add(id)
  if (bases.length > 0) items.deltas.set(blockOffset, Buffer.from(id))
}

async function knownByFooter(storage: Storage, name: string): Promise<KnownItems | undefined> {
  const footer = await wholeFooter(storage, name)
  if (!footer) return undefined
  const known = new Map<string, KnownItems>()
  for await (const rows of (await openSegment(storage, footer.ref, { pages: new PageCache() })).rows())
    for (const row of rows) learn(known, row)
  return known.get(name)
}

/** Of packs of chunks that lie here and of which no whole segment speaks: chunks refer to nothing. */
async function footersOfData(
  storage: Storage,
  { damaged, covered }: Pick<Parting, 'damaged' | 'covered'>,
): Promise<SegmentRef[]> {
  const refs: SegmentRef[] = []
  for (const name of await packNames(storage)) {
    if (damaged.has(name) || covered.has(name)) continue
    const footer = await wholeFooter(storage, name)
    if (footer?.kind === 'data') refs.push(footer.ref)
  }
  return refs
}

/** Whether there was something to move. */
async function moveAside(storage: Storage, key: string): Promise<boolean> {
  if ((await storage.size(key)) === undefined) return false
  const copy = storage.temporaryPath()
  await storage.getFile(key, copy)
  await storage.putFile(`damaged/${key}`, copy)
  await storage.delete(key)
  return true
}
