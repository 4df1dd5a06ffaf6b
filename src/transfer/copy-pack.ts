// A pack of which nearly all is wanted is copied as a file: read once, every block of it decoded and every item
// hashed, then stored under the same name, so that an interrupted transfer finds it there.
import { isDvError } from '../base/index.js'
import { type Id, sameId } from '../hash/index.js'
import {
  type BlockPlace,
  RowTable,
  segmentInMemory,
  type SegmentReader,
  type SegmentRef,
  verifySegment,
} from '../index/index.js'
import {
  BLOCK_STORED_MAX,
  decodePackHeader,
  decodePackTrailer,
  PACK_BYTES_MAX,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
  type PackKind,
} from '../pack/index.js'
import type { Arrival } from './arrivals.js'
import { arrivingBases } from './bases.js'
import type { CopyJob } from './copy.js'
import { LocalPack } from './local-pack.js'
import { type OpenBlock, openBlock } from './open-block.js'
import type { WantedPack } from './wanted.js'

const WORTH_IT = 0.9

/** A pack that may be worth copying as it is. The caller closes it. */
export async function readWholePack(
  { source, target, limits, signal }: CopyJob,
  { pack, storedBytes }: WantedPack,
): Promise<LocalPack | undefined> {
  if (storedBytes < limits.wholePackBytes) return undefined
  const size = await source.storage.size(packKey(pack))
  if (size === undefined || size > PACK_BYTES_MAX || storedBytes < size * WORTH_IT) return undefined
  return LocalPack.read(source.storage, pack, { size, path: target.storage.temporaryPath(), signal })
}

/** Puts the pack into the target; undefined when it must be taken apart: too much of it is not wanted, or a delta in it
 * stands on what the target will not have. Throws DV_CORRUPT when any block of it is damaged. */
export async function copyWholePack(
  job: CopyJob,
  { pack }: WantedPack,
  local: LocalPack,
): Promise<Arrival | undefined> {
  const footer = await readFooter(job.kind, pack, local)
  if (!footer) return undefined
  const bases = await verifyPack(job, { pack, local, footer })
  if (!bases) return undefined
  const key = packKey(pack)
  // It may lie there since an interrupted transfer, put by one who had verified it.
  if ((await job.target.storage.size(key)) !== local.size) {
    await local.putInto(job.target.storage, key)
    job.sums.bytes += local.size
  }
  return { ref: footer.ref, segment: footer.segment, bases }
}

interface Footer {
  ref: SegmentRef
  segment: Buffer
  /** Where each item is. */
  rows: RowTable
}

/** What the pack says of itself; undefined when that is not of a sort this version copies whole. */
async function readFooter(kind: PackKind, pack: string, local: LocalPack): Promise<Footer | undefined> {
  try {
    if (decodePackHeader(local.bytes(0, PACK_HEADER_BYTES)) !== kind) return undefined
    const trailer = local.bytes(local.size - PACK_TRAILER_BYTES, PACK_TRAILER_BYTES)
    const { offset, length } = decodePackTrailer(trailer, local.size)
    const segment = local.bytes(offset, length)
    verifySegment(segment)
    const rows = await readRows(segmentInMemory(segment), pack)
    const ref = { key: packKey(pack), offset, length, rows: rows?.count ?? 0 }
    return rows && fillsSpace(rows, offset) ? { ref, segment, rows } : undefined
  } catch (error) {
    // Its blocks may be whole all the same.
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

/** The rows of a footer; undefined when it speaks of other packs, or of an item twice. */
async function readRows(segment: SegmentReader, pack: string): Promise<RowTable | undefined> {
  const table = new RowTable()
  const blocks = new Map<number, number>()
  for await (const batch of segment.rows()) {
    for (const { id, pack: named, blockOffset: at, blockLength: size, offset, length, bases } of batch) {
      if (named !== pack || table.find(id) >= 0) return undefined
      const block = blocks.get(at) ?? table.addBlock({ pack, at, size })
      blocks.set(at, block)
      table.add(id, { block, offset, length, bases })
    }
  }
  return table
}

function inOrder({ blocks }: RowTable): BlockPlace[] {
  return [...blocks].sort((a, b) => a.at - b.at)
}

/** Whether the blocks follow one another up to `end`. */
function fillsSpace(rows: RowTable, end: number): boolean {
  let at = PACK_HEADER_BYTES
  for (const block of inOrder(rows)) {
    if (block.at !== at || block.size > BLOCK_STORED_MAX) return false
    at += block.size
  }
  return at === end
}

/** Holds every block against the footer. The bases that its deltas still wait for; undefined: not to be copied whole. */
async function verifyPack(
  job: CopyJob,
  { pack, local, footer }: { pack: string; local: LocalPack; footer: Footer },
): Promise<Id[] | undefined> {
  const bases: Id[] = []
  const raw = { wanted: 0, all: 0 }
  let listed = 0
  for (const { at, size } of inOrder(footer.rows)) {
    job.signal?.throwIfAborted()
    const block = await openBlock(job.source, local.bytes(at, size), { pack, at })
    if (!matchesFooter(block, at, footer)) return undefined
    const arriving = await arrivingBases(job, block.bases)
    if (!arriving) return undefined
    bases.push(...arriving)
    for (const { id, bytes: item } of block.items) {
      raw.all += item.length
      if (job.wanted.has(id)) raw.wanted += item.length
      // A node without what it refers to must not come along.
      else if (job.kind === 'node' && !(await job.target.has(id))) return undefined
    }
    listed += block.items.length
  }
  return listed === footer.rows.count && raw.wanted >= raw.all * WORTH_IT ? bases : undefined
}

function matchesFooter(block: OpenBlock, at: number, { rows }: Footer): boolean {
  return block.items.every(({ id, offset, bytes }) => {
    const found = rows.find(id)
    if (found < 0) return false
    const row = rows.row(found)
    return (
      row.blockOffset === at &&
      row.blockLength === block.bytes.length &&
      row.offset === offset &&
      row.length === bytes.length &&
      row.bases.length === block.bases.length &&
      row.bases.every((base, i) => sameId(base, block.bases[i]!))
    )
  })
}
