// Which rows of a segment have one of many ids: their numbers only. All rows are passed over in the time that decoding a
// tenth of them would take.
import { type Id, ID_BYTES } from '../hash/index.js'
import { compareIdAt } from './compare-id.js'
import { rowFields, rowWindows } from './row-windows.js'
import { isGoodPart } from './segment-join.js'
import type { SegmentReader } from './segment-reader.js'

/** One row that has an id looked for. */
export interface RowMatch {
  /** Its number in the segment. */
  row: number
  /** The place of its id among those looked for. */
  place: number
  /** What `bases` of the segment takes; 0: a full copy. */
  bases: number
}

/** Calls `take` with each row that has one of `ids`. These ascend, none comes twice, and they lie one after the other. */
export async function matchRows(
  segment: SegmentReader,
  ids: Buffer,
  take: (match: RowMatch) => void,
): Promise<void> {
  if (ids.length === 0) return
  await (isGoodPart(segment, ids) ? passOver(segment, ids, take) : probeEach(segment, ids, take))
}

async function probeEach(segment: SegmentReader, ids: Buffer, take: (match: RowMatch) => void) {
  const { rowsAt, rowBytes } = segment.shape
  const fields = rowFields(segment)
  for (let at = 0; at < ids.length; at += ID_BYTES) {
    const found = segment.find(idAt(ids, at))
    const [from, to] = found instanceof Promise ? await found : found
    for (let row = from; row < to; row++) {
      const bytes = await segment.section(rowsAt + row * rowBytes, rowBytes)
      take({ row, place: at / ID_BYTES, bases: fields.bases(bytes, 0) })
    }
  }
}

/** Both in order: as two sorted lists are merged. The first four bytes of an id tell nearly all of them apart. */
async function passOver(segment: SegmentReader, ids: Buffer, take: (match: RowMatch) => void) {
  const { rowBytes } = segment.shape
  const fields = rowFields(segment)
  let at = 0
  let start = ids.readUInt32BE(0)
  for await (const { first, count, bytes } of rowWindows(segment)) {
    for (let i = 0; i < count;) {
      const row = i * rowBytes
      const difference = start - bytes.readUInt32BE(row) || compareIdAt(ids, at, idAt(bytes, row))
      if (difference === 0) take({ row: first + i, place: at / ID_BYTES, bases: fields.bases(bytes, row) })
      if (difference >= 0) i++
      else {
        at += ID_BYTES
        if (at === ids.length) return
        start = ids.readUInt32BE(at)
      }
    }
  }
}

function idAt(bytes: Buffer, at: number): Id {
  return bytes.subarray(at, at + ID_BYTES) as Uint8Array as Id
}
