// What samples of a block tell of how it will compress, by statistics alone: a hundredth of the time of compressing them.
// It sees frequencies of bytes and short repeats, which is what tells photographs, archives and noise from the rest.

export interface Glance {
  /** The share of their size that bytes take when each is coded by how frequent it is. */
  bytes: number
  /** The same when the four bytes of a 4-byte number are counted apart. */
  planes: number
  /** The share of places where four bytes stand that have been seen shortly before. */
  repeats: number
}

const PLANES = 4
const VALUES = 256
const RECENT = 1 << 12

const counts = new Uint32Array(PLANES * VALUES)
const together = new Uint32Array(VALUES)
const recent = new Int32Array(RECENT)

/** Of samples that all begin at a multiple of four bytes from one another; together they should be some kilobytes. */
export function glance(samples: readonly Uint8Array[]): Glance {
  counts.fill(0)
  let repeats = 0
  let length = 0
  for (const sample of samples) {
    repeats += countSample(sample)
    length += sample.length
  }
  const [bytes, planes] = codedBits()
  return { bytes: bytes / (8 * length), planes: planes / (8 * length), repeats: repeats / length }
}

/** Adds a sample's bytes to the counts and returns how many repeats it has. */
function countSample(sample: Uint8Array): number {
  recent.fill(0)
  let repeats = 0
  let last = 0
  for (let i = 0; i < sample.length; i++) {
    const byte = sample[i]!
    counts[((i & 3) << 8) | byte]!++
    last = (last >>> 8) | (byte << 24)
    const slot = Math.imul(last, 0x9e3779b1) >>> 20
    if (recent[slot] === last) repeats++
    recent[slot] = last
  }
  return repeats
}

/** Shannon's bounds in bits, for all bytes together and for the four planes apart, each corrected for what a small
 * sample hides (Miller and Madow). */
function codedBits(): [number, number] {
  together.fill(0)
  let planes = 0
  for (let plane = 0; plane < PLANES; plane++) {
    const ofPlane = counts.subarray(plane * VALUES, (plane + 1) * VALUES)
    for (let value = 0; value < VALUES; value++) together[value]! += ofPlane[value]!
    planes += boundOf(ofPlane)
  }
  return [boundOf(together), planes]
}

function boundOf(histogram: Uint32Array): number {
  let total = 0
  let present = 0
  let weighted = 0
  for (let value = 0; value < VALUES; value++) {
    const count = histogram[value]!
    total += count
    present += count > 0 ? 1 : 0
    weighted += timesLog(count)
  }
  return timesLog(total) - weighted + (present - 1) / (2 * Math.LN2)
}

/** A logarithm takes longer than all else that is done for a value. */
const LOGS = Float64Array.from({ length: 2048 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)))
function timesLog(n: number): number {
  return n < LOGS.length ? LOGS[n]! : n * Math.log2(n)
}
