// Values of two planes side by side: how many pixels differ, and how far.
import { sameBytes } from '../base/index.js'
import { bytesOf, type Samples } from './samples.js'

/** What differs in a channel. */
export interface ChannelCounts {
  changed: number
  /** The largest difference of two values; whole numbers of 64 bits as such. Differences to no number have none. */
  largest: number | bigint
}

export interface PixelCounts {
  pixels: number
  changed: number
  channels: ChannelCounts[]
}

export function emptyCounts(channels: number): PixelCounts {
  return {
    pixels: 0,
    changed: 0,
    channels: Array.from({ length: channels }, () => ({ changed: 0, largest: 0 })),
  }
}

export function addCounts(to: PixelCounts, { pixels, changed, channels }: PixelCounts): void {
  to.pixels += pixels
  to.changed += changed
  channels.forEach((one, i) => {
    const sum = to.channels[i]!
    sum.changed += one.changed
    if (one.largest > sum.largest) sum.largest = one.largest
  })
}

/** Pixels whose bytes are compared first: mostly that is all. */
const BLOCK_PIXELS = 4096

/** Counts whole pixels of the same places; both of one type and length. */
export function countPixels(into: PixelCounts, before: Samples, after: Samples): void {
  const step = BLOCK_PIXELS * into.channels.length
  for (let at = 0; at < before.length; at += step) {
    const [a, b] = [before.subarray(at, at + step), after.subarray(at, at + step)]
    if (!sameBytes(bytesOf(a), bytesOf(b))) countBlock(into, a, b)
  }
  into.pixels += before.length / into.channels.length
}

function countBlock(into: PixelCounts, a: Samples, b: Samples): void {
  const { channels } = into
  for (let at = 0; at < a.length; at += channels.length) {
    let isChanged = false
    for (let c = 0; c < channels.length; c++) {
      const [x, y] = [a[at + c]!, b[at + c]!]
      // Only what is no number differs from itself.
      if (x === y || (x !== x && y !== y)) continue
      isChanged = true
      const channel = channels[c]!
      channel.changed++
      const far = distance(x, y)
      if (far > channel.largest) channel.largest = far
    }
    if (isChanged) into.changed++
  }
}

function distance(x: number | bigint, y: number | bigint): number | bigint {
  if (typeof x === 'bigint' && typeof y === 'bigint') return x > y ? x - y : y - x
  return Math.abs(Number(x) - Number(y))
}
