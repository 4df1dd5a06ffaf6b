// Reads objects of one store: index → pack → block → item. Whatever is returned was verified against its id.
import { corrupt, DvError, isDvError } from '../base/index.js'
import { reclaimZstdMemory } from '../codec/index.js'
import {
  hashChunk,
  hashObject,
  type ChunkId,
  type Id,
  idKey,
  type ObjectKind,
  sameId,
  toHex,
} from '../hash/index.js'
import { ChunkIndex, type NearSegments, type Row } from '../index/index.js'
import {
  BLOCK_STORED_MAX,
  type BlockHeader,
  blockLengthOf,
  decodeBlock,
  decodeBlockHeader,
  type ItemKind,
  packKey,
} from '../pack/index.js'
import { damageHint, readSoundly, type Storage } from '../storage/index.js'
import { ByteCache } from './byte-cache.js'
import { NOTHING_LOST, readLostItems } from './lost-items.js'
import { absent, promiserOf, readPromises } from './promises.js'
import { type Purged, PurgeRecords } from './purged.js'
import type { ObjectReader } from './types.js'

export const DEFAULT_CACHE_BYTES = 24 * 1024 * 1024
/** A block of one chunk of this size is not kept: it is hardly read twice, and what is kept for a while is given back
 * late (a checkout of one 500 MB file took 130 MB more). */
const KEEP_SINGLE_BYTES = 64 * 1024

/** How often the root is read again for a pack that is gone: it may be rewritten while it is looked for. */
const READS_MAX = 3

/** The id that bytes of a kind have. */
export function idOf(kind: ItemKind, bytes: Uint8Array): Id {
  return kind === 'chunk' ? hashChunk(bytes) : hashObject(kind, bytes)
}

export interface ObjectStoreOptions {
  cacheBytes?: number
  near?: NearSegments
  index?: ChunkIndex
}

/** Bytes that are returned are views of a cache: they must not be changed. */
export class ObjectStore implements ObjectReader {
  readonly storage: Storage
  readonly index: ChunkIndex
  readonly #blocks: ByteCache
  readonly #purges: PurgeRecords

  /** `near`: as in ChunkIndexOptions. `index`: that of another reader of the same store, to look up in one place. */
  constructor(storage: Storage, { cacheBytes = DEFAULT_CACHE_BYTES, near, index }: ObjectStoreOptions = {}) {
    this.storage = storage
    this.index = index ?? new ChunkIndex(storage, { ...(near && { near }) })
    this.#blocks = new ByteCache(cacheBytes)
    this.#purges = new PurgeRecords(storage)
  }

  readObject<K extends ObjectKind>(kind: K, id: Id<K>): Promise<Uint8Array> {
    return this.readItem(kind, id)
  }

  readChunk(id: ChunkId): Promise<Uint8Array> {
    return this.readItem('chunk', id)
  }

  /** As far as the snapshot of the index says. */
  async purged(): Promise<Purged> {
    return this.#purges.union((await this.index.root()).purged)
  }

  async has(id: Id): Promise<boolean> {
    return (await this.index.lookup(id, { first: true })).length > 0
  }

  /** All copies of an item, full ones first; with `first` only those of one segment. Sees what other processes
   * published. */
  async locate(id: Id, { first = false }: { first?: boolean } = {}): Promise<Row[]> {
    const rows = await this.index.lookup(id, { first, fresh: true })
    return rows.sort((a, b) => a.bases.length - b.bases.length)
  }

  /** The copy that will be read of an item, as far as nothing is damaged; with `full`, of a base. */
  async chosenCopy(id: Id, { full = false }: { full?: boolean } = {}): Promise<Row | undefined> {
    const accept = (row: Row) => !full || row.bases.length === 0
    return (await this.locate(id, { first: true })).find(accept) ?? (await this.locate(id)).find(accept)
  }

  /** An item's bytes from its first undamaged copy. Throws DV_ABSENT when it is at a remote, else DV_MISSING_OBJECT, or
   * DV_CORRUPT when no copy is whole. */
  readItem(kind: ItemKind, id: Id): Promise<Uint8Array> {
    return this.#readAny(kind, id, () => true)
  }

  /** The same from a full copy. A base is only ever read so: reading is one step deep whatever a store claims. */
  readFullCopy(kind: ItemKind, id: Id): Promise<Uint8Array> {
    return this.#readAny(kind, id, (row) => row.bases.length === 0)
  }

  /** One copy of an item, verified. `load` gives the stored block where the store does not have its pack yet. */
  async readCopy(kind: ItemKind, row: Row, load?: () => Uint8Array): Promise<Uint8Array> {
    const block = await this.#block(kind, row, load)
    const bytes = block.subarray(row.offset, row.offset + row.length)
    if (bytes.length === row.length && sameId(idOf(kind, bytes), row.id)) return bytes
    this.#blocks.delete(blockKey(row))
    throw damaged(kind, row, `The ${kind} '${toHex(row.id)}' is damaged in pack '${row.pack}'`)
  }

