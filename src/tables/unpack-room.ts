// How much may be unpacked of what an Arrow file packs: each buffer of a batch by itself is small, and all of them at once may not be.
import { AsyncLocalStorage } from 'node:async_hooks'

const rooms = new AsyncLocalStorage<{ left: number }>()

/** Within `work` all that `unpacked` makes is at most so many bytes. */
export function withRoom<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  return rooms.run({ left: bytes }, work)
}

/** Unpacks one buffer; `unpack` is told how much there is room for, and throws RangeError for more. */
export function unpacked(
  frame: Uint8Array,
  unpack: (frame: Uint8Array, most: number) => Uint8Array,
): Uint8Array {
  const room = rooms.getStore() ?? { left: 0 }
  const bytes = unpack(frame, room.left)
  room.left -= bytes.length
  return bytes
}
