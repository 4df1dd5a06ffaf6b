// Chunks as a checkout wants them: many, mostly in the order in which they were stored.
import { isDvError } from '../base/index.js'
import { reclaimZstdMemory } from '../codec/index.js'
import type { ChunkId } from '../hash/index.js'
import type { Row } from '../index/index.js'
import type { ObjectStore } from './object-store.js'
import { PackCursor } from './pack-cursor.js'

/** Orders that may be interleaved: files of several versions, each with its own packs. */
const CURSORS = 4

/** One reader's way through a store. Every chunk is verified against its id, wherever its bytes were found. */
export class ChunkRun {
  readonly #store: ObjectStore
  /** The one used last comes first. */
  readonly #cursors: PackCursor[]

  constructor(store: ObjectStore) {
    this.#store = store
    this.#cursors = Array.from({ length: CURSORS }, () => new PackCursor(store.storage))
  }

  /** The bytes of a chunk, at once when they were read already; they stay as they are while the next ones are read.
   * Errors are those of readChunk(). */
  read(id: ChunkId, length: number): Uint8Array | Promise<Uint8Array> {
    const pause = reclaimZstdMemory()
    if (pause) return pause.then(() => this.read(id, length))
    for (const cursor of this.#cursors) {
      const bytes = cursor.take(id, length)
      if (bytes) return bytes
    }
    return this.#find(id, length)
  }

  async #find(id: ChunkId, length: number): Promise<Uint8Array> {
    const row = (await this.#store.locate(id)).find((copy) => copy.bases.length === 0)
    // Another copy, a delta, or why there is none, is what the store itself answers.
    return (row && (await this.#follow(row, id, length))) ?? this.#store.readChunk(id)
  }

  async #follow(row: Row, id: ChunkId, length: number): Promise<Uint8Array | undefined> {
    const cursors = this.#cursors
    const near = cursors.findIndex((cursor) => cursor.reaches(row))
    const [cursor] = cursors.splice(near < 0 ? cursors.length - 1 : near, 1)
    cursors.unshift(cursor!)
    try {
      await cursor!.moveTo(row)
      return cursor!.take(id, length)
    } catch (error) {
      if (isDvError(error)) return undefined
      throw error
    }
  }
}
