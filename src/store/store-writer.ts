// Adds items to a store. Items are gathered into blocks, blocks into packs. Packs lie in the store when they are full
// and count once the index names them, so an interrupted writer leaves only garbage.
//
// Invariants: (1) an item the store has is not written again; (2) a delta stands only on full copies that are in the
// store's index; (3) after an error nothing more is written and the writer must be aborted; (4) what is held in memory
// does not grow with what is written: many data packs are published before the end, as nothing refers to them yet.
// Node packs are not: whoever finds a node must find all it refers to.
import { reclaimZstdMemory } from '../codec/index.js'
import { type ChunkId, hashObject, type Id, idKey, type ObjectKind } from '../hash/index.js'
import {
  addSegments,
  type Row,
  segmentInMemory,
  type SegmentReader,
  type SegmentRef,
} from '../index/index.js'
import { BLOCK_RAW_MAX, type ItemKind, PACK_TRAILER_BYTES, type PackKind } from '../pack/index.js'
import { removeQuietly, type Storage } from '../storage/index.js'
import { encodeDelta } from './delta.js'
import type { ObjectStore } from './object-store.js'
import { type FinishedPack, PackBuilder } from './pack-builder.js'
import type { Purged } from './purged.js'
import type { ObjectWriter } from './types.js'

const PACK_BYTES = 48 * 1024 * 1024
/** A pack's index segment stays small enough to be built in memory. */
const PACK_ROWS_MAX = 256 * 1024
/** So many ended packs, or rows of them, are published before the end. */
const ENDED_PACKS_MAX = 64
const ENDED_ROWS_MAX = 256 * 1024

export interface StoreWriterOptions {
  kind: PackKind
  /** Says whether this writer is the first of several at once to bring an id; default: it is alone. */
  claim?: (id: Id) => boolean
  /** Called when a pack lies in the store, not yet named by the index. */
  onPack?: (pack: SegmentRef) => void
  /** A pack ends when it has this many bytes. */
  packBytes?: number
  /** How many ended packs wait at most for the end of the writer. */
  endedPacks?: number
  /** Takes packs instead of the store. When it resolves the store's index names what is in the pack, wherever the pack
   * is, and its file is gone. */
  deliver?: (pack: FinishedPack) => Promise<void>
}

/** A pack that is, or is about to be, in the store. */
interface EndedPack {
  ref: SegmentRef
  segment: SegmentReader
  moved: Promise<void>
  /** It was returned by `finish`: publishing it is the caller's. */
  isReturned: boolean
}

export class StoreWriter implements ObjectWriter {
  readonly #store: ObjectStore
  readonly #options: StoreWriterOptions
  /** Items whose delta is being looked for. */
  readonly #coming = new Map<string, Uint8Array>()
  #open: PackBuilder | undefined
  #ended: EndedPack[] = []
  #publishing: Promise<void> | undefined
  #failure: unknown
  /** Bytes of items that were new, before compression. */
  newBytes = 0
  /** Bytes of all packs that ended, also of those published since. */
  storedBytes = 0

  constructor(store: ObjectStore, options: StoreWriterOptions) {
    this.#store = store
    this.#options = options
  }

  async has(id: Id): Promise<boolean> {
    return this.#isMine(id) || this.#store.has(id)
  }

  purged(): Promise<Purged> {
    return this.#store.purged()
  }

  /** Stores a chunk unless it is there. `bases`: what it takes the place of, best first. Returns whether it was new.
   * `bytes` must not change until the promise resolves. */
  writeChunk(id: ChunkId, bytes: Uint8Array, bases: readonly ChunkId[] = []): Promise<boolean> {
    return this.writeItem('chunk', { id, bytes, bases })
  }

  async writeObject<K extends ObjectKind>(kind: K, bytes: Uint8Array, base?: Id<K>): Promise<Id<K>> {
    const id = hashObject(kind, bytes)
    await this.writeItem(kind, { id, bytes, bases: base ? [base] : [] })
    return id
  }

