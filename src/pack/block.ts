// Format: spec/05-packs.md, "Block". A block is one compressed frame that holds whole items, and a header from which
// it can be read without any index.
import { corrupt, DvError } from '../base/index.js'
import { compress, decompress, isUsableDictionary, joinPlanes, Reader, Writer } from '../codec/index.js'
import { checksum, type Id, ID_BYTES, OBJECT_KINDS, type ObjectKind } from '../hash/index.js'
import { chooseCompression } from './compression.js'

export type ItemKind = 'chunk' | ObjectKind
export const ITEM_KINDS: readonly ItemKind[] = ['chunk', ...OBJECT_KINDS]

export const BLOCK_MAGIC = 0x31426b64 // the bytes "dkB1"
export const BLOCK_RAW_MAX = 16 * 1024 * 1024
export const BLOCK_ITEMS_MAX = 4096
export const BASES_MAX = 4
export const BASES_BYTES_MAX = 1024 * 1024
const HEADER_BYTES_MAX = 0xffff
const CHECK_BYTES = 4

export const CODEC = { raw: 0, zstd: 1, zstdWithBases: 2 } as const
export const FILTER = { none: 0, planes4: 1 } as const

export interface BlockItem {
  kind: ItemKind
  /** Bytes. */
  length: number
}

export interface BlockHeader {
  codec: number
  filter: number
  items: readonly BlockItem[]
  /** Ids of the full copies whose bytes, in this order, are the frame's raw dictionary. */
  bases: readonly Id[]
  headerLength: number
  storedLength: number
  rawLength: number
}

/** A full copy another block is compressed against. */
export interface Base {
  id: Id
  bytes: Uint8Array
}

/** The bytes of a block of full copies: `raw` is the items one after the other. */
export function encodeBlock(items: readonly BlockItem[], raw: Uint8Array): Buffer {
  const { filter, payload } = chooseCompression(raw)
  if (payload === undefined) return assemble(CODEC.raw, FILTER.none, items, [], raw)
  return assemble(CODEC.zstd, filter, items, [], payload)
}

/** The bytes of a block of one item stored against `bases`. */
export function encodeDeltaBlock(item: BlockItem, raw: Uint8Array, bases: readonly Base[]): Buffer {
  const payload = compress(raw, dictionaryOf(bases.map((base) => base.bytes)))
  const ids = bases.map((base) => base.id)
  return assemble(CODEC.zstdWithBases, FILTER.none, [item], ids, payload)
}

/** Whether these bytes may be the bases of a delta block, in this order. */
export function areUsableBases(bases: readonly Uint8Array[]): boolean {
  const length = bases.reduce((sum, bytes) => sum + bytes.length, 0)
  if (bases.length === 0 || bases.length > BASES_MAX || length > BASES_BYTES_MAX || length < 8) return false
  return isUsableDictionary(dictionaryOf(bases))
}

function dictionaryOf(bases: readonly Uint8Array[]): Uint8Array {
  return bases.length === 1 ? bases[0]! : Buffer.concat(bases)
}

function assemble(
  codec: number,
  filter: number,
  items: readonly BlockItem[],
  bases: readonly Id[],
  payload: Uint8Array,
) {
  const writer = new Writer(64 + items.length * 3 + bases.length * ID_BYTES + payload.length)
  const body = new Writer(32 + items.length * 3)
  body.varint(items.length)
  for (const { kind, length } of items) body.varint(length * 8 + ITEM_KINDS.indexOf(kind))
  body.varint(payload.length).u8(bases.length)
  for (const id of bases) body.raw(id)
  const headerLength = 8 + body.length + CHECK_BYTES
  if (headerLength > HEADER_BYTES_MAX) throw new TypeError('block header too long')
  writer.u32(BLOCK_MAGIC).u8(codec).u8(filter).u16(headerLength).raw(body.view())
  writer.raw(checksum(writer.view()).subarray(0, CHECK_BYTES)).raw(payload)
  return writer.view()
}

/** Reads and checks a block's header at the beginning of `bytes`. Throws DV_CORRUPT. */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
  const reader = new Reader(bytes, 'block header')
  if (reader.u32() !== BLOCK_MAGIC) reader.fail('no block begins here')
  const codec = reader.u8()
  const filter = reader.u8()
  const headerLength = reader.u16()
  if (headerLength < 8 + CHECK_BYTES || headerLength > bytes.length) reader.fail('it is cut short')
  const check = Buffer.from(bytes.buffer, bytes.byteOffset + headerLength - CHECK_BYTES, CHECK_BYTES)
  const sum = checksum(bytes.subarray(0, headerLength - CHECK_BYTES))
  if (check.compare(sum, 0, CHECK_BYTES) !== 0) reader.fail('its checksum does not match')
  if (codec > CODEC.zstdWithBases || filter > FILTER.planes4) reader.fail('an unknown codec or filter')
  const items = Array.from({ length: reader.count(BLOCK_ITEMS_MAX) }, () => readItem(reader))
  const rawLength = items.reduce((sum, item) => sum + item.length, 0)
  if (rawLength > BLOCK_RAW_MAX) reader.fail('it is larger than the format allows')
  const storedLength = reader.varint()
  const baseCount = reader.u8()
  const bases = Array.from({ length: baseCount }, () => reader.raw(ID_BYTES) as Id)
  if (reader.offset !== headerLength - CHECK_BYTES) reader.fail('its length does not match')
  const rightBases =
    codec === CODEC.zstdWithBases ? baseCount >= 1 && baseCount <= BASES_MAX : baseCount === 0
  if (!rightBases || storedLength > BLOCK_RAW_MAX) reader.fail('bases or lengths that cannot be')
  return { codec, filter, items, bases, headerLength, storedLength, rawLength }
}

function readItem(reader: Reader): BlockItem {
  const value = reader.varint()
  const kind = ITEM_KINDS[value % 8]
  if (kind === undefined) return reader.fail('an item of an unknown kind')
  return { kind, length: Math.floor(value / 8) }
}

/** The items of a whole block, one after the other. `bases`: the bytes of header.bases. Throws DV_CORRUPT. The items
 * are not yet verified against their ids. */
export function decodeBlock(
  block: Uint8Array,
  header: BlockHeader,
  bases: readonly Uint8Array[] = [],
): Uint8Array {
  const payload = block.subarray(header.headerLength, header.headerLength + header.storedLength)
  if (payload.length !== header.storedLength) throw corrupt('A block is cut short')
  if (header.codec === CODEC.raw) {
    if (header.storedLength !== header.rawLength) throw corrupt('A raw block has the wrong length')
    return payload
  }
  if (bases.length !== header.bases.length)
    throw new DvError('DV_MISSING_OBJECT', 'A block is read without its bases')
  const dictionary = bases.length > 0 ? dictionaryOf(bases) : undefined
  const raw = decompress(payload, header.rawLength, dictionary)
  return header.filter === FILTER.planes4 ? joinPlanes(raw) : raw
}
