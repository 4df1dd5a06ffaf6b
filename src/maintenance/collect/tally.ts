// How much of each pack is needed, by what the index says of its blocks. A block of which a part is needed counts in
// proportion to its items.
import { blockFields, blockWindows, rowFields, rowWindows } from '../../index/index.js'
import type { MarkedIndex, MarkedSegment } from './marked-index.js'
import { packNames } from './pack-numbers.js'

export interface PackTally {
  /** Rows that stay as they are, and all others. */
  rows: number
  garbageRows: number
  /** Stored bytes of blocks, as far as their items are needed, and of the rest of what the index names. */
  bytes: number
  garbageBytes: number
}

/** Items that are told apart in a block; more are counted in proportion. */
const COUNTED_MAX = 0xffff

export async function tallyPacks(index: MarkedIndex): Promise<Map<string, PackTally>> {
  const tallies = new Map<string, PackTally>()
  const blocks = Math.max(0, ...index.segments.map(({ reader }) => reader.shape.blocks))
  // By block: how many of its items stay, and how many do not. Of one segment after the other.
  const counts = new Uint16Array(blocks * 2)
  for (const segment of index.segments) await addSegment({ tallies, counts, index }, segment)
  return tallies
}

interface Tallying {
  tallies: Map<string, PackTally>
  counts: Uint16Array
  index: MarkedIndex
}

async function addSegment({ tallies, counts, index }: Tallying, segment: MarkedSegment): Promise<void> {
  const { reader } = segment
  const ofNames = (await packNames(reader)).map((name) => tallyOf(tallies, name))
  counts.fill(0)
  const fields = rowFields(reader)
  for await (const { first, count, bytes } of rowWindows(reader)) {
    for (let i = 0; i < count; i++) {
      const at = i * reader.shape.rowBytes
      const bases = fields.bases(bytes, at)
      const stays =
        segment.marked.has(first + i) &&
        !(bases > 0 && (await isStale(index, segment, { row: first + i, bases })))
      const place = fields.block(bytes, at) * 2 + (stays ? 0 : 1)
      if (counts[place]! < COUNTED_MAX) counts[place]!++
    }
  }
  const blocks = blockFields(reader)
  for await (const { first, count, bytes } of blockWindows(reader)) {
    for (let i = 0; i < count; i++) {
      const at = i * reader.shape.blockBytes
      const size = blocks.size(bytes, at)
      const stay = counts[(first + i) * 2]!
      const go = counts[(first + i) * 2 + 1]!
      const tally = ofNames[blocks.pack(bytes, at)]!
      tally.rows += stay
      tally.garbageRows += go
      tally.bytes += stay === 0 ? 0 : (size * stay) / (stay + go)
      tally.garbageBytes += go === 0 ? 0 : (size * go) / (stay + go)
    }
  }
}

function tallyOf(tallies: Map<string, PackTally>, name: string): PackTally {
  let tally = tallies.get(name)
  if (!tally) tallies.set(name, (tally = { rows: 0, garbageRows: 0, bytes: 0, garbageBytes: 0 }))
  return tally
}

/** Whether a row that is marked is a node that stands on one nobody needs: kept so, it would keep all that one refers to.
 * It is written anew, in full. */
export async function isStale(
  index: MarkedIndex,
  { nodes, reader }: MarkedSegment,
  { row, bases }: { row: number; bases: number },
): Promise<boolean> {
  if (bases === 0 || !nodes.has(row)) return false
  for (const id of await reader.bases(bases)) if (!(await index.isMarked(id))) return true
  return false
}
