// The index: its root, every segment the root names, every pack that these name, and that they agree.
import { DvError } from '../base/index.js'
import { type Id, idKey, sameId, shortHex, toHex } from '../hash/index.js'
import {
  INDEX_ROOT_KEY,
  type IndexRoot,
  openSegment,
  PageCache,
  type Row,
  type SegmentReader,
  type SegmentRef,
  verifyStoredSegment,
} from '../index/index.js'
import { BLOCK_RAW_MAX, PACK_HEADER_BYTES } from '../pack/index.js'
import type { Check, PackState } from './check.js'
import { checkPackShape, openPack, packNameOf, type Tallies, tallyRow } from './check-pack.js'
import { asFinding } from './problems.js'

/** Segments up to this size are held in memory while their rows are looked at, bytes. */
const WHOLE_BYTES_MAX = 64 * 1024 * 1024

/** `isNeeded`: something must be in the store. */
export async function checkIndex(check: Check, isNeeded: boolean): Promise<void> {
  const root = await readRoot(check, isNeeded)
  const total = root?.segments.reduce((sum, { rows }) => sum + rows, 0) ?? 0
  for (const ref of root?.segments ?? []) await checkSegment(check, ref, total)
  // Without all of the index, the packs that lie there are the ones to look at.
  if (check.indexProblems.length > 0) await openListedPacks(check)
  for (const pack of [...check.packs.values()]) await checkPackShape(check, pack)
}

async function readRoot(check: Check, isNeeded: boolean): Promise<IndexRoot | undefined> {
  const { index, storage } = check.store
  try {
    await index.refresh()
    const root = await index.root()
    if (isNeeded && root.segments.length === 0 && (await storage.read(INDEX_ROOT_KEY)) === undefined)
      throw new DvError('DV_MISSING_OBJECT', 'There is none, although there are commits')
    return root
  } catch (error) {
    const { kind, what } = asFinding(error)
    check.isRootLost = true
    check.indexProblems.push(check.problems.add({ kind, object: 'index root', name: 'index/root', what }))
    return undefined
  }
}

async function openListedPacks(check: Check): Promise<void> {
  for await (const { name } of check.store.storage.list('packs/')) await openPack(check, packNameOf(name))
}

async function checkSegment(check: Check, ref: SegmentRef, total: number): Promise<void> {
  const { storage } = check.store
  const own = await ownPack(check, ref)
  if (own?.problem) {
    check.damagedSegments.push(ref)
    check.indexProblems.push(own.problem)
    return
  }
  try {
    await verifyStoredSegment(storage, ref)
    const reader = await openSegment(storage, ref, { pages: new PageCache(), wholeBytes: WHOLE_BYTES_MAX })
    await checkRows(check, { ref, reader, own, total })
  } catch (error) {
    const { kind, what } = asFinding(error)
    if (own) check.failPack(own, kind, what)
    const problem = own?.problem ?? check.problems.add({ kind, object: 'segment', name: ref.key, what })
    check.damagedSegments.push(ref)
    check.indexProblems.push(problem)
  }
}

/** The pack whose footer this segment is; undefined for a segment that is a file of its own. */
async function ownPack(check: Check, ref: SegmentRef): Promise<PackState | undefined> {
  if (!ref.key.startsWith('packs/')) return undefined
  const pack = await openPack(check, packNameOf(ref.key))
  pack.isIndexedByFooter = true
  const { footer } = pack
  if (footer && (footer.offset !== ref.offset || footer.length !== ref.length))
    check.failPack(pack, 'damaged', 'It ends with another segment than the index root names')
  return pack
}

interface SegmentCheck {
  ref: SegmentRef
  reader: SegmentReader
  own: PackState | undefined
  total: number
}

async function checkRows(check: Check, { ref, reader, own, total }: SegmentCheck): Promise<void> {
  const tallies: Tallies = new Map()
  const wrong = new WrongRows(check, ref)
  let before: Id | undefined
  for await (const rows of reader.rows()) {
    await check.step()
    for (const row of rows) {
      if (before && Buffer.compare(before, row.id) > 0) wrong.add(row, 'is out of order')
      before = row.id
      const pack = await openPack(check, row.pack)
      if (own && pack !== own) wrong.add(row, 'is of another pack')
      if (!own) tallyRow(tallies, row)
      if (!isPossible(row, pack)) wrong.add(row, 'points beyond its pack or block')
      if (row.bases.length > 0) await checkBases(check, row)
    }
    check.checked.objects += rows.length
    check.onProgress({ phase: 'checking the index', done: check.checked.objects, total, unit: 'objects' })
  }
  for (const [name, tally] of tallies) check.packs.get(name)!.tallies.push(tally)
  wrong.report()
}

/** Of a pack that is damaged as a whole, nothing is said of single rows. */
function isPossible(row: Row, pack: PackState): boolean {
  if (row.offset + row.length > BLOCK_RAW_MAX) return false
  if (!pack.footer) return pack.isAway || pack.problem !== undefined
  return row.blockOffset >= PACK_HEADER_BYTES && row.blockOffset + row.blockLength <= pack.footer.offset
}

async function checkBases(check: Check, row: Row): Promise<void> {
  for (const base of row.bases) {
    const copies = sameId(base, row.id) ? [] : await check.rowsOf(base)
    if (copies.some(({ bases }) => bases.length === 0) || check.lost.has(idKey(base))) continue
    // What a damaged segment knew of it cannot be told.
    if (copies.length === 0 && check.indexProblems.length > 0) continue
    const what = `'${shortHex(row.id)}' stands on it, and the store has no full copy of it`
    const problem = check.problems.add({ kind: 'missing', object: 'base', name: toHex(base), what })
    check.lost.set(idKey(base), problem)
  }
}

/** One problem for all rows of a segment that cannot be. */
class WrongRows {
  readonly #check: Check
  readonly #ref: SegmentRef
  #first: string | undefined
  #count = 0

  constructor(check: Check, ref: SegmentRef) {
    this.#check = check
    this.#ref = ref
  }

  add({ id }: Row, reason: string): void {
    this.#first ??= `the row of '${shortHex(id)}' ${reason}`
    this.#count++
  }

  report(): void {
    if (this.#first === undefined) return
    const what = `${this.#count} of its rows cannot be: ${this.#first}`
    this.#check.damagedSegments.push(this.#ref)
    this.#check.problems.add({ kind: 'damaged', object: 'segment', name: this.#ref.key, what })
  }
}
