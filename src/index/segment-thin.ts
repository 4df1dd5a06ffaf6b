// A segment without some of its rows, and without the packs, blocks and bases that only these name. Streamed, as a merge
// is: what is held in memory is a bit for each block and for each byte of the bases.
import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import { type Id, ID_BYTES } from '../hash/index.js'
import { newPackName, PACK_NAME_BYTES } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { Bits } from './bits.js'
import { filterBytesFor } from './filter.js'
import type { SegmentRef } from './root.js'
import { RowCursor } from './row-cursor.js'
import { blockFields, blockWindows, rowFields, rowWindows } from './row-windows.js'
import {
  RowSink,
  WINDOW_BYTES,
  writeAt,
  writeNumbers,
  writeSegmentFile,
  type WrittenSegment,
} from './segment-file.js'
import { bytesFor, fanOutBitsFor, segmentDamaged, type SegmentShape } from './segment-format.js'
import type { SegmentReader } from './segment-reader.js'

/** What of a segment stays. What comes before a thing and stays is its new number. */
interface Kept {
  rows: Bits
  blocks: Bits
  packs: Bits
  bases: Bits
}

/** Puts a segment of those rows that `rows` has, at least one, into the storage. Nothing names it yet. */
export async function thinSegment(storage: Storage, segment: SegmentReader, rows: Bits): Promise<SegmentRef> {
  const path = storage.temporaryPath()
  try {
    const { length, sum } = await writeThinned(path, segment, rows)
    const ref = { key: `segments/${newPackName()}`, offset: 0, length, rows: rows.count, sum }
    await storage.putFile(ref.key, path)
    return ref
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw fromSystemError(error, 'write', path)
  }
}

async function writeThinned(path: string, segment: SegmentReader, rows: Bits): Promise<WrittenSegment> {
  const kept = await whatStays(segment, rows)
  return writeSegmentFile(path, fieldsOf(segment.shape, kept), async (fd, shape) => {
    await writePacks(fd, shape, { segment, kept })
    await writeBlocks(fd, shape, { segment, kept })
    await writeBases(fd, shape, { segment, kept })
    await writeRows(fd, shape, { segment, kept })
  })
}

interface Thinning {
  segment: SegmentReader
  kept: Kept
}

async function whatStays(segment: SegmentReader, rows: Bits): Promise<Kept> {
  const { blocks, packs, basesBytes, rowBytes, blockBytes } = segment.shape
  const kept: Kept = { rows, blocks: new Bits(blocks), packs: new Bits(packs), bases: new Bits(basesBytes) }
  const fields = rowFields(segment)
  for await (const { first, count, bytes } of rowWindows(segment)) {
    for (let row = rows.next(first); row < first + count; row = rows.next(row + 1)) {
      const at = (row - first) * rowBytes
      const [block, bases] = [fields.block(bytes, at), fields.bases(bytes, at)]
      if (block >= blocks || bases > basesBytes) throw segmentDamaged('it names what it does not have')
      kept.blocks.set(block)
      if (bases > 0) kept.bases.set(bases - 1)
    }
  }
  const packOf = blockFields(segment).pack
  for await (const { first, count, bytes } of blockWindows(segment))
    for (let block = kept.blocks.next(first); block < first + count; block = kept.blocks.next(block + 1))
      kept.packs.set(packOf(bytes, (block - first) * blockBytes))
  await spreadOverRecords(segment, kept.bases)
  return kept
}

/** From the first byte of each record of bases to all of its bytes. */
async function spreadOverRecords(segment: SegmentReader, bases: Bits): Promise<void> {
  const { basesAt, basesBytes } = segment.shape
  let window: Buffer = Buffer.alloc(0)
  let windowAt = 0
  for (let at = bases.next(0); at < basesBytes; at = bases.next(at + 1)) {
    if (at >= windowAt + window.length) {
      window = await segment.section(basesAt + at, Math.min(WINDOW_BYTES, basesBytes - at))
      windowAt = at
    }
    const end = at + 1 + window[at - windowAt]! * ID_BYTES
    if (end > basesBytes) throw segmentDamaged('it names bases it does not have')
    while (at + 1 < end) bases.set(++at)
  }
}

function fieldsOf({ width }: SegmentShape, { rows, blocks, packs, bases }: Kept) {
  return {
    rows: rows.count,
    blocks: blocks.count,
    packs: packs.count,
    basesBytes: bases.count,
    fanOutBits: fanOutBitsFor(rows.count),
    filterBytes: filterBytesFor(rows.count),
    width: {
      ...width,
      block: bytesFor(Math.max(0, blocks.count - 1)),
      bases: bytesFor(bases.count),
      pack: bytesFor(Math.max(0, packs.count - 1)),
    },
  }
}

async function writePacks(fd: number, shape: SegmentShape, { segment, kept }: Thinning): Promise<void> {
  const { packs, packsAt } = segment.shape
  for (let pack = kept.packs.next(0); pack < packs; pack = kept.packs.next(pack + 1)) {
    const name = await segment.section(packsAt + pack * PACK_NAME_BYTES, PACK_NAME_BYTES)
    writeAt(fd, name, shape.packsAt + kept.packs.rank(pack) * PACK_NAME_BYTES)
  }
}

async function writeBlocks(fd: number, shape: SegmentShape, { segment, kept }: Thinning): Promise<void> {
  const { width, blockBytes } = shape
  const widths = [width.pack, width.at, width.size]
  const fields = blockFields(segment)
  const from = segment.shape.blockBytes
  let to = shape.blocksAt
  // One block takes no more room than it did: numbers of packs only become smaller.
  const out = Buffer.alloc(Math.max(segment.stride, blockBytes))
  for await (const { first, count, bytes } of blockWindows(segment)) {
    let filled = 0
    for (let block = kept.blocks.next(first); block < first + count; block = kept.blocks.next(block + 1)) {
      const at = (block - first) * from
      const values = [kept.packs.rank(fields.pack(bytes, at)), fields.at(bytes, at), fields.size(bytes, at)]
      writeNumbers(out, filled, { values, widths })
      filled += blockBytes
    }
    writeAt(fd, out.subarray(0, filled), to)
    to += filled
  }
}

async function writeBases(fd: number, shape: SegmentShape, { segment, kept }: Thinning): Promise<void> {
  const { basesAt, basesBytes } = segment.shape
  let to = shape.basesAt
  for (let from = 0; from < basesBytes; from += WINDOW_BYTES) {
    const window = await segment.section(basesAt + from, Math.min(WINDOW_BYTES, basesBytes - from))
    const out = window.filter((_, i) => kept.bases.has(from + i))
    writeAt(fd, out, to)
    to += out.length
  }
}

async function writeRows(fd: number, shape: SegmentShape, { segment, kept }: Thinning): Promise<void> {
  const sink = new RowSink(fd, shape)
  const cursor = new RowCursor(segment)
  await cursor.advance()
  for (let row = 0; row < segment.shape.rows; row++) {
    if (kept.rows.has(row)) sink.add(cursor.id as Id, renumbered(cursor.numbers(), kept))
    const more = cursor.advance()
    if (more) await more
  }
  sink.end()
}

function renumbered([block, offset, length, bases]: readonly number[], kept: Kept): number[] {
  return [kept.blocks.rank(block!), offset!, length!, bases! === 0 ? 0 : kept.bases.rank(bases! - 1) + 1]
}
