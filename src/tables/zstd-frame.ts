import { isDvError } from '../base/index.js'
import { decompress, statedSize } from '../codec/index.js'

/** What one zstd frame holds, at most so much. Throws RangeError for what is none, or does not say how much that is. */
export function zstdFrame(frame: Uint8Array, most: number): Uint8Array {
  try {
    const size = statedSize(frame)
    if (size === undefined || size > most) throw new RangeError(`it unpacks to ${size ?? 'untold'} bytes`)
    return size === 0 ? new Uint8Array(0) : decompress(frame, size)
  } catch (error) {
    throw isDvError(error) ? new RangeError(error.message) : error
  }
}
