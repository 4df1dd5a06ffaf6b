// A pack of which nearly all is wanted travels as a file. Here it is brought and looked at: every block of it is decoded
// and every item hashed, and a footer made of what was found must be the one it has, byte for byte. What is looked at is
// what will be published: the copy, not the original. Knows nothing of what the target has, so it runs in any thread.
import fs from 'node:fs'
import { corrupt, fromSystemError, isDvError } from '../base/index.js'
import { type Id, ID_BYTES } from '../hash/index.js'
import { encodeTable, RowTable, type SegmentRef, verifySegment } from '../index/index.js'
import {
  decodePackHeader,
  decodePackTrailer,
  PACK_BYTES_MAX,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
  type PackKind,
} from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { uniqueIds, type ObjectStore } from '../store/index.js'
import { openBlock, type OpenBlock } from './open-block.js'
import { StoredBlocks } from './stored-blocks.js'

/** Twice what the most items that a writer puts into a pack take. */
const FOOTER_BYTES_MAX = 32 * 1024 * 1024

export interface Ends {
  source: ObjectStore
  target: Storage
}

/** Plain data, as it crosses threads; ids are one after the other. */
export interface PackOrder {
  pack: string
  kind: PackKind
  /** Items that must be in it. */
  wanted: Uint8Array
}

export interface BroughtPack {
  /** The copy, beside the target's objects. The caller gives it away or removes it. */
  path: string
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

/** Undefined when the pack cannot be taken as it is: its footer is damaged, or not all that is wanted is in it. Throws
 * DV_CORRUPT when a block of it is damaged. */
export async function bringPack(ends: Ends, order: PackOrder): Promise<BroughtPack | undefined> {
  const path = ends.target.temporaryPath()
  await ends.source.storage.getFile(packKey(order.pack), path)
  let brought: BroughtPack | undefined
  try {
    brought = await examineFile(ends.source, path, order)
    return brought
  } finally {
    if (!brought) fs.rmSync(path, { force: true })
  }
}

async function examineFile(
  source: ObjectStore,
  path: string,
  order: PackOrder,
): Promise<BroughtPack | undefined> {
  const file = new StoredBlocks(path)
  try {
    const footer = readFooter(file, order.kind)
    if (!footer) return undefined
    const { table, bases, rawBytes } = await openAll(source, file, { pack: order.pack, end: footer.offset })
    if (Buffer.compare(encodeTable(table), footer.segment) !== 0) return undefined
    const found = settle(table, order)
    if (!found) return undefined
    const { offset, segment } = footer
    const ref = { key: packKey(order.pack), offset, length: segment.length, rows: table.count }
    return { path, size: file.size, ref, segment, rawBytes, ...found, bases: joined(uniqueIds(bases)) }
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  } finally {
    file.close()
  }
}

interface Footer {
  offset: number
  segment: Buffer
}

/** Undefined when it is damaged: the blocks may be whole all the same. */
function readFooter(file: StoredBlocks, kind: PackKind): Footer | undefined {
  try {
    if (file.size > PACK_BYTES_MAX) return undefined
    if (decodePackHeader(file.bytes(0, PACK_HEADER_BYTES)) !== kind) return undefined
    const trailer = file.bytes(file.size - PACK_TRAILER_BYTES, PACK_TRAILER_BYTES)
    const { offset, length } = decodePackTrailer(trailer, file.size)
    if (length > FOOTER_BYTES_MAX) return undefined
    const segment = Buffer.from(file.bytes(offset, length))
    verifySegment(segment)
    return { offset, segment }
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

/** What is in the blocks, which must follow one another up to `end`. */
async function openAll(
  source: ObjectStore,
  file: StoredBlocks,
  { pack, end }: { pack: string; end: number },
): Promise<{ table: RowTable; bases: Id[]; rawBytes: number }> {
  const table = new RowTable()
  const bases: Id[] = []
  let rawBytes = 0
  for (let at = PACK_HEADER_BYTES; at < end;) {
    const block = await openBlock(source, () => file.block(at, end), { pack, at })
    addBlock(table, block, { pack, at })
    bases.push(...block.bases)
    rawBytes += block.rawLength
    at += block.bytes.length
  }
  return { table, bases, rawBytes }
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
