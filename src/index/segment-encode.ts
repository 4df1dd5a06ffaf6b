// Format: spec/06-index.md. Builds a segment in memory from the rows of a pack.
import { blake3, ID_BYTES } from '../hash/index.js'
import { PACK_NAME_BYTES } from '../pack/index.js'
import { filterBytesFor, setInFilter } from './filter.js'
import { type BlockPlace, RowTable } from './row-table.js'
import {
  bucketOf,
  bytesFor,
  decodeSegmentHeader,
  encodeSegmentHeader,
  fanOutBitsFor,
  type Row,
  SEGMENT_CHECKSUM_BYTES,
  type SegmentShape,
} from './segment-format.js'
import { orderOfIds } from './sort-ids.js'

/** The bytes of a segment. Rows in any order; the same id may have several. */
export function encodeSegment(rows: readonly Row[]): Buffer {
  const table = new RowTable()
  const blocks = new Map<string, number>()
  for (const { id, pack, blockOffset, blockLength, offset, length, bases } of rows) {
    const key = `${pack}:${blockOffset}:${blockLength}`
    let block = blocks.get(key)
    if (block === undefined) {
      block = table.addBlock({ pack, at: blockOffset, size: blockLength })
      blocks.set(key, block)
    }
    table.add(id, { block, offset, length, bases })
  }
  return encodeTable(table)
}

/** The bytes of a segment of a table's rows. */
export function encodeTable(table: RowTable): Buffer {
  const { packs, blocks, ordinals } = orderBlocks(table.blocks)
  const shape = decodeSegmentHeader(encodeSegmentHeader(fieldsOf(table, packs.length)))
  const out = Buffer.alloc(shape.length)
  encodeSegmentHeader(shape).copy(out)
  packs.forEach((name, i) => out.write(name, shape.packsAt + i * PACK_NAME_BYTES, 'hex'))
  writeBlocks(out, shape, { packs, blocks })
  const order = sortRows(table, ordinals)
  writeRows(out, shape, { table, order, ordinals })
  writeFanOut(out, shape)
  table.basesBytes.copy(out, shape.basesAt)
  const end = shape.length - SEGMENT_CHECKSUM_BYTES
  out.set(blake3.hash(out.subarray(0, end)), end)
  return out
}

/** Blocks in order of pack and place, which blocks read one after the other profit from, and each one's new number. */
function orderBlocks(blocks: readonly BlockPlace[]) {
  const packs = [...new Set(blocks.map((block) => block.pack))].sort()
  const order = Array.from(blocks, (_, i) => i)
  const byPlace = (a: BlockPlace, b: BlockPlace) => (a.pack < b.pack ? -1 : a.pack > b.pack ? 1 : a.at - b.at)
  order.sort((a, b) => byPlace(blocks[a]!, blocks[b]!))
  const ordinals = new Uint32Array(blocks.length)
  order.forEach((block, i) => (ordinals[block] = i))
  return { packs, blocks: order.map((block) => blocks[block]!), ordinals }
}

function fieldsOf(table: RowTable, packs: number) {
  const most = { offset: 0, length: 0, at: 0, size: 0 }
  for (let row = 0; row < table.count; row++) {
    const { offset, length } = table.numbers(row)
    if (offset > most.offset) most.offset = offset
    if (length > most.length) most.length = length
  }
  for (const { at, size } of table.blocks) {
    if (at > most.at) most.at = at
    if (size > most.size) most.size = size
  }
  return {
    rows: table.count,
    blocks: table.blocks.length,
    packs,
    fanOutBits: fanOutBitsFor(table.count),
    filterBytes: filterBytesFor(table.count),
    basesBytes: table.basesBytes.length,
    width: {
      block: bytesFor(Math.max(0, table.blocks.length - 1)),
      offset: bytesFor(most.offset),
      length: bytesFor(most.length),
      bases: bytesFor(table.basesBytes.length),
      pack: bytesFor(Math.max(0, packs - 1)),
      at: bytesFor(most.at),
      size: bytesFor(most.size),
    },
  }
}

function writeBlocks(
  out: Buffer,
  { blocksAt, blockBytes, width }: SegmentShape,
  { packs, blocks }: { packs: readonly string[]; blocks: readonly BlockPlace[] },
): void {
  const packNumbers = new Map(packs.map((name, i) => [name, i]))
  blocks.forEach(({ pack, at, size }, i) => {
    let to = put(out, blocksAt + i * blockBytes, { value: packNumbers.get(pack)!, width: width.pack })
    to = put(out, to, { value: at, width: width.at })
    put(out, to, { value: size, width: width.size })
  })
}

function writeRows(
  out: Buffer,
  { rowsAt, rowBytes, width, filterAt, filterBytes }: SegmentShape,
  { table, order, ordinals }: { table: RowTable; order: Uint32Array; ordinals: Uint32Array },
): void {
  const filter = out.subarray(filterAt, filterAt + filterBytes)
  order.forEach((row, i) => {
    const id = table.id(row)
    const { block, offset, length, bases } = table.numbers(row)
    let at = rowsAt + i * rowBytes
    out.set(id, at)
    at = put(out, at + ID_BYTES, { value: ordinals[block]!, width: width.block })
    at = put(out, at, { value: offset, width: width.offset })
    at = put(out, at, { value: length, width: width.length })
    put(out, at, { value: bases, width: width.bases })
    if (filterBytes > 0) setInFilter(filter, id)
  })
}

function put(out: Buffer, at: number, { value, width }: { value: number; width: number }): number {
  if (width > 0) out.writeUIntLE(value, at, width)
  return at + width
}

function writeFanOut(out: Buffer, { fanOutBits, fanOutAt, rows, rowsAt, rowBytes }: SegmentShape): void {
  if (fanOutBits === 0) return
  const counts = new Uint32Array(2 ** fanOutBits)
  for (let row = 0; row < rows; row++) counts[bucketOf(out, fanOutBits, rowsAt + row * rowBytes)]!++
  writeEnds(out, counts, fanOutAt)
}

/** Writes where each bucket ends, from how many rows each holds. */
export function writeEnds(out: Buffer, counts: Uint32Array, at: number): void {
  let end = 0
  counts.forEach((count, bucket) => {
    end += count
    out.writeUInt32LE(end, at + bucket * 4)
  })
}

/** The order of rows by id, then by block. */
function sortRows(table: RowTable, ordinals: Uint32Array): Uint32Array {
  const blockOf = (row: number) => ordinals[table.numbers(row).block]!
  return orderOfIds(table.ids(), (a, b) => blockOf(a) - blockOf(b) || a - b)
}
