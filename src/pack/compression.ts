// Whether and how a block is compressed (design decision 5): a small sample decides, so that data which does not
// compress costs little, and the result is kept only where it pays.
import { compress, splitPlanes } from '../codec/index.js'
import { FILTER } from './block.js'
import { glance } from './glance.js'

/** On plain bytes it gives what level 3 gives and is faster by a third; on byte planes it loses 1 %, and deltas come out
 * seven times as large (spec/decisions/0011). */
const PLAIN_LEVEL = 2
const SAMPLE_BYTES = 2048
/** A block is stored raw unless compression makes it smaller than this share. */
const WORTH_IT = 0.97
/** Byte planes are only tried on data that plain zstd hardly compresses: numbers, not text. */
const PLANES_FROM = 0.6
/** Byte planes are used where they promise to take this share of what plain bytes do, or less. */
const PLANES_PAY = 0.95
/** From this share of repeats on, frequencies of bytes say too little. */
const REPEATS_FROM = 0.02

/** The compressed payload and its filter; no payload: store the bytes as they are. */
export function chooseCompression(raw: Uint8Array): { filter: number; payload?: Buffer } {
  if (raw.length < 16) return { filter: FILTER.none }
  const filter = raw.length <= 2 * SAMPLE_BYTES ? FILTER.none : chooseFilter(raw)
  if (filter === undefined) return { filter: FILTER.none }
  const payload =
    filter === FILTER.planes4 ? compress(splitPlanes(raw)) : compress(raw, { level: PLAIN_LEVEL })
  return payload.length < raw.length * WORTH_IT ? { filter, payload } : { filter }
}

/** The filter to compress with; undefined when samples say that it would not pay. */
function chooseFilter(raw: Uint8Array): number | undefined {
  const seen = samples(raw)
  const { bytes, planes, repeats } = glance(seen)
  if (bytes * (1 - repeats) < PLANES_FROM) return FILTER.none
  if (repeats >= REPEATS_FROM) return tryFilters(seen)
  if (planes < bytes * PLANES_PAY) return FILTER.planes4
  return bytes < WORTH_IT ? FILTER.none : undefined
}

/** The same by compressing the samples: how far repeats shrink data, no statistics tell. */
function tryFilters(seen: readonly Uint8Array[]): number | undefined {
  const best = (form: (sample: Uint8Array) => Uint8Array) =>
    Math.min(...seen.map((sample) => compress(form(sample)).length / sample.length))
  const plain = best((sample) => sample)
  if (plain < PLANES_FROM) return FILTER.none
  if (best(splitPlanes) < plain * PLANES_PAY) return FILTER.planes4
  return plain < WORTH_IT ? FILTER.none : undefined
}

function samples(raw: Uint8Array): Uint8Array[] {
  const middle = (raw.length >> 1) & ~3
  return [raw.subarray(0, SAMPLE_BYTES), raw.subarray(middle, middle + SAMPLE_BYTES)]
}
