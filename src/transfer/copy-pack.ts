// A pack of which nearly all is wanted is copied as a file: read once, every block of it decoded and every item
// hashed, then stored under the same name, so that an interrupted transfer finds it there.
import { asBuffer, isDvError } from '../base/index.js'
import { type Id, idKey } from '../hash/index.js'
import { type Row, type SegmentRef, segmentInMemory, verifySegment } from '../index/index.js'
import {
  decodePackHeader,
  decodePackTrailer,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
  type PackKind,
} from '../pack/index.js'
import type { Arrival } from './arrivals.js'
import { arrivingBases } from './bases.js'
import type { CopyJob } from './copy.js'
import { type OpenBlock, openBlock } from './open-block.js'
import type { WantedPack } from './wanted.js'

/** Smaller packs are gathered into larger ones on the way. */
const WHOLE_BYTES_MIN = 8 * 1024 * 1024
/** Larger ones are not held in memory. */
const WHOLE_BYTES_MAX = 96 * 1024 * 1024
const WORTH_IT = 0.9

/** The bytes of a pack that may be worth copying as it is. */
export async function readWholePack({ source }: CopyJob, pack: WantedPack): Promise<Buffer | undefined> {
  if (pack.storedBytes < WHOLE_BYTES_MIN) return undefined
  const size = await source.storage.size(packKey(pack.pack))
  if (size === undefined || size > WHOLE_BYTES_MAX || pack.storedBytes < size * WORTH_IT) return undefined
  return asBuffer(await source.storage.get(packKey(pack.pack)))
}

/** Puts the pack into the target; undefined when it must be taken apart: too much of it is not wanted, or a delta in it
 * stands on what the target will not have. Throws DV_CORRUPT when any block of it is damaged. */
export async function copyWholePack(
  job: CopyJob,
  { pack }: WantedPack,
  bytes: Buffer,
): Promise<Arrival | undefined> {
  const footer = await readFooter(job.kind, pack, bytes)
  if (!footer) return undefined
  const bases = await verifyPack(job, { pack, bytes, footer })
  if (!bases) return undefined
  const key = packKey(pack)
  // It may lie there since an interrupted transfer, put by one who had verified it.
  if ((await job.target.storage.size(key)) !== bytes.length) {
    await job.target.storage.put(key, bytes)
    job.sums.bytes += bytes.length
  }
  return { ref: footer.ref, segment: footer.segment, bases }
}

interface Footer {
  ref: SegmentRef
  segment: Buffer
  /** Where each item is, by its id. Few packs are held at once. */
  rows: ReadonlyMap<string, Row>
}

/** What the pack says of itself; undefined when that is not of a sort this version copies whole. */
async function readFooter(kind: PackKind, pack: string, bytes: Buffer): Promise<Footer | undefined> {
  try {
    if (decodePackHeader(bytes) !== kind) return undefined
    const { offset, length } = decodePackTrailer(bytes.subarray(-PACK_TRAILER_BYTES), bytes.length)
    const segment = bytes.subarray(offset, offset + length)
    verifySegment(segment)
    const rows = new Map<string, Row>()
    let count = 0
    for await (const batch of segmentInMemory(segment).rows()) {
      for (const row of batch) {
        if (row.pack !== pack) return undefined
        rows.set(idKey(row.id), row)
        count++
      }
    }
    return count === rows.size
      ? { ref: { key: packKey(pack), offset, length, rows: count }, segment, rows }
      : undefined
  } catch (error) {
    // Its blocks may be whole all the same.
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

/** Holds every block against the footer. The bases that its deltas still wait for; undefined: not to be copied whole. */
async function verifyPack(
  job: CopyJob,
  { pack, bytes, footer }: { pack: string; bytes: Buffer; footer: Footer },
): Promise<Id[] | undefined> {
  const bases: Id[] = []
  const raw = { wanted: 0, all: 0 }
  let listed = 0
  for (let at = PACK_HEADER_BYTES; at < footer.ref.offset;) {
    job.signal?.throwIfAborted()
    const block = await openBlock(job.source, bytes.subarray(at, footer.ref.offset), { pack, at })
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
    at += block.bytes.length
  }
  return listed === footer.rows.size && raw.wanted >= raw.all * WORTH_IT ? bases : undefined
}

function matchesFooter(block: OpenBlock, at: number, { rows }: Footer): boolean {
  return block.items.every(({ id, offset, bytes }) => {
    const row = rows.get(idKey(id))
    return (
      row !== undefined &&
      row.blockOffset === at &&
      row.blockLength === block.bytes.length &&
      row.offset === offset &&
      row.length === bytes.length &&
      row.bases.length === block.bases.length &&
      row.bases.every((base, i) => Buffer.compare(base, block.bases[i]!) === 0)
    )
  })
}
