// What the rooms above use of the store. Implemented by ObjectStore and StoreWriter in this room.
import type { ChunkId, Id, ObjectKind } from '../hash/index.js'
import type { Purged } from './purged.js'

/** Reads objects by id. Everything returned was verified against its id. */
export interface ObjectReader {
  /** The encoded bytes of an object. Throws DV_MISSING_OBJECT when the store does not have it. */
  readObject<K extends ObjectKind>(kind: K, id: Id<K>): Promise<Uint8Array>
  readChunk(id: ChunkId): Promise<Uint8Array>
  /** Whether a full or delta copy of it is here. */
  has(id: Id): Promise<boolean>
  /** The contents of files that were purged: no reader gives them, no writer takes them. */
  purged(): Promise<Purged>
}

/** Adds objects. What was written can be read back through the same writer at once, by others after publish. */
export interface ObjectWriter extends ObjectReader {
  /** Stores an object unless the store has it, against `base` (what it replaces) when that saves half. */
  writeObject<K extends ObjectKind>(kind: K, bytes: Uint8Array, base?: Id<K>): Promise<Id<K>>
}
