// Two versions of a picture: which planes changed, in how many pixels, how far. One plane at a time, both read in step.
import { addCounts, countPixels, emptyCounts, type PixelCounts } from './compare-samples.js'
import type { Picture, Pixels, PlaneRef } from './picture.js'
import type { Samples } from './samples.js'

/** A plane that is not as it was. */
export interface PlaneChange {
  /** As it is called: 'T=0 C=1 Z=3', '[2]', 'page 4'; '' of the only one. */
  plane: string
  /** Absent where the plane has another shape or type than before. */
  counts?: PixelCounts
}

export interface PictureComparison {
  /** Fills `counts` and `changed` while it is read. */
  planes(): AsyncGenerator<PlaneChange>
  counts: PixelCounts
  /** Planes: of both versions, of them changed ones, and those of one version only. */
  compared: number
  changed: number
  added: string[]
  removed: string[]
}

/** Undefined: a plane of one has another shape or other values than one of the other, so that pixels have no partners. */
export async function comparePictures(
  before: Picture,
  after: Picture,
  { signal }: { signal?: AbortSignal } = {},
): Promise<PictureComparison | undefined> {
  const [a, b] = inOneOrder(before, after)
  const partners = new Map(a.planes.map((plane) => [plane.key, plane]))
  const added = b.planes.filter(({ key }) => !partners.has(key))
  const pairs = b.planes.flatMap((plane) => {
    const partner = partners.get(plane.key)
    partners.delete(plane.key)
    return partner ? [[partner, plane] as const] : []
  })
  const [first] = pairs
  if (!first) return undefined
  const opened = [await first[0].open(), await first[1].open()] as const
  if (!isAlike(...opened)) return undefined
  const comparison: PictureComparison = {
    ...{ compared: 0, changed: 0, counts: emptyCounts(opened[0].channels) },
    ...{ added: added.map(({ key }) => key), removed: [...partners.keys()] },
    planes: () => planesOf(comparison, pairs, signal),
  }
  return comparison
}

/** Arrays whose axes are stored the same way round are read as stored, others in C order. */
function inOneOrder(before: Picture, after: Picture): [Picture, Picture] {
  const differ = (before.turned === undefined) !== (after.turned === undefined)
  return differ ? [before.turned?.() ?? before, after.turned?.() ?? after] : [before, after]
}

function isAlike(a: Pixels, b: Pixels): boolean {
  return a.type === b.type && a.extents.join() === b.extents.join() && a.channels === b.channels
}

async function* planesOf(
  comparison: PictureComparison,
  pairs: readonly (readonly [PlaneRef, PlaneRef])[],
  signal: AbortSignal | undefined,
): AsyncGenerator<PlaneChange> {
  for (const [before, after] of pairs) {
    const [a, b] = [await before.open(), await after.open()]
    if (!isAlike(a, b)) {
      comparison.compared++
      comparison.changed++
      yield { plane: after.key }
      continue
    }
    for await (const { place, counts } of countPlanes(a, b, signal)) {
      comparison.compared++
      addCounts(comparison.counts, counts)
      if (counts.changed === 0) continue
      comparison.changed++
      yield { plane: a.name?.(place) ?? after.key, counts }
    }
  }
}

const REST_MS = 50

/** What differs in each plane of two runs of planes. */
async function* countPlanes(
  a: Pixels,
  b: Pixels,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ place: number; counts: PixelCounts }> {
  const values = a.count * a.channels
  let [place, left, counts] = [0, values, emptyCounts(a.channels)]
  let rested = performance.now()
  for await (const [x, y] of aligned(a.read(), b.read())) {
    // What is read may be there at once: without a rest nothing else is heard, neither an interruption.
    if (performance.now() - rested > REST_MS) {
      await new Promise((resolve) => setImmediate(resolve))
      rested = performance.now()
    }
    signal?.throwIfAborted()
    for (let at = 0; at < x.length;) {
      const end = Math.min(x.length, at + left)
      countPixels(counts, x.subarray(at, end), y.subarray(at, end))
      left -= end - at
      at = end
      if (left > 0) continue
      yield { place, counts }
      ;[place, left, counts] = [place + 1, values, emptyCounts(a.channels)]
    }
  }
}

/** Pieces of equal length of both, which are cut at different places. */
async function* aligned(
  a: AsyncIterable<Samples>,
  b: AsyncIterable<Samples>,
): AsyncGenerator<[Samples, Samples]> {
  const sources = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()] as const
  const held: [Samples, Samples] = [new Uint8Array(0), new Uint8Array(0)]
  try {
    for (;;) {
      for (const side of [0, 1] as const) {
        while (held[side].length === 0) {
          const next = await sources[side].next()
          if (next.done) return
          held[side] = next.value
        }
      }
      const length = Math.min(held[0].length, held[1].length)
      yield [held[0].subarray(0, length), held[1].subarray(0, length)]
      held[0] = held[0].subarray(length)
      held[1] = held[1].subarray(length)
    }
  } finally {
    await Promise.all(sources.map((source) => source.return?.()))
  }
}
