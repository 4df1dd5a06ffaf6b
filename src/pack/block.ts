// Format: spec/05-packs.md, "Block". A block is one compressed frame that holds whole items, and a header from which
// it can be read without any index.
import { corrupt, DvError, sameBytes } from '../base/index.js'
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
const BASES_BYTES_MIN = 8
const FIXED_BYTES = 8
const CHECK_BYTES = 4
const HEADER_BYTES_MAX = 0xffff
/** No block takes more bytes in a pack: what claims to is damage, and is not read. */
export const BLOCK_STORED_MAX = HEADER_BYTES_MAX + BLOCK_RAW_MAX

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

/** The bytes a block takes in its pack. */
export function blockLengthOf(header: BlockHeader): number {
  return header.headerLength + header.storedLength
}

/** A full copy another block is compressed against. */
export interface Base {
  id: Id
  bytes: Uint8Array
}

/** The bytes of a block of full copies: `raw` is the items one after the other. Throws TypeError beyond the caps. */
export function encodeBlock(items: readonly BlockItem[], raw: Uint8Array): Buffer {
  return Buffer.concat(encodeBlockPieces(items, raw))
}

/** The same as header and payload, which is `raw` itself where that does not compress. */
export function encodeBlockPieces(items: readonly BlockItem[], raw: Uint8Array): [Buffer, Uint8Array] {
  checkItems(items, raw)
  const { filter, payload } = chooseCompression(raw)
  if (payload === undefined) return [encodeHeader({ codec: CODEC.raw, items }, raw), raw]
  return [encodeHeader({ codec: CODEC.zstd, filter, items }, payload), payload]
}

/** The bytes of a block of one item stored against `bases`, which must be usable. */
export function encodeDeltaBlock(item: BlockItem, raw: Uint8Array, bases: readonly Base[]): Buffer {
  checkItems([item], raw)
  if (!areUsableBases(bases.map((base) => base.bytes))) throw new TypeError('bases that may not be used')
  const payload = compress(raw, { dictionary: dictionaryOf(bases.map((base) => base.bytes)) })
  const ids = bases.map((base) => base.id)
  return Buffer.concat([
    encodeHeader({ codec: CODEC.zstdWithBases, items: [item], bases: ids }, payload),
    payload,
  ])
}

/** Whether these bytes may be the bases of a delta block, in this order. */
export function areUsableBases(bases: readonly Uint8Array[]): boolean {
  if (bases.length === 0 || bases.length > BASES_MAX) return false
  const length = bases.reduce((sum, bytes) => sum + bytes.length, 0)
  if (length < BASES_BYTES_MIN || length > BASES_BYTES_MAX) return false
  return isUsableDictionary(dictionaryOf(bases))
}

function checkItems(items: readonly BlockItem[], raw: Uint8Array): void {
  const length = items.reduce((sum, item) => sum + item.length, 0)
  if (items.length === 0 || items.length > BLOCK_ITEMS_MAX)
    throw new TypeError(`a block of ${items.length} items`)
  if (length !== raw.length || length > BLOCK_RAW_MAX) throw new TypeError(`a block of ${length} bytes`)
}

function dictionaryOf(bases: readonly Uint8Array[]): Uint8Array {
  return bases.length === 1 ? bases[0]! : Buffer.concat(bases)
}

function encodeHeader(
  {
    codec,
    filter = FILTER.none,
    items,
    bases = [],
  }: Pick<BlockHeader, 'codec' | 'items'> & Partial<BlockHeader>,
  payload: Uint8Array,
): Buffer {
  const body = new Writer(32 + items.length * 3 + bases.length * ID_BYTES)
  body.varint(items.length)
  for (const { kind, length } of items) body.varint(length * 8 + ITEM_KINDS.indexOf(kind))
  body.varint(payload.length).u8(bases.length)
  for (const id of bases) body.raw(id)
  const headerLength = FIXED_BYTES + body.length + CHECK_BYTES
  const writer = new Writer(headerLength)
  writer.u32(BLOCK_MAGIC).u8(codec).u8(filter).u16(headerLength).raw(body.view())
  return writer.raw(checksum(writer.view()).subarray(0, CHECK_BYTES)).view()
}

/** Reads and checks a block's header at the beginning of `bytes`. Throws DV_CORRUPT. The checksum comes last: a scan
 * tries many places where no block begins, and the cheap checks settle almost all of them. */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
  const start = new Reader(bytes, 'block header')
  if (start.u32() !== BLOCK_MAGIC) start.fail('no block begins here')
  const codec = start.u8()
  const filter = start.u8()
  const headerLength = start.u16()
  if (headerLength > bytes.length) start.fail('it is cut short')
  // What it states of itself is all that is read of it.
  const reader = new Reader(bytes.subarray(0, headerLength), 'block header')
  reader.raw(FIXED_BYTES)
  if (codec > CODEC.zstdWithBases || filter > FILTER.planes4) reader.fail('an unknown codec or filter')
  const items = Array.from({ length: reader.count(BLOCK_ITEMS_MAX) }, () => readItem(reader))
  const rawLength = items.reduce((sum, item) => sum + item.length, 0)
  const storedLength = reader.varint()
  const baseCount = reader.u8()
  if (baseCount > BASES_MAX) reader.fail('too many bases')
  const bases = Array.from({ length: baseCount }, () => Buffer.from(reader.raw(ID_BYTES)) as Id)
  if (reader.offset !== headerLength - CHECK_BYTES) reader.fail('its length does not match')
  const header = { codec, filter, items, bases, headerLength, storedLength, rawLength }
  if (!isPossible(header)) reader.fail('lengths, bases or a filter that cannot be')
  const sum = checksum(bytes.subarray(0, headerLength - CHECK_BYTES)).subarray(0, CHECK_BYTES)
  if (!sameBytes(reader.raw(CHECK_BYTES), sum)) reader.fail('its checksum does not match')
  return header
}

/** What each codec asks of the rest of the header. */
function isPossible({ codec, filter, items, bases, storedLength, rawLength }: BlockHeader): boolean {
  if (items.length === 0 || rawLength > BLOCK_RAW_MAX || storedLength > BLOCK_RAW_MAX) return false
  if (codec === CODEC.zstd) return bases.length === 0
  if (filter !== FILTER.none) return false
  if (codec === CODEC.raw) return bases.length === 0 && storedLength === rawLength
  return bases.length > 0 && items.length === 1
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
  const payload = block.subarray(header.headerLength, blockLengthOf(header))
  if (payload.length !== header.storedLength) throw corrupt('A block is cut short')
  if (header.codec === CODEC.raw) return payload
  if (bases.length !== header.bases.length)
    throw new DvError('DV_MISSING_OBJECT', 'A block is read without its bases')
  if (bases.length > 0 && !areUsableBases(bases)) throw corrupt('A block has bases that may not be used')
  const raw = decompress(payload, header.rawLength, bases.length > 0 ? dictionaryOf(bases) : undefined)
  return header.filter === FILTER.planes4 ? joinPlanes(raw) : raw
}
