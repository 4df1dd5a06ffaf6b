// A file that is read in parts, wherever it is. A header asks for a few bytes at a time, and mostly for those that come
// next: they are cut from the window that was read last.
import { asBuffer } from '../base/index.js'
import { badImage } from './errors.js'
import type { ReadAt } from './types.js'

export interface Source {
  /** As it is called in the tree, for messages. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Exactly these bytes; DV_BAD_IMAGE where the file ends before. They must not be changed. */
  read(offset: number, length: number): Promise<Buffer>
}

const WINDOW_BYTES = 64 * 1024

export function openSource(readAt: ReadAt, size: number, name: string): Source {
  let window: { offset: number; bytes: Buffer } = { offset: 0, bytes: Buffer.alloc(0) }
  const exactly = async (offset: number, length: number): Promise<Buffer> => {
    const bytes = asBuffer(await readAt(offset, length))
    if (bytes.length !== length) throw badImage(name, `it ends at byte ${offset + bytes.length}`)
    return bytes
  }
  return {
    name,
    size,
    async read(offset, length) {
      if (!Number.isSafeInteger(offset) || offset + length > size)
        throw badImage(name, `it ends at byte ${size}, where more is said to be`)
      if (length > WINDOW_BYTES) return exactly(offset, length)
      const at = offset - window.offset
      if (at < 0 || at + length > window.bytes.length)
        window = { offset, bytes: await exactly(offset, Math.min(WINDOW_BYTES, size - offset)) }
      const from = offset - window.offset
      return window.bytes.subarray(from, from + length)
    },
  }
}
