import { isDvError } from '../base/index.js'
import { decompress, statedSize } from '../codec/index.js'
import { UNPACKED_BYTES_MAX } from './lz4.js'

/** What one zstd frame holds. Throws RangeError for what is none, or does not say how much that is. */
export function zstdFrame(frame: Uint8Array): Uint8Array {
  try {
    const size = statedSize(frame)
    if (size === undefined || size > UNPACKED_BYTES_MAX)
      throw new RangeError(`it unpacks to ${size ?? 'untold'} bytes`)
    return size === 0 ? new Uint8Array(0) : decompress(frame, size)
  } catch (error) {
    throw isDvError(error) ? new RangeError(error.message) : error
  }
}
