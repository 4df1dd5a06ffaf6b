// Runs of wanted blocks, read in few large ranges: from afar several at a time and before they are asked for, out of a
// folder one by one.
import { asBuffer, isDvError } from '../base/index.js'
import { packKey } from '../pack/index.js'
import { absentPack, type ObjectStore } from '../store/index.js'
import { affordableGap } from './gaps.js'
import type { CopyJob } from './copy.js'
import type { TransferLimits } from './limits.js'
import type { BlockPlace } from './wanted.js'

/** What lies between two wanted blocks is read along when it is shorter. */
const GAP_BYTES_MAX = 256 * 1024
const WINDOW_BYTES = 8 * 1024 * 1024
/** What a request counts at least: so bounds the budget how many are under way. */
const REQUEST_BYTES_MIN = 8 * 1024 * 1024

export interface Window {
  /** Of blocks: the first, and the one after the last. */
  from: number
  to: number
  /** Bytes of the pack. */
  offset: number
  length: number
}

/** A window whose bytes are on their way, or are read when they are asked for. */
export interface ComingWindow extends Window {
  bytes(): Promise<Buffer>
  /** To be called when nobody needs the bytes any more. */
  done(): void
}

/** Blocks that are read together; `places` in the order of the pack. `gapMax`: what may be read along between two. */
export function windowsOf(places: readonly BlockPlace[], gapMax = GAP_BYTES_MAX): Window[] {
  const windows: Window[] = []
  places.forEach(({ at, size }, i) => {
    const last = windows.at(-1)
    const isNear = last && at - (last.offset + last.length) <= gapMax
    if (isNear && at + size - last.offset <= WINDOW_BYTES) {
      last.to = i + 1
      last.length = at + size - last.offset
    } else windows.push({ from: i, to: i + 1, offset: at, length: size })
  })
  return windows
}

/** What will be read of a pack. */
export function windowsWithin({ spare }: TransferLimits, places: readonly BlockPlace[]): Window[] {
  const gapMax = spare === undefined ? GAP_BYTES_MAX : Math.min(GAP_BYTES_MAX, affordableGap(places, spare))
  return windowsOf(places, gapMax)
}

/** All windows of a pack, which must be used in this order. */
export function comingWindows(job: CopyJob, pack: string, places: readonly BlockPlace[]): ComingWindow[] {
  const isNear = job.source.storage.properties.localRoot !== undefined
  return windowsWithin(job.limits, places).map((window) => {
    const { offset, length } = window
    const read = () => readRange(job.source, pack, { offset, length })
    return isNear ? { ...window, bytes: read, done() {} } : { ...window, ...start(job, length, read) }
  })
}

/** Bytes of a pack. */
export async function readRange(
  { storage }: ObjectStore,
  pack: string,
  range: { offset: number; length: number },
): Promise<Buffer> {
  try {
    return asBuffer(await storage.get(packKey(pack), range))
  } catch (error) {
    if (!isDvError(error, 'DV_NOT_FOUND')) throw error
    throw (await absentPack(storage, pack)) ?? error
  }
}

function start(job: CopyJob, length: number, read: () => Promise<Buffer>) {
  const room = job.budget.take(Math.max(length, REQUEST_BYTES_MIN))
  const coming = room.then(() => {
    job.signal?.throwIfAborted()
    return read()
  })
  // Whoever asks for the bytes hears of a failure; when an earlier one ends everything, nobody asks.
  coming.catch(() => {})
  return { bytes: () => coming, done: () => void room.then((giveBack) => giveBack()) }
}
