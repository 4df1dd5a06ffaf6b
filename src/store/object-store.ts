// Reads objects of one store: index → pack → block → item. Whatever is returned was verified against its id.
import { corrupt, DvError, isDvError } from '../base/index.js'
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
import { ChunkIndex, type Row } from '../index/index.js'
import { decodeBlock, decodeBlockHeader, type ItemKind, packKey } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { ByteCache } from './byte-cache.js'
import type { ObjectReader } from './types.js'

export const DEFAULT_CACHE_BYTES = 24 * 1024 * 1024

/** The id that bytes of a kind have. */
export function idOf(kind: ItemKind, bytes: Uint8Array): Id {
  return kind === 'chunk' ? hashChunk(bytes) : hashObject(kind, bytes)
}

export class ObjectStore implements ObjectReader {
  readonly storage: Storage
  readonly index: ChunkIndex
  readonly #blocks: ByteCache

  constructor(storage: Storage, { cacheBytes = DEFAULT_CACHE_BYTES }: { cacheBytes?: number } = {}) {
    this.storage = storage
    this.index = new ChunkIndex(storage)
    this.#blocks = new ByteCache(cacheBytes)
  }

  readObject<K extends ObjectKind>(kind: K, id: Id<K>): Promise<Uint8Array> {
    return this.readItem(kind, id)
  }

  readChunk(id: ChunkId): Promise<Uint8Array> {
    return this.readItem('chunk', id)
  }

  async has(id: Id): Promise<boolean> {
    return (await this.index.lookup(id, { first: true })).length > 0
  }

  /** All copies of an item, full ones first. Sees what other processes published. */
  async locate(id: Id): Promise<Row[]> {
    let rows = await this.index.lookup(id)
    if (rows.length === 0 && (await this.index.refresh())) rows = await this.index.lookup(id)
    return rows.sort((a, b) => a.bases.length - b.bases.length)
  }

  /** An item's bytes from its first undamaged copy. Throws DV_MISSING_OBJECT, or DV_CORRUPT when no copy is whole. */
  async readItem(kind: ItemKind, id: Id): Promise<Uint8Array> {
    const rows = await this.locate(id)
    if (rows.length === 0) throw missing(kind, id, this.storage.properties.location)
    let failure: unknown
    for (const row of rows) {
      try {
        return await this.readCopy(kind, row)
      } catch (error) {
        failure ??= isDvError(error, 'DV_NOT_FOUND') ? packGone(row, error) : error
      }
    }
    throw failure
  }

  /** One copy of an item, verified. `load` gives the stored block where the store does not have its pack yet. */
  async readCopy(kind: ItemKind, row: Row, load?: () => Uint8Array): Promise<Uint8Array> {
    const block = await this.#block(kind, row, load)
    const bytes = block.subarray(row.offset, row.offset + row.length)
    if (bytes.length !== row.length || !sameId(idOf(kind, bytes), row.id)) {
      throw corrupt(`The ${kind} '${toHex(row.id)}' is damaged in pack '${row.pack}'`, {
        id: toHex(row.id),
        kind,
        pack: row.pack,
        offset: row.blockOffset,
      })
    }
    return bytes
  }

  /** The decoded block that a copy lies in. */
  async #block(kind: ItemKind, row: Row, load?: () => Uint8Array): Promise<Uint8Array> {
    const key = `${row.pack}:${row.blockOffset}`
    const cached = this.#blocks.get(key)
    if (cached) return cached
    const range = { offset: row.blockOffset, length: row.blockLength }
    const block = load ? load() : await this.storage.get(packKey(row.pack), range)
    try {
      const header = decodeBlockHeader(block)
      const bases: Uint8Array[] = []
      for (const id of header.bases) bases.push(await this.#base(kind, id))
      const raw = decodeBlock(block, header, bases)
      this.#blocks.set(key, raw)
      return raw
    } catch (error) {
      if (!isDvError(error, 'DV_CORRUPT')) throw error
      throw corrupt(
        `The block at byte ${row.blockOffset} of pack '${row.pack}' is damaged: ${error.message}`,
        {
          ...error.data,
          id: toHex(row.id),
          kind,
          pack: row.pack,
          offset: row.blockOffset,
        },
      )
    }
  }

  /** A base is only ever read from a full copy, so that reading is one step deep whatever a store claims. */
  async #base(kind: ItemKind, id: Id): Promise<Uint8Array> {
    const full = (await this.locate(id)).filter((row) => row.bases.length === 0)
    if (full.length === 0) throw missing(kind, id, this.storage.properties.location)
    let failure: unknown
    for (const row of full) {
      try {
        return await this.readCopy(kind, row)
      } catch (error) {
        failure ??= error
      }
    }
    throw failure
  }
}

function missing(kind: ItemKind, id: Id, location: string): DvError {
  return new DvError('DV_MISSING_OBJECT', `The ${kind} '${toHex(id)}' is not in the store at '${location}'`, {
    data: { id: toHex(id), kind },
    hint: "run 'dv fsck' to list what is missing, or 'dv fetch' from a remote that has it",
  })
}

function packGone(row: Row, cause: unknown): DvError {
  return new DvError('DV_CORRUPT', `Pack '${row.pack}' is missing`, {
    data: { pack: row.pack, id: toHex(row.id) },
    hint: "run 'dv fsck' to list what it held",
    cause,
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