  async #readAny(kind: ItemKind, id: Id, accept: (row: Row) => boolean): Promise<Uint8Array> {
    const newest = await this.#readNewest(kind, id, accept)
    if (newest) return newest
    for (let attempt = 1; ; attempt++) {
      const rows = (await this.locate(id)).filter(accept)
      if (rows.length === 0) throw await this.#notHere(kind, id, [])
      try {
        return await this.#readFirstWhole(kind, rows)
      } catch (error) {
        // The snapshot may be of before a repacking: the pack is gone and the fresh root names another.
        const isGone = isDvError(error) && isDvError(error.cause, 'DV_NOT_FOUND')
        if (!isGone) throw error
        if (attempt === READS_MAX) throw (await this.#notHere(kind, id, rows)) ?? error
        await this.index.refresh()
      }
    }
  }

  /** Why an item is not here: a remote has it, or it is missing. Where only the packs of `rows` are, undefined: the
   * pack's loss is the failure. */
  async #notHere(kind: ItemKind, id: Id, rows: readonly Row[]): Promise<DvError | undefined> {
    const packs = rows.map(({ pack }) => pack)
    const promises = await readPromises(this.storage)
    const lost = promises.size > 0 ? await readLostItems(this.storage) : NOTHING_LOST
    const remote = promiserOf(promises, { kind, id, packs }, lost)
    if (remote !== undefined) return absent(kind, id, remote)
    return rows.length > 0 ? undefined : missing(kind, id, this.storage.properties.location)
  }

  /** From the newest segment that knows the item, where that does: almost always, and no other need be probed. */
  async #readNewest(kind: ItemKind, id: Id, accept: (row: Row) => boolean): Promise<Uint8Array | undefined> {
    const rows = (await this.locate(id, { first: true })).filter(accept)
    return rows.length > 0 ? this.#readFirstWhole(kind, rows).catch(() => undefined) : undefined
  }

  async #readFirstWhole(kind: ItemKind, rows: readonly Row[]): Promise<Uint8Array> {
    let failure: unknown
    for (const row of rows) {
      try {
        return await readSoundly(this.storage, packKey(row.pack), () => this.readCopy(kind, row))
      } catch (error) {
        failure ??= isDvError(error, 'DV_NOT_FOUND')
          ? packGone(row, { hint: damageHint(this.storage), cause: error })
          : error
      }
    }
    throw failure
  }

  /** The decoded block that a copy lies in. */
  async #block(kind: ItemKind, row: Row, load?: () => Uint8Array): Promise<Uint8Array> {
    const key = blockKey(row)
    const cached = this.#blocks.get(key)
    if (cached) return cached
    const where = `The block at byte ${row.blockOffset} of pack '${row.pack}' is damaged`
    if (row.blockLength > BLOCK_STORED_MAX) throw damaged(kind, row, `${where}: it is too long`)
    const range = { offset: row.blockOffset, length: row.blockLength }
    const block = load ? load() : await this.storage.get(packKey(row.pack), range)
    try {
      const header = decodeBlockHeader(block)
      checkAgainstRow(header, row)
      const bases: Uint8Array[] = []
      for (const id of header.bases) bases.push(await this.readFullCopy(kind, id))
      const raw = decodeBlock(block, header, bases)
      if (header.items.length > 1 || raw.length < KEEP_SINGLE_BYTES) this.#blocks.set(key, raw)
      const pause = reclaimZstdMemory()
      if (pause) await pause
      return raw
    } catch (error) {
      if (!isDvError(error, 'DV_CORRUPT')) throw error
      throw damaged(kind, row, `${where}: ${error.message}`, error)
    }
  }
}

function blockKey(row: Row): string {
  return `${row.pack}:${row.blockOffset}`
}

/** The index must say of a block what the block says of itself: a delta passed off as a full copy could stand on itself. */
function checkAgainstRow(header: BlockHeader, row: Row): void {
  if (blockLengthOf(header) !== row.blockLength) throw corrupt('the index gives it another length')
  const sameBases =
    header.bases.length === row.bases.length && header.bases.every((id, i) => sameId(id, row.bases[i]!))
  if (!sameBases) throw corrupt('the index gives it other bases')
}

function damaged(kind: ItemKind, row: Row, message: string, cause?: DvError): DvError {
  return new DvError('DV_CORRUPT', message, {
    data: { ...cause?.data, id: toHex(row.id), kind, pack: row.pack, offset: row.blockOffset },
    hint: "run 'dv fsck' to list what is damaged",
    cause,
  })
}

function missing(kind: ItemKind, id: Id, location: string): DvError {
  return new DvError('DV_MISSING_OBJECT', `The ${kind} '${toHex(id)}' is not in the store at '${location}'`, {
    data: { id: toHex(id), kind },
    hint: "run 'dv fsck' to list what is missing, or 'dv fetch' from a remote that has it",
  })
}

function packGone(row: Row, details: { hint: string; cause: unknown }): DvError {
  return new DvError('DV_CORRUPT', `Pack '${row.pack}' is missing`, {
    data: { pack: row.pack, id: toHex(row.id) },
    ...details,
  })
}

/** Ids of the full copies that an item may be a base by: itself when it has one, else what its delta stands on. */
export async function fullBasesOf(store: ObjectStore, id: Id): Promise<readonly Id[]> {
  const rows = await store.index.lookup(id)
  if (rows.length === 0) return []
  return rows.some((row) => row.bases.length === 0) ? [id] : rows[0]!.bases
}

/** Removes repeats, keeping the first of each. */
export function uniqueIds<T extends Id>(ids: Iterable<T>): T[] {
  return [...new Map([...ids].map((id) => [idKey(id), id])).values()]
}
