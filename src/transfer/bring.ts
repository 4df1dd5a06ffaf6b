// Items that a partial store lacks, brought from one that promised them: all that is wanted at once, block by block, the
// bases that deltas stand on along with them. What arrives is verified like everything else that travels.
import { type OnProgress } from '../base/index.js'
import { eachId, type Id, ID_BYTES } from '../hash/index.js'
import type { Row } from '../index/index.js'
import type { PackKind } from '../pack/index.js'
import { ByteBudget, type Traffic } from '../storage/index.js'
import type { ObjectStore } from '../store/index.js'
import { Arrivals } from './arrivals.js'
import { Copiers } from './copiers.js'
import { copyWanted, type Sums } from './copy.js'
import { IdList } from './id-list.js'
import { BUDGET_BYTES, DEFAULT_LIMITS } from './limits.js'
import { purgeRule } from './purge-rule.js'
import { isLost } from './sound-block.js'
import { Wanted } from './wanted.js'

/** What lies between wanted blocks is read along up to this share of them. */
const SPARE = 0.05

export interface BringOptions {
  /** As of transfer(). */
  rehearsal?: Traffic | undefined
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** Those of `ids` (ascending, none twice) that cannot be read from the store, and bases that its deltas need; `away`:
 * packs that its index names and that are not there. */
export async function absentOf(store: ObjectStore, ids: Buffer, away: ReadonlySet<string>): Promise<Buffer> {
  const isHere = new Uint8Array(ids.length / ID_BYTES)
  const bases = new IdList()
  const deltas = new Map<number, Row>()
  for await (const rows of store.index.lookupMany(ids)) {
    for (const row of rows) {
      if (away.has(row.pack)) continue
      if (row.bases.length === 0) isHere[row.place] = 1
      else deltas.set(row.place, row)
    }
  }
  const absent = new IdList()
  for (const [place, row] of deltas) {
    if (isHere[place]) continue
    isHere[place] = 1
    for (const base of row.bases) bases.add(base)
  }
  isHere.forEach((here, place) => here || absent.add(idAt(ids, place)))
  // A base is a full copy: this goes one step deep.
  if (bases.count > 0)
    for (const id of eachId(await absentOf(store, bases.takeSorted(), away))) absent.add(id)
  return absent.takeSorted()
}

/** Brings what the source has of `ids` (ascending, none twice), none of which the target can read. */
export async function bring(
  { source, target, away }: { source: ObjectStore; target: ObjectStore; away: ReadonlySet<string> },
  { kind, ids }: { kind: PackKind; ids: Buffer },
  { signal, onProgress, rehearsal }: BringOptions = {},
): Promise<Sums> {
  const sums = { objects: 0, bytes: 0 }
  const arrivals = await Arrivals.begin(target)
  const wanted = await locate(source, target, { ids, away })
  if (wanted.count === 0) return sums
  const copiers = new Copiers({ source, target: target.storage })
  let done = 0
  const packs = { done: 0, total: wanted.packCount }
  const tell = () =>
    onProgress?.({
      ...{ phase: 'Receiving', done, total: wanted.storedBytes },
      ...{ unit: 'bytes' as const, packs: { ...packs } },
    })
  const onBytes = (bytes: number) => {
    done += bytes
    tell()
  }
  const onPack = () => {
    packs.done++
    tell()
  }
  try {
    const { onlyWanted } = await purgeRule(source, target)
    const limits = { ...DEFAULT_LIMITS, spare: SPARE, onlyWanted }
    const budget = new ByteBudget(BUDGET_BYTES)
    const job = {
      source,
      target,
      kind,
      wanted,
      sums,
      limits,
      copiers,
      arrivals,
      budget,
      ...{ onBytes, onPack },
      rehearsal,
    }
    await copyWanted({ ...job, ...(signal && { signal }) })
    await arrivals.publishAll()
  } finally {
    await copiers.close()
  }
  return sums
}

/** The same as far as it goes: damage at the source ends only what it concerns, as where a batch fails, its halves are tried. */
export async function bringWhatCan(
  ends: { source: ObjectStore; target: ObjectStore; away: ReadonlySet<string> },
  { kind, ids }: { kind: PackKind; ids: Buffer },
  options: BringOptions,
): Promise<Sums> {
  const wanted = await absentOf(ends.target, ids, ends.away)
  if (wanted.length === 0) return { objects: 0, bytes: 0 }
  try {
    return await bring(ends, { kind, ids: wanted }, options)
  } catch (error) {
    if (!isLost(error)) throw error
  }
  if (wanted.length === ID_BYTES) return { objects: 0, bytes: 0 }
  const middle = Math.ceil(wanted.length / ID_BYTES / 2) * ID_BYTES
  const first = await bringWhatCan(ends, { kind, ids: wanted.subarray(0, middle) }, options)
  const second = await bringWhatCan(ends, { kind, ids: wanted.subarray(middle) }, options)
  return { objects: first.objects + second.objects, bytes: first.bytes + second.bytes }
}

/** Where the source has them: a full copy where there is one, else a delta and what it stands on. */
async function locate(
  source: ObjectStore,
  target: ObjectStore,
  { ids, away }: { ids: Buffer; away: ReadonlySet<string> },
): Promise<Wanted> {
  const wanted = new Wanted()
  const { deltas } = await addFull(source, wanted, ids)
  const bases = new IdList()
  for (const row of deltas.values()) {
    wanted.add(row)
    for (const base of row.bases) bases.add(base)
  }
  if (bases.count > 0) await addFull(source, wanted, await absentOf(target, bases.takeSorted(), away))
  return wanted
}

/** Adds the full copies that the source has; returns rows of items it has as deltas only. */
async function addFull(
  source: ObjectStore,
  wanted: Wanted,
  ids: Buffer,
): Promise<{ deltas: ReadonlyMap<number, Row> }> {
  await source.index.refresh()
  const deltas = new Map<number, Row>()
  const isFull = new Uint8Array(ids.length / ID_BYTES)
  for await (const rows of source.index.lookupMany(ids)) {
    for (const row of rows) {
      if (isFull[row.place]) continue
      if (row.bases.length > 0) deltas.set(row.place, row)
      else {
        isFull[row.place] = 1
        deltas.delete(row.place)
        if (!wanted.has(row.id)) wanted.add(row)
      }
    }
  }
  return { deltas }
}

function idAt(ids: Buffer, place: number): Id {
  return ids.subarray(place * ID_BYTES, (place + 1) * ID_BYTES) as Uint8Array as Id
}
