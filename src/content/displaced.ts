// Which known chunks a new chunk takes the place of, told by its neighbours in the file's previous recipe: they make
// good bases (design decision 4). A wrong guess costs compression, never correctness.
import { type ChunkId, ID_BYTES, idKey } from '../hash/index.js'
import type { ChunkList } from './tasks.js'

const BASES_MAX = 4

/** A previous recipe, prepared for look-ups. */
export interface Previous {
  ids: ChunkId[]
  /** Where each chunk begins, bytes; one more entry than ids. */
  starts: number[]
  places: Map<string, number>
}

export function preparePrevious(list: ChunkList): Previous {
  const ids = idsOf(list)
  const starts = [0]
  for (const length of list.lengths) starts.push(starts[starts.length - 1]! + length)
  const places = new Map<string, number>()
  for (let i = ids.length - 1; i >= 0; i--) places.set(idKey(ids[i]!), i)
  return { ids, starts, places }
}

export function idsOf(list: ChunkList): ChunkId[] {
  return Array.from({ length: list.lengths.length }, (_, i) =>
    list.ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES),
  ) as ChunkId[]
}

/** A stretch of a file's new chunks; `start` is where it begins in the file, bytes. */
export interface NewChunks {
  ids: readonly ChunkId[]
  lengths: ArrayLike<number>
  start: number
  /** The stretch reaches the end of the file. */
  isEnd: boolean
}

/** For each new chunk, the previous chunks it takes the place of, best first; none for chunks that were there. */
export function displacedChunks(previous: Previous, chunks: NewChunks): ChunkId[][] {
  const { ids, lengths } = chunks
  const places = ids.map((id) => previous.places.get(idKey(id)))
  const result: ChunkId[][] = ids.map(() => [])
  for (let from = 0; from < ids.length; from++) {
    if (places[from] !== undefined) continue
    let to = from
    while (to < ids.length && places[to] === undefined) to++
    const run = { from, to, offset: sum(lengths, 0, from), length: sum(lengths, from, to) }
    const gap = displacedGap(previous, chunks, { before: places[from - 1], after: places[to], run })
    if (gap) assign({ previous, lengths, result }, run, gap)
    from = to
  }
  return result
}

interface Run {
  from: number
  to: number
  /** Bytes from the stretch's start, and of the run. */
  offset: number
  length: number
}

/** Bytes [low, high) of the previous file that a run stands for. */
function displacedGap(
  previous: Previous,
  chunks: NewChunks,
  { before, after, run }: { before: number | undefined; after: number | undefined; run: Run },
): { low: number; high: number } | undefined {
  const { starts } = previous
  const total = starts[starts.length - 1]!
  const at = chunks.start + run.offset
  let low = before !== undefined ? starts[before + 1]! : at === 0 ? 0 : undefined
  let high =
    after !== undefined ? starts[after]! : chunks.isEnd && run.to === chunks.ids.length ? total : undefined
  if (low === undefined && high === undefined) low = Math.min(at, total)
  low ??= Math.max(0, high! - run.length)
  high ??= Math.min(total, low + run.length)
  return high > low ? { low, high } : undefined
}

interface Assignment {
  previous: Previous
  lengths: ArrayLike<number>
  result: ChunkId[][]
}

/** Gives each chunk of a run the previous chunks at its distance from the gap's start, then from its end. */
function assign(
  { previous, lengths, result }: Assignment,
  run: Run,
  gap: { low: number; high: number },
): void {
  const slack = Math.max(0, gap.high - gap.low - run.length)
  for (let i = run.from, offset = 0; i < run.to; offset += lengths[i]!, i++) {
    const begin = gap.low + offset
    const end = gap.high - (run.length - offset - lengths[i]!)
    const wanted = new Map<string, ChunkId>()
    collect(previous, { low: begin, high: begin + lengths[i]! }, gap, wanted)
    if (slack > 0 || end !== begin + lengths[i]!)
      collect(previous, { low: end - lengths[i]!, high: end }, gap, wanted)
    result[i] = [...wanted.values()].slice(0, BASES_MAX)
  }
}

/** Adds the previous chunks, by their keys, within the gap that overlap a range, the largest overlap first. */
function collect(
  { starts, ids }: Previous,
  range: { low: number; high: number },
  gap: { low: number; high: number },
  wanted: Map<string, ChunkId>,
): void {
  const low = Math.max(range.low, gap.low)
  const high = Math.min(range.high, gap.high)
  const found: { place: number; overlap: number }[] = []
  for (let place = lastAtOrBefore(starts, low); place < ids.length && starts[place]! < high; place++) {
    found.push({ place, overlap: Math.min(high, starts[place + 1]!) - Math.max(low, starts[place]!) })
  }
  found.sort((a, b) => b.overlap - a.overlap)
  for (const { place, overlap } of found) if (overlap > 0) wanted.set(idKey(ids[place]!), ids[place]!)
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

function sum(lengths: ArrayLike<number>, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i++) total += lengths[i]!
  return total
}
