// One pack: that it is there, begins and ends as one, and that its footer and the index say the same of it.
import type { Row, SegmentRef } from '../index/index.js'
import { decodeSegmentHeader, openSegment, PageCache, verifyStoredSegment } from '../index/index.js'
import {
  decodePackHeader,
  decodePackTrailer,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
} from '../pack/index.js'
import type { Check, PackState, Tally } from './check.js'
import { asFinding } from './problems.js'

const SEGMENT_HEADER_BYTES = 64

/** By pack. */
export type Tallies = Map<string, Tally>

export function packNameOf(key: string): string {
  return key.slice(packKey('').length)
}

/** What is known of a pack, looking at its two ends when it is first asked for. */
export async function openPack(check: Check, name: string): Promise<PackState> {
  const known = check.packs.get(name)
  if (known) return known
  const pack: PackState = {
    name,
    size: undefined,
    footer: undefined,
    problem: undefined,
    isIndexedByFooter: false,
    isAway: check.absent.isAway(name),
    tallies: [],
    isDamaged: false,
    isSound: false,
  }
  check.packs.set(name, pack)
  if (pack.isAway) return pack
  try {
    await readEnds(check, pack)
  } catch (error) {
    const { kind, what } = asFinding(error)
    check.failPack(pack, kind, what)
  }
  return pack
}

async function readEnds(check: Check, pack: PackState): Promise<void> {
  const { storage } = check.store
  const key = packKey(pack.name)
  pack.size = await storage.size(key)
  if (pack.size === undefined)
    return check.failPack(pack, 'missing', 'The index names it, and it is not there')
  const trailerAt = Math.max(0, pack.size - PACK_TRAILER_BYTES)
  const trailer = await storage.get(key, { offset: trailerAt, length: pack.size - trailerAt })
  const footer = decodePackTrailer(trailer, pack.size)
  decodePackHeader(await storage.get(key, { offset: 0, length: PACK_HEADER_BYTES }))
  pack.footer = footer
}

/** The footer of a pack whose rows were merged into another segment must be whole all the same, and say the same. */
export async function checkPackShape(check: Check, pack: PackState): Promise<void> {
  await check.step()
  if (pack.problem || pack.isIndexedByFooter || pack.isAway) return
  try {
    const ref = await footerRef(check, pack)
    await verifyStoredSegment(check.store.storage, ref)
    const own: Tally = { count: 0, sum: 0 }
    for await (const rows of footerRows(check, ref)) for (const row of rows) addRow(own, row)
    const isListed = pack.tallies.every((tally) => isSameOrTwice(tally, own))
    if (!isListed && !(await isPartOf(check, pack, ref))) {
      const what = 'Its footer does not list what the index says it holds'
      pack.isDamaged = true
      check.problems.add({ kind: 'damaged', object: 'pack', name: pack.name, what })
    }
  } catch (error) {
    const { kind, what } = asFinding(error)
    // Its blocks may be whole: what the index has of them is not given up.
    check.problems.add({ kind, object: 'pack', name: pack.name, what: `Its footer cannot be used. ${what}` })
    pack.isDamaged = true
    pack.footer = undefined
  }
}

/** Whether all that the index says of a pack is in its footer: a collector takes rows out of the index. */
async function isPartOf(check: Check, pack: PackState, ref: SegmentRef): Promise<boolean> {
  const named: Tally = { count: 0, sum: 0 }
  const listed: Tally = { count: 0, sum: 0 }
  for (const { count, sum } of pack.tallies) {
    named.count += count
    named.sum = (named.sum + sum) >>> 0
  }
  for await (const rows of footerRows(check, ref))
    for (const row of rows)
      for (const copy of await check.rowsOf(row.id)) if (isSamePlace(copy, row)) addRow(listed, row)
  return named.count === listed.count && named.sum === listed.sum
}

function isSamePlace(a: Row, b: Row): boolean {
  return a.pack === b.pack && a.blockOffset === b.blockOffset && a.offset === b.offset
}

/** Where the footer segment of a pack is. Throws DV_CORRUPT. */
export async function footerRef({ store }: Check, pack: PackState): Promise<SegmentRef> {
  const key = packKey(pack.name)
  const { offset, length } = pack.footer!
  const head = await store.storage.get(key, { offset, length: Math.min(length, SEGMENT_HEADER_BYTES) })
  return { key, offset, length, rows: decodeSegmentHeader(head).rows }
}

/** The rows of a footer that was verified, in order of their ids. */
export async function* footerRows({ store }: Check, ref: SegmentRef): AsyncGenerator<readonly Row[]> {
  yield* (await openSegment(store.storage, ref, { pages: new PageCache() })).rows()
}

export function tallyRow(tallies: Tallies, row: Row): void {
  let tally = tallies.get(row.pack)
  if (!tally) tallies.set(row.pack, (tally = { count: 0, sum: 0 }))
  addRow(tally, row)
}

function addRow(tally: Tally, { id, blockOffset, blockLength, offset, length, bases }: Row): void {
  let mixed = (id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8) | id[3]!
  for (const value of [blockOffset, blockLength, offset, length, bases.length])
    mixed = Math.imul(mixed ^ value, 0x9e3779b1) ^ (mixed >>> 15)
  tally.count++
  tally.sum = (tally.sum + (mixed >>> 0)) >>> 0
}

/** A pack that was made live again after its rows were merged is in the index twice. */
function isSameOrTwice(tally: Tally, own: Tally): boolean {
  const times = own.count === 0 ? 0 : tally.count / own.count
  return Number.isInteger(times) && tally.sum === Math.imul(own.sum, times) >>> 0
}
