// Whether and how a block is compressed (design decision 5): a small sample decides, so that data which does not
// compress costs little, and the result is kept only where it pays.
import { compress, splitPlanes } from '../codec/index.js'
import { FILTER } from './block.js'

const SAMPLE_BYTES = 4096
/** A block is stored raw unless compression makes it smaller than this share. */
const WORTH_IT = 0.97
/** Byte planes are only tried on data that plain zstd hardly compresses: numbers, not text. */
const PLANES_FROM = 0.6

/** The compressed payload and its filter; no payload: store the bytes as they are. */
export function chooseCompression(raw: Uint8Array): { filter: number; payload?: Buffer } {
  if (raw.length < 16) return { filter: FILTER.none }
  const filter = raw.length <= 2 * SAMPLE_BYTES ? FILTER.none : chooseFilter(raw)
  if (filter === undefined) return { filter: FILTER.none }
  const payload = compress(filter === FILTER.planes4 ? splitPlanes(raw) : raw)
  return payload.length < raw.length * WORTH_IT ? { filter, payload } : { filter }
}

/** The filter to compress with; undefined when the sample does not compress at all. */
function chooseFilter(raw: Uint8Array): number | undefined {
  const ratios = samples(raw).map((sample) => ({
    plain: compress(sample).length / sample.length,
    sample,
  }))
  const plain = Math.min(...ratios.map((r) => r.plain))
  if (plain < PLANES_FROM) return FILTER.none
  const planes = Math.min(...ratios.map((r) => compress(splitPlanes(r.sample)).length / r.sample.length))
  if (planes < plain * 0.95) return FILTER.planes4
  return plain < WORTH_IT ? FILTER.none : undefined
}

function samples(raw: Uint8Array): Uint8Array[] {
  const middle = (raw.length >> 1) & ~3
  return [raw.subarray(0, SAMPLE_BYTES), raw.subarray(middle, middle + SAMPLE_BYTES)]
}
