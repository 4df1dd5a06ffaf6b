// Adds items to a store. Items are gathered into blocks, blocks into packs; nothing is visible to others until the
// packs are published (publishPacks), so an interrupted writer leaves only temporary files.
//
// Invariants: (1) an item the store has is not written again; (2) a delta stands only on full copies, and these are in
// the store or earlier in this writer; (3) after an error the writer must be aborted.
import fs from 'node:fs'
import { type ChunkId, hashObject, type Id, idKey, type ObjectKind, sameId } from '../hash/index.js'
import {
  addSegments,
  encodeSegment,
  type Row,
  segmentInMemory,
  type SegmentReader,
  type SegmentRef,
} from '../index/index.js'
import {
  areUsableBases,
  type Base,
  BASES_BYTES_MAX,
  BASES_MAX,
  BLOCK_ITEMS_MAX,
  type BlockItem,
  encodeBlock,
  encodeDeltaBlock,
  type ItemKind,
  type PackKind,
  PackFile,
  packKey,
} from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { fullBasesOf, type ObjectStore, uniqueIds } from './object-store.js'
import type { ObjectWriter } from './types.js'

const BLOCK_BYTES = 128 * 1024
const PACK_BYTES = 48 * 1024 * 1024
/** A pack's index segment stays small enough to be built in memory. */
const PACK_ROWS_MAX = 256 * 1024
/** What a delta block costs besides its payload: its header and its place in the index. */
const DELTA_OVERHEAD = 100

export interface StoreWriterOptions {
  kind: PackKind
  /** Says whether this writer is the first of several at once to bring an id; default: it is alone. */
  claim?: (id: Id) => boolean
  /** Called when a pack lies in the store, not yet named by the index. */
  onPack?: (pack: SegmentRef) => void
  packBytes?: number
}

/** What is known of an item of the pack under construction; no row: it waits to be put into a block. */
interface Pending {
  row: Row | undefined
}

/** A pack under construction and the rows of what it holds. */
interface OpenPack {
  file: PackFile
  rows: Row[]
}

export class StoreWriter implements ObjectWriter {
  readonly #store: ObjectStore
  readonly #options: StoreWriterOptions
  readonly #mine = new Map<string, Pending>()
  readonly #ended: SegmentReader[] = []
  readonly #moving: Promise<unknown>[] = []
  readonly #packs: SegmentRef[] = []
  #open: OpenPack | undefined
  #items: { id: Id; item: BlockItem }[] = []
  #raw = Buffer.allocUnsafe(BLOCK_BYTES)
  #rawLength = 0
  /** Bytes of items that were new, before compression. */
  newBytes = 0

  constructor(store: ObjectStore, options: StoreWriterOptions) {
    this.#store = store
    this.#options = options
  }

  async has(id: Id): Promise<boolean> {
    return (
      this.#mine.has(idKey(id)) || (await this.#endedRow(id)) !== undefined || (await this.#store.has(id))
    )
  }

  /** Stores a chunk unless it is there. `bases`: what it takes the place of, best first. Returns whether it was new. */
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
    if (await this.has(id)) return false
    if (this.#options.claim && !this.#options.claim(id)) return false
    this.#mine.set(idKey(id), { row: undefined })
    this.newBytes += bytes.length
    const delta =
      bases.length > 0 ? await this.#encodeDelta({ kind, length: bytes.length }, bytes, bases) : undefined
    if (delta) this.#appendBlock(delta.block, [{ id, item: { kind, length: bytes.length } }], delta.bases)
    else this.#gather(id, { kind, length: bytes.length }, bytes)
    return true
  }