  async writeItem(
    kind: ItemKind,
    item: { id: Id; bytes: Uint8Array; bases?: readonly Id[] },
  ): Promise<boolean> {
    const { id, bytes, bases = [] } = item
    if (this.#failure !== undefined) throw this.#failure
    if (bytes.length > BLOCK_RAW_MAX) throw new TypeError(`an item of ${bytes.length} bytes`)
    if (await this.has(id)) return false
    // Another call may have brought it meanwhile.
    if (this.#isMine(id) || this.#options.claim?.(id) === false) return false
    try {
      this.newBytes += bytes.length
      await this.#add(kind, { id, bytes, bases })
      if (this.#isFull()) this.#endPack()
      if (this.#options.kind === 'data' && this.#hasManyEnded()) await this.#publishEnded()
    } catch (error) {
      this.#failure = error
      throw error
    }
    const pause = reclaimZstdMemory()
    if (pause) await pause
    return true
  }

  readObject<K extends ObjectKind>(kind: K, id: Id<K>): Promise<Uint8Array> {
    return this.#read(kind, id)
  }

  readChunk(id: ChunkId): Promise<Uint8Array> {
    return this.#read('chunk', id)
  }

  /** Ends the last pack and returns the packs that lie in the store but are not yet named by its index. The writer may
   * go on; it returns only further packs then. */
  async finish(): Promise<readonly SegmentRef[]> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#endPack()
      await this.#publishing
      await Promise.all(this.#ended.map(({ moved }) => moved))
    } catch (error) {
      this.#failure = error
      throw error
    }
    if (this.#options.deliver) return []
    const packs = this.#ended.filter((pack) => !pack.isReturned)
    for (const pack of packs) pack.isReturned = true
    return packs.map(({ ref }) => ref)
  }

  /** Drops the pack under construction. Ended packs are garbage that no index names. */
  abort(): void {
    this.#failure ??= new TypeError('the writer was aborted')
    this.#open?.abort()
    this.#open = undefined
  }

  async #add(kind: ItemKind, item: { id: Id; bytes: Uint8Array; bases: readonly Id[] }): Promise<void> {
    const { id, bytes, bases } = item
    if (bases.length === 0) return this.#pack().add(id, kind, bytes)
    const key = idKey(id)
    this.#coming.set(key, bytes)
    const delta = await encodeDelta(this.#store, kind, { id, bytes, wanted: bases })
    this.#coming.delete(key)
    if (delta) this.#pack().addDelta(id, delta, bytes.length)
    else this.#pack().add(id, kind, bytes)
  }

  #pack(): PackBuilder {
    this.#open ??= new PackBuilder(this.#store.storage.temporaryPath(), this.#options.kind)
    return this.#open
  }

  #isFull(): boolean {
    if (!this.#open) return false
    return this.#open.length >= (this.#options.packBytes ?? PACK_BYTES) || this.#open.rows >= PACK_ROWS_MAX
  }

  #endPack(): void {
    if (!this.#open) return
    const pack = this.#open
    this.#open = undefined
    const finished = pack.finish()
    const { ref, path, segment } = finished
    this.storedBytes += ref.offset + ref.length + PACK_TRAILER_BYTES
    const { deliver, onPack } = this.#options
    const moved = deliver
      ? deliver(finished)
      : this.#store.storage.putFile(ref.key, path).then(() => onPack?.(ref))
    moved.catch(() => removeQuietly(path))
    this.#ended.push({ ref, segment: segmentInMemory(segment), moved, isReturned: false })
  }

  #hasManyEnded(): boolean {
    const rows = this.#ended.reduce((sum, { ref }) => sum + ref.rows, 0)
    return this.#ended.length >= (this.#options.endedPacks ?? ENDED_PACKS_MAX) || rows >= ENDED_ROWS_MAX
  }

  /** From here on the index answers for the packs that ended. */
  async #publishEnded(): Promise<void> {
    await this.#publishing
    const ended = this.#ended.filter((pack) => !pack.isReturned)
    const publish = async () => {
      await Promise.all(ended.map(({ moved }) => moved))
      if (!this.#options.deliver) {
        await this.#store.index.add(ended.map(({ ref }) => ({ ref })))
      } else await this.#store.index.refresh()
      this.#ended = this.#ended.filter((pack) => !ended.includes(pack))
    }
    this.#publishing = publish()
    await this.#publishing
  }

  #isMine(id: Id): boolean {
    if (this.#open?.has(id) || this.#endedRow(id)) return true
    return this.#coming.size > 0 && this.#coming.has(idKey(id))
  }

  async #read(kind: ItemKind, id: Id): Promise<Uint8Array> {
    const coming = this.#coming.size > 0 ? this.#coming.get(idKey(id)) : undefined
    if (coming) return Buffer.from(coming)
    const built = this.#open?.find(id)
    if (built) return 'bytes' in built ? built.bytes : this.#store.readCopy(kind, built.row, built.load)
    const ended = this.#endedRow(id)
    if (!ended) return this.#store.readItem(kind, id)
    await ended.moved
    return this.#store.readCopy(kind, ended.row)
  }

  #endedRow(id: Id): { row: Row; moved: Promise<void> } | undefined {
    for (const { segment, moved } of this.#ended) {
      // In memory, so it answers at once.
      const [row] = segment.lookup(id) as Row[]
      if (row) return { row, moved }
    }
    return undefined
  }
}

/** Makes packs part of a store in which nothing was looked for before: from now on its index names them. */
export async function publishPacks(storage: Storage, packs: readonly SegmentRef[]): Promise<void> {
  await addSegments(storage, packs)
}
