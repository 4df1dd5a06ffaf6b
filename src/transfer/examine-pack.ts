// A pack as a whole, held against what it says of itself: every block of it is decoded and every item hashed, and a
// footer made of what was found must be the one it has, byte for byte. Knows nothing of what the target has, so it runs
// in any thread.
import { corrupt, isDvError } from '../base/index.js'
import { type Id, ID_BYTES } from '../hash/index.js'
import { encodeTable, RowTable, type SegmentRef, sumOfSegment, verifySegment } from '../index/index.js'
import {
  decodeBlock,
  decodePackHeader,
  decodePackTrailer,
  PACK_BYTES_MAX,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
  type PackKind,
} from '../pack/index.js'
import { uniqueIds } from '../store/index.js'
import { type BlockSource, openBlock, type OpenBlock } from './open-block.js'
import { blockAt, type PackBytes } from './pack-bytes.js'

/** Twice what the most items that a writer puts into a pack take. */
const FOOTER_BYTES_MAX = 32 * 1024 * 1024

/** Plain data, as it crosses threads; ids are one after the other. */
export interface PackOrder {
  pack: string
  kind: PackKind
  /** Items that must be in it. */
  wanted: Uint8Array
}

export interface ExaminedPack {
  size: number
  ref: SegmentRef
  /** The pack's index segment, verified. */
  segment: Uint8Array
  /** Raw bytes of all items, and of those wanted. */
  rawBytes: number
  wantedBytes: number
  /** Items that were not asked for; of node packs only. */
  others: Uint8Array
  /** What the deltas in it stand on. */
  bases: Uint8Array
}

/** `source` has the bases of deltas that are not in the pack itself. Undefined when the pack cannot be taken as it is: its
 * footer is damaged, or not all that is wanted is in it. Throws DV_CORRUPT when a block of it is damaged. */
export async function examinePack(
  source: BlockSource,
  bytes: PackBytes,
  order: PackOrder,
): Promise<ExaminedPack | undefined> {
  const footer = readFooter(bytes, order.kind)
  if (!footer) return undefined
  const { table, bases, rawBytes } = await openAll(source, bytes, { pack: order.pack, end: footer.offset })
  if (Buffer.compare(encodeTable(table), footer.segment) !== 0) return undefined
  const found = settle(table, order)
  if (!found) return undefined
  const { offset, segment } = footer
  const place = { key: packKey(order.pack), offset, length: segment.length }
  const ref = { ...place, rows: table.count, sum: sumOfSegment(segment) }
  return { size: bytes.size, ref, segment, rawBytes, ...found, bases: joined(uniqueIds(bases)) }
}

interface Footer {
  offset: number
  segment: Buffer
}

/** Undefined when it is damaged: the blocks may be whole all the same. */
function readFooter(pack: PackBytes, kind: PackKind): Footer | undefined {
  try {
    if (pack.size > PACK_BYTES_MAX) return undefined
    if (decodePackHeader(pack.bytes(0, PACK_HEADER_BYTES)) !== kind) return undefined
    const trailer = pack.bytes(pack.size - PACK_TRAILER_BYTES, PACK_TRAILER_BYTES)
    const { offset, length } = decodePackTrailer(trailer, pack.size)
    if (length > FOOTER_BYTES_MAX) return undefined
    const segment = Buffer.from(pack.bytes(offset, length))
    verifySegment(segment)
    return { offset, segment }
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

/** What is in the blocks, which must follow one another up to `end`. */
async function openAll(
  source: BlockSource,
  bytes: PackBytes,
  { pack, end }: { pack: string; end: number },
): Promise<{ table: RowTable; bases: Id[]; rawBytes: number }> {
  const table = new RowTable()
  const bases: Id[] = []
  let rawBytes = 0
  const from = ownFirst(source, { table, bytes, end })
  for (let at = PACK_HEADER_BYTES; at < end;) {
    const block = await openBlock(from, () => blockAt(bytes, at, end), { pack, at })
    addBlock(table, block, { pack, at })
    bases.push(...block.bases)
    rawBytes += block.rawLength
    at += block.bytes.length
  }
  return { table, bases, rawBytes }
}

/** A base may lie in the pack itself, before what stands on it: what was found there was verified. */
function ownFirst(
  source: BlockSource,
  { table, bytes, end }: { table: RowTable; bytes: PackBytes; end: number },
): BlockSource {
  return {
    location: source.location,
    async readFullCopy(kind, id) {
      const row = table.find(id)
      const place = row < 0 ? undefined : table.numbers(row)
      if (!place || place.bases > 0) return source.readFullCopy(kind, id)
      const stored = blockAt(bytes, table.blocks[place.block]!.at, end)
      const raw = decodeBlock(stored.bytes, stored.header)
      return Buffer.from(raw.subarray(place.offset, place.offset + place.length))
    },
  }
}

function addBlock(table: RowTable, block: OpenBlock, { pack, at }: { pack: string; at: number }): void {
  const number = table.addBlock({ pack, at, size: block.bytes.length })
  for (const { id, offset, bytes } of block.items)
    table.add(id, { block: number, offset, length: bytes.length, bases: block.bases })
}

/** Holds what is in it against what is wanted; undefined when something is not in it. */
function settle(table: RowTable, { kind, wanted }: PackOrder) {
  const isWanted = new Uint8Array(table.count)
  let wantedBytes = 0
  for (const id of eachId(wanted)) {
    const row = table.find(id)
    if (row < 0) return undefined
    isWanted[row] = 1
    wantedBytes += table.numbers(row).length
  }
  const others: Id[] = []
  if (kind === 'node') isWanted.forEach((wanted, row) => wanted || others.push(table.id(row)))
  return { wantedBytes, others: joined(others) }
}

/** Ids that lie one after the other. */
export function* eachId(ids: Uint8Array): Generator<Id> {
  if (ids.length % ID_BYTES !== 0) throw corrupt('A list of ids ends within one')
  for (let at = 0; at < ids.length; at += ID_BYTES) yield ids.subarray(at, at + ID_BYTES) as Id
}

function joined(ids: readonly Id[]): Uint8Array {
  return new Uint8Array(Buffer.concat(ids))
}
