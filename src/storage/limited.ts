// What is under way at once to one server, and in the memory of the process, is bounded.
import { type ByteBudget, bytesInFlight } from './budget.js'
import { forward } from './forward.js'
import { Line } from './line.js'
import type { Storage } from './port.js'

/** What is reserved for bytes whose number is not known before they come: whole small objects, and the buffers of a file
 * on its way. */
const UNKNOWN_BYTES = 1024 * 1024

export interface LimitOptions {
  line?: Line
  budget?: ByteBudget
}

/** Requests through here wait for their turn. A listing does not: who reads it may ask for more meanwhile. */
export function limited(
  storage: Storage,
  { line = new Line(), budget = bytesInFlight }: LimitOptions = {},
): Storage {
  function turn<T>(work: () => Promise<T>, { reserve = 0, moved = () => 0 }: Amounts<T> = {}): Promise<T> {
    return line.run(async () => {
      const giveBack = await budget.take(reserve)
      try {
        return await work()
      } finally {
        giveBack()
      }
    }, moved)
  }
  const file = { reserve: UNKNOWN_BYTES, moved: () => UNKNOWN_BYTES }
  return {
    ...forward(storage),
    get: (name, range) =>
      turn(() => storage.get(name, range), {
        reserve: range?.length ?? UNKNOWN_BYTES,
        moved: (bytes) => bytes.length,
      }),
    getFile: (name, path) => turn(() => storage.getFile(name, path), file),
    size: (name) => turn(() => storage.size(name)),
    put: (name, bytes) =>
      turn(() => storage.put(name, bytes), { reserve: bytes.length, moved: () => bytes.length }),
    putFile: (name, path) => turn(() => storage.putFile(name, path), file),
    delete: (name) => turn(() => storage.delete(name)),
    read: (name) => turn(() => storage.read(name)),
    compareAndSwap: (name, expected, bytes) => turn(() => storage.compareAndSwap(name, expected, bytes)),
    listMutable: (prefix, options) => turn(() => storage.listMutable(prefix, options)),
  }
}

interface Amounts<T> {
  /** Bytes of memory. */
  reserve?: number
  /** Bytes that moved, of what came of it. */
  moved?: (result: T) => number
}
