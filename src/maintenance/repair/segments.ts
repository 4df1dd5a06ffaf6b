// Segments written anew, and the index root with them in the place of others.
import { DvError } from '../../base/index.js'
import {
  changeRoot,
  encodeSegment,
  type Row,
  type SegmentReader,
  type SegmentRef,
  sumOfSegment,
} from '../../index/index.js'
import { newPackName } from '../../pack/index.js'
import type { Storage } from '../../storage/index.js'
import type { ObjectStore } from '../../store/index.js'

/** Rows of one new segment: it is built in memory. */
const ROWS_MAX = 256 * 1024
/** So often a change is planned anew when others were faster. */
export const ATTEMPTS = 8

/** What the index root is to name in the place of what. */
export interface SegmentChange {
  old: readonly SegmentRef[]
  fresh: readonly SegmentRef[]
}

export async function freshSegments({ index }: ObjectStore): Promise<readonly SegmentRef[]> {
  await index.refresh()
  return (await index.root()).segments
}

/** Puts segments of those rows of another that `stays` says stay. Nothing names them yet. */
export async function putRowsOf(
  storage: Storage,
  reader: SegmentReader,
  stays: (row: Row) => boolean,
): Promise<SegmentRef[]> {
  const fresh: SegmentRef[] = []
  let rest: Row[] = []
  for await (const rows of reader.rows()) {
    for (const row of rows) if (stays(row)) rest.push(row)
    if (rest.length < ROWS_MAX) continue
    fresh.push(await putSegment(storage, rest))
    rest = []
  }
  if (rest.length > 0) fresh.push(await putSegment(storage, rest))
  return fresh
}

async function putSegment(storage: Storage, rows: readonly Row[]): Promise<SegmentRef> {
  const bytes = encodeSegment(rows)
  const key = `segments/${newPackName()}`
  await storage.put(key, bytes)
  return { key, offset: 0, length: bytes.length, rows: rows.length, sum: sumOfSegment(bytes) }
}

/** The generation grows: what was found before may not be there any more. False: others changed what is replaced. */
export async function replaceSegments(storage: Storage, { old, fresh }: SegmentChange): Promise<boolean> {
  const replaced = new Set(old.map(nameOf))
  const changed = await changeRoot(storage, (root) => {
    const rest = root.segments.filter((ref) => !replaced.has(nameOf(ref)))
    if (rest.length !== root.segments.length - replaced.size) return undefined
    return { ...root, generation: root.generation + 1, segments: [...rest, ...fresh] }
  })
  return changed !== undefined
}

export function changesAllTheTime({ properties }: Storage): DvError {
  const message = `The index of '${properties.location}' is changed by others all the time`
  return new DvError('DV_REF_MOVED', message, { hint: 'try again in a moment' })
}

/** What tells segments apart. */
export function nameOf(ref: SegmentRef): string {
  return `${ref.key}:${ref.offset}`
}
