// Format: spec/01-hashing.md
import { asBuffer, DvError } from '../base/index.js'
import { blake3 } from './implementation.js'

declare const kindOfId: unique symbol

/** 32 bytes that name content. The type parameter keeps ids of different kinds apart at compile time. */
export type Id<Kind extends string = string> = Uint8Array & { readonly [kindOfId]?: Kind }

/** BLAKE3 of a chunk's bytes. */
export type ChunkId = Id<'chunk'>
/** BLAKE3 of a whole file, as `b3sum` prints it; of a file of one chunk, also the chunk's id. */
export type ContentId = Id<'content'>

/** Kinds of objects that are not file data. Each is hashed under a context of its own. */
export const OBJECT_KINDS = ['commit', 'tag', 'manifest', 'recipe', 'value'] as const
export type ObjectKind = (typeof OBJECT_KINDS)[number]
export type ObjectId = Id<ObjectKind>
export type CommitId = Id<'commit'>
export type TagId = Id<'tag'>
export type ManifestId = Id<'manifest'>
export type RecipeId = Id<'recipe'>
export type ValueId = Id<'value'>

export const ID_BYTES = 32
const CONTEXT = (kind: string) => `dv-data 2026-11-22 ${kind} v1`

/** The id of a chunk or of a whole file. */
export function hashChunk(bytes: Uint8Array): ChunkId & ContentId {
  return blake3.hash(bytes) as ChunkId & ContentId
}

/** The id of an object's encoded bytes. */
export function hashObject<K extends ObjectKind>(kind: K, bytes: Uint8Array): Id<K> {
  return blake3.deriveKey(CONTEXT(kind), bytes) as Id<K>
}

/** The checksum of a sealed record or a block header: not an id, so no object can pass for one. */
export function checksum(bytes: Uint8Array): Uint8Array {
  return blake3.deriveKey(CONTEXT('record'), bytes)
}

export function sameId(a: Id, b: Id): boolean {
  return Buffer.compare(a, b) === 0
}

/** A compact string for Map and Set keys; not for display. */
export function idKey(id: Id): string {
  return asBuffer(id).toString('latin1')
}

export function idFromKey<K extends string>(key: string): Id<K> {
  return Buffer.from(key, 'latin1') as Id<K>
}

/** 64 lowercase hex digits. */
export function toHex(id: Uint8Array): string {
  return asBuffer(id).toString('hex')
}

/** The first 12 hex digits, for display. */
export function shortHex(id: Id): string {
  return toHex(id).slice(0, 12)
}

/** Parses 64 hex digits. Throws DV_CORRUPT when it is anything else. */
export function parseId<K extends string>(hex: string): Id<K> {
  if (!/^[0-9a-f]{64}$/.test(hex))
    throw new DvError('DV_CORRUPT', `'${hex.slice(0, 80)}' is not an id of 64 hex digits`)
  return Buffer.from(hex, 'hex') as Id<K>
}

/** Views of ids that stand one after the other. */
export function eachId(ids: Buffer): (Buffer & Id)[] {
  const at = (i: number) => ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) as Buffer & Id
  return Array.from({ length: ids.length / ID_BYTES }, (_, i) => at(i))
}
