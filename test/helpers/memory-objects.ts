// An object store in memory, for tests of the rooms that read and write through ObjectReader and ObjectWriter.
import { corrupt, DvError } from '../../src/base/index.js'
import {
  type ChunkId,
  hashChunk,
  hashObject,
  type Id,
  idKey,
  type ObjectKind,
  sameId,
  shortHex,
} from '../../src/hash/index.js'
import { NOTHING_PURGED, type ObjectWriter } from '../../src/store/index.js'

export interface Write {
  kind: ObjectKind
  id: Id
  bytes: number
  base: Id | undefined
}

export interface MemoryObjects extends ObjectWriter {
  readonly objects: Map<string, Uint8Array>
  /** New objects in the order of writing; what was there already is not listed. */
  readonly writes: Write[]
  /** Objects read so far. Tests set it to 0. */
  reads: number
  addChunk(bytes: Uint8Array): ChunkId
}

/** Verifies what it reads against its id, as every ObjectReader does. */
export function memoryObjects(): MemoryObjects {
  const objects = new Map<string, Uint8Array>()
  const writes: Write[] = []
  function get(id: Id): Uint8Array {
    const bytes = objects.get(idKey(id))
    if (bytes === undefined)
      throw new DvError('DV_MISSING_OBJECT', `The object '${shortHex(id)}' is not in the store`)
    return bytes
  }
  const store: MemoryObjects = {
    objects,
    writes,
    reads: 0,
    async readObject(kind, id) {
      store.reads++
      const bytes = get(id)
      if (!sameId(hashObject(kind, bytes), id)) throw corrupt(`The object '${shortHex(id)}' is damaged`)
      return bytes
    },
    async readChunk(id) {
      return get(id)
    },
    async purged() {
      return NOTHING_PURGED
    },
    async has(id) {
      return objects.has(idKey(id))
    },
    async writeObject(kind, bytes, base) {
      const id = hashObject(kind, bytes)
      if (objects.has(idKey(id))) return id
      objects.set(idKey(id), bytes)
      writes.push({ kind, id, bytes: bytes.length, base })
      return id
    },
    addChunk(bytes) {
      const id = hashChunk(bytes)
      objects.set(idKey(id), bytes)
      return id
    },
  }
  return store
}