  async readObject<K extends ObjectKind>(kind: K, id: Id<K>): Promise<Uint8Array> {
    return (await this.#readMine(kind, id)) ?? this.#store.readObject(kind, id)
  }

  async readChunk(id: ChunkId): Promise<Uint8Array> {
    return (await this.#readMine('chunk', id)) ?? this.#store.readChunk(id)
  }

  /** Ends the last pack and returns all packs, which lie in the store but are not yet named by its index. */
  async finish(): Promise<readonly SegmentRef[]> {
    this.#flushBlock()
    this.#endPack()
    await Promise.all(this.#moving)
    return this.#packs
  }

  /** Drops what was not published. */
  abort(): void {
    this.#open?.file.abort()
    this.#open = undefined
  }

  #gather(id: Id, item: BlockItem, bytes: Uint8Array): void {
    if (this.#rawLength + bytes.length > BLOCK_BYTES || this.#items.length === BLOCK_ITEMS_MAX)
      this.#flushBlock()
    if (bytes.length >= BLOCK_BYTES) return this.#appendBlock(encodeBlock([item], bytes), [{ id, item }], [])
    this.#raw.set(bytes, this.#rawLength)
    this.#rawLength += bytes.length
    this.#items.push({ id, item })
  }

  #flushBlock(): void {
    if (this.#items.length === 0) return
    const items = this.#items
    const block = encodeBlock(
      items.map(({ item }) => item),
      this.#raw.subarray(0, this.#rawLength),
    )
    this.#items = []
    this.#rawLength = 0
    this.#appendBlock(block, items, [])
  }

  #appendBlock(block: Uint8Array, items: readonly { id: Id; item: BlockItem }[], bases: readonly Id[]): void {
    const { file, rows } = this.#pack()
    const blockOffset = file.append(block)
    let offset = 0
    for (const { id, item } of items) {
      const { length } = item
      const row: Row = { id, pack: file.name, blockOffset, blockLength: block.length, offset, length, bases }
      rows.push(row)
      const pending = this.#mine.get(idKey(id))
      if (pending) pending.row = row
      offset += length
    }
    if (file.length >= (this.#options.packBytes ?? PACK_BYTES) || rows.length >= PACK_ROWS_MAX)
      this.#endPack()
  }

  #pack(): OpenPack {
    this.#open ??= { file: new PackFile(this.#store.storage.temporaryPath(), this.#options.kind), rows: [] }
    return this.#open
  }

  #endPack(): void {
    if (!this.#open) return
    const { file, rows } = this.#open
    this.#open = undefined
    const segment = encodeSegment(rows)
    this.#ended.push(segmentInMemory(segment))
    this.#forget(rows)
    const { segmentOffset } = file.finish(segment)
    const ref = { key: packKey(file.name), offset: segmentOffset, length: segment.length, rows: rows.length }
    const moved = this.#store.storage.putFile(ref.key, file.path).then(() => {
      this.#packs.push(ref)
      this.#options.onPack?.(ref)
    })
    moved.catch(() => fs.rmSync(file.path, { force: true }))
    this.#moving.push(moved)
  }

  /** From here on the segment in memory answers for these rows, in a tenth of the room. */
  #forget(rows: readonly Row[]): void {
    for (const row of rows) this.#mine.delete(idKey(row.id))
  }

  /** A delta block, when standing on `bases` saves at least half of what the item would take by itself. */
  async #encodeDelta(item: BlockItem, bytes: Uint8Array, wanted: readonly Id[]) {
    const bases = await this.#fullBases(item.kind, wanted)
    if (!areUsableBases(bases.map((base) => base.bytes))) return undefined
    const block = encodeDeltaBlock(item, bytes, bases)
    if (block.length + DELTA_OVERHEAD > bytes.length / 2) return undefined
    const alone = encodeBlock([item], bytes)
    if (block.length + DELTA_OVERHEAD > alone.length / 2) return undefined
    return { block, bases: bases.map((base) => base.id) }
  }

  /** Full copies to stand on, within the format's limits. */
  async #fullBases(kind: ItemKind, wanted: readonly Id[]): Promise<Base[]> {
    const ids: Id[] = []
    for (const id of wanted) ids.push(...(await fullBasesOf(this.#store, id)))
    const bases: Base[] = []
    let length = 0
    for (const id of uniqueIds(ids)) {
      if (bases.length === BASES_MAX) break
      const bytes = await this.#store.readItem(kind, id)
      if (length + bytes.length > BASES_BYTES_MAX) continue
      length += bytes.length
      bases.push({ id, bytes: Buffer.from(bytes) })
    }
    return bases
  }

  /** Bytes of what this writer holds and others cannot see yet. */
  async #readMine(kind: ItemKind, id: Id): Promise<Uint8Array | undefined> {
    const pending = this.#mine.get(idKey(id))
    if (pending && !pending.row) return this.#readGathered(id)
    const file = this.#open?.file
    const row = pending?.row
    if (row && file) return this.#store.readCopy(kind, row, () => file.read(row.blockOffset, row.blockLength))
    const ended = await this.#endedRow(id)
    if (!ended) return undefined
    await Promise.all(this.#moving)
    return this.#store.readCopy(kind, ended)
  }

  #readGathered(id: Id): Uint8Array | undefined {
    let offset = 0
    for (const { id: other, item } of this.#items) {
      if (sameId(other, id)) return Buffer.from(this.#raw.subarray(offset, offset + item.length))
      offset += item.length
    }
    return undefined
  }

  async #endedRow(id: Id): Promise<Row | undefined> {
    for (const segment of this.#ended) {
      const [row] = await segment.lookup(id)
      if (row) return row
    }
    return undefined
  }
}

/** Makes packs part of the store: from now on its index names them. */
export async function publishPacks(storage: Storage, packs: readonly SegmentRef[]): Promise<void> {
  await addSegments(storage, packs)
}
