// Segments are merged in tiers, so that a lookup probes few of them. What was read is verified first: damage must not
// be copied into a segment whose checksum matches.
import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import { newPackName } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { writeMerged } from './merge-write.js'
import type { NearSegments } from './near-segments.js'
import type { SegmentRef } from './root.js'
import { type StableSegment, stableSegment } from './segment-copy.js'
import { openSegment, type SegmentReader } from './segment-reader.js'

const FAN_IN = 8
/** At most this many at once, which bounds the memory of a merge. */
const FAN_IN_MAX = 64
const TIER_ROWS = 512
/** Segments are not merged beyond this: the filter of a merged segment is built in memory, 10 bits a row. */
const MERGED_ROWS_MAX = 2 ** 25

/** Which segments should become one now: eight or more of one tier, the lowest tier first. */
export function chooseMerge(segments: readonly SegmentRef[]): SegmentRef[] | undefined {
  const tiers = new Map<number, SegmentRef[]>()
  for (const segment of segments) {
    if (segment.rows > MERGED_ROWS_MAX / FAN_IN) continue
    const tier = tierOf(segment.rows)
    const list = tiers.get(tier)
    if (list) list.push(segment)
    else tiers.set(tier, [segment])
  }
  const [lowest] = [...tiers].filter(([, list]) => list.length >= FAN_IN).sort((a, b) => a[0] - b[0])
  return lowest && withinRows(lowest[1].slice(0, FAN_IN_MAX))
}

function tierOf(rows: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, rows) / TIER_ROWS) / Math.log2(FAN_IN)))
}

function withinRows(segments: readonly SegmentRef[]): SegmentRef[] {
  let rows = 0
  return segments.filter((segment) => (rows += segment.rows) <= MERGED_ROWS_MAX)
}

export interface MergeOptions {
  /** Segments that need not come from the storage. */
  near?: NearSegments
}

/** Writes one segment with the rows of all `refs` and returns where it is. Nothing names it yet. */
export async function mergeSegments(
  storage: Storage,
  refs: readonly SegmentRef[],
  { near }: MergeOptions = {},
): Promise<SegmentRef> {
  const stable: StableSegment[] = []
  const path = storage.temporaryPath()
  try {
    const inputs: SegmentReader[] = []
    for (const ref of refs) {
      const one = await stableSegment(storage, ref, near)
      stable.push(one)
      inputs.push(await openSegment(one.source, ref, { wholeBytes: 0 }))
    }
    const { length, sum } = await writeMerged(path, inputs)
    const rows = inputs.reduce((total, input) => total + input.shape.rows, 0)
    const ref = { key: `segments/${newPackName()}`, offset: 0, length, rows, sum }
    await near?.keep(ref, () => fs.readFileSync(path))
    await storage.putFile(ref.key, path)
    return ref
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw fromSystemError(error, 'write', path)
  } finally {
    for (const { letGo } of stable) letGo()
  }
}
