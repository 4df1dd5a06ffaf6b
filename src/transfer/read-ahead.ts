// Nodes of a tree are looked at one by one, mostly in the order in which they lie. From afar more is read with them the
// more was wanted of a pack before, and what was read is at hand when the nodes are moved.
import { asBuffer, isDvError } from '../base/index.js'
import { packKey } from '../pack/index.js'
import { type ByteRange, forward, type Storage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'

const AHEAD_FIRST = 256 * 1024
const AHEAD_MAX = 8 * 1024 * 1024
const HELD_BYTES_MAX = 48 * 1024 * 1024

/** The same store, read so. */
export function readingAhead(store: ObjectStore): ObjectStore {
  if (store.storage.properties.localRoot !== undefined) return store
  const ahead = new ReadAhead(store)
  const storage: Storage = {
    ...forward(store.storage),
    get: (name, range) => (range ? ahead.get(name, range) : store.storage.get(name)),
    forget: (name) => ahead.forget(name),
  }
  return new ObjectStore(storage, { index: store.index })
}

interface Window {
  name: string
  offset: number
  bytes: Buffer
}

class ReadAhead {
  readonly #store: ObjectStore
  /** The oldest first. */
  #windows: Window[] = []
  #held = 0
  /** How much is read of a pack the next time. */
  readonly #ahead = new Map<string, number>()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  async get(name: string, { offset, length }: ByteRange): Promise<Buffer> {
    const end = offset + length
    const pieces: Buffer[] = []
    let at = offset
    while (at < end) {
      const piece = this.#atHand(name, at, end)
      if (!piece) break
      pieces.push(piece)
      at += piece.length
    }
    if (at < end) pieces.push((await this.#read(name, at, end)).subarray(0, end - at))
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }

  /** Lets go of what is held of an object, here and below; whether anything was. */
  forget(name: string): boolean {
    const kept = this.#windows.filter((window) => window.name !== name)
    const had = kept.length < this.#windows.length
    this.#windows = kept
    this.#held = kept.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const below = this.#store.storage.forget?.(name) ?? false
    return had || below
  }

  #atHand(name: string, at: number, end: number): Buffer | undefined {
    const window = this.#windows.find(
      (one) => one.name === name && one.offset <= at && at < one.offset + one.bytes.length,
    )
    return window?.bytes.subarray(at - window.offset, end - window.offset)
  }

  /** At least up to `end`. */
  async #read(name: string, offset: number, end: number): Promise<Buffer> {
    const ahead = this.#ahead.get(name) ?? 0
    this.#ahead.set(name, Math.min(AHEAD_MAX, ahead === 0 ? AHEAD_FIRST : ahead * 2))
    const last = (await this.#store.index.blocksEnd(name.slice(packKey('').length))) ?? end
    const wide = Math.max(end, Math.min(last, offset + ahead))
    const bytes = await this.#load(name, { offset, end, wide })
    this.#hold({ name, offset, bytes })
    return bytes
  }

  async #load(
    name: string,
    { offset, end, wide }: { offset: number; end: number; wide: number },
  ): Promise<Buffer> {
    const { storage } = this.#store
    const exact = { offset, length: end - offset }
    if (wide === end) return asBuffer(await storage.get(name, exact))
    try {
      return asBuffer(await storage.get(name, { offset, length: wide - offset }))
    } catch (error) {
      // Where the index says more than there is, what is wanted may be there all the same.
      if (!isDvError(error, 'DV_CORRUPT')) throw error
      return asBuffer(await storage.get(name, exact))
    }
  }

  #hold(window: Window): void {
    this.#windows.push(window)
    this.#held += window.bytes.length
    while (this.#held > HELD_BYTES_MAX) this.#held -= this.#windows.shift()!.bytes.length
  }
}
