// Many ids looked for in one segment at once. Where a good part of its rows is wanted they are read in order and held
// against the ids, which are in order too: forty times as fast as probing for each.
import { type Id, ID_BYTES } from '../hash/index.js'
import { compareIdAt } from './compare-id.js'
import { PREFIX_BYTES, RowCursor } from './row-cursor.js'
import type { BlockPlace } from './row-table.js'
import type { Row } from './segment-format.js'
import type { SegmentReader } from './segment-reader.js'

/** So many rows are read in the time of one probe. */
const ROWS_A_PROBE = 32
const BATCH_ROWS = 1024

export interface FoundRow extends Row {
  /** The place of its id among those looked for. */
  place: number
}

/** The rows of a segment that have one of `ids`, in batches. The ids ascend, none comes twice, and they lie one after the
 * other; ids of rows may be views of them. */
export function joinSegment(reader: SegmentReader, ids: Buffer): AsyncGenerator<FoundRow[]> {
  return isGoodPart(reader, ids) ? readThrough(reader, ids) : probeEach(reader, ids)
}

/** Whether so many ids are looked for that reading all rows is the faster way. */
export function isGoodPart({ shape }: SegmentReader, ids: Buffer): boolean {
  return (ids.length / ID_BYTES) * ROWS_A_PROBE >= shape.rows
}

async function* probeEach(reader: SegmentReader, ids: Buffer): AsyncGenerator<FoundRow[]> {
  for (let at = 0; at < ids.length; at += ID_BYTES) {
    const found = reader.lookup(idAt(ids, at))
    const rows = found instanceof Promise ? await found : found
    if (rows.length > 0) yield rows.map((row) => ({ ...row, place: at / ID_BYTES }))
  }
}

async function* readThrough(reader: SegmentReader, ids: Buffer): AsyncGenerator<FoundRow[]> {
  const cursor = new RowCursor(reader)
  const blocks = new Map<number, BlockPlace>()
  let batch: FoundRow[] = []
  await cursor.advance()
  for (let at = 0; cursor.id && at < ids.length;) {
    const difference = ids.readUIntBE(at, PREFIX_BYTES) - cursor.prefix || compareIdAt(ids, at, cursor.id)
    if (difference < 0) {
      at += ID_BYTES
      continue
    }
    if (difference === 0) {
      const [block, offset, length, bases] = cursor.numbers()
      let place = blocks.get(block!)
      if (!place) blocks.set(block!, (place = await reader.block(block!)))
      batch.push({
        place: at / ID_BYTES,
        id: idAt(ids, at),
        pack: place.pack,
        blockOffset: place.at,
        blockLength: place.size,
        offset: offset!,
        length: length!,
        bases: bases === 0 ? [] : await reader.bases(bases!),
      })
    }
    if (batch.length === BATCH_ROWS) {
      yield batch
      batch = []
    }
    const more = cursor.advance()
    if (more) await more
  }
  if (batch.length > 0) yield batch
}

function idAt(ids: Buffer, at: number): Id {
  return ids.subarray(at, at + ID_BYTES) as Uint8Array as Id
}
