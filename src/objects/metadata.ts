// Format: spec/04-objects.md, "Metadata": typed values by name, names in ascending order of their UTF-8 bytes.
import { compareUtf8, DvError } from '../base/index.js'
import { Reader, Writer } from '../codec/index.js'

export type MetadataScalar =
  | { type: 'string'; value: string }
  | { type: 'int64'; value: bigint }
  | { type: 'float64'; value: number }
  | { type: 'boolean'; value: boolean }
  /** Milliseconds since 1970 UTC. */
  | { type: 'date'; value: number }

export type MetadataValue = MetadataScalar | { type: 'list'; value: readonly MetadataScalar[] }
export type Metadata = ReadonlyMap<string, MetadataValue>

export const NO_METADATA: Metadata = new Map()
export const METADATA_BYTES_MAX = 512 * 1024
/** Names in a map, and values in a list. */
export const METADATA_ITEMS_MAX = 65_536
export const NAME_BYTES_MAX = 1024
/** The furthest a date may be from 1970, in milliseconds: what every calendar library can show. */
export const TIME_MAX = 8.64e15
export const METADATA_TYPES = ['string', 'int64', 'float64', 'boolean', 'date', 'list'] as const

export function writeMetadata(writer: Writer, metadata: Metadata): void {
  const names = [...metadata.keys()].sort(compareUtf8)
  if (names.length > METADATA_ITEMS_MAX) throw refused(`it has ${names.length} names`)
  writer.varint(names.length)
  for (const name of names) {
    if (name.length * 3 > NAME_BYTES_MAX && Buffer.byteLength(name) > NAME_BYTES_MAX)
      throw refused(`the name '${name.slice(0, 80)}' is too long`)
    writer.string(name)
    writeValue(writer, metadata.get(name)!)
  }
}

function writeValue(writer: Writer, item: MetadataValue): void {
  writer.u8(METADATA_TYPES.indexOf(item.type) + 1)
  if (item.type === 'string') writer.string(item.value)
  else if (item.type === 'int64') writer.int64(item.value)
  else if (item.type === 'float64') writer.f64(Number.isNaN(item.value) ? NaN : item.value)
  else if (item.type === 'boolean') writer.u8(item.value ? 1 : 0)
  else if (item.type === 'date') writer.int64(wholeTime(item.value))
  else {
    if (item.value.length > METADATA_ITEMS_MAX) throw refused(`a list has ${item.value.length} values`)
    writer.varint(item.value.length)
    for (const scalar of item.value) writeValue(writer, scalar)
  }
}

function refused(reason: string): DvError {
  return new DvError('DV_USAGE', `The metadata cannot be recorded: ${reason}`)
}

/** A time as it is stored. Throws DV_USAGE when it is not a whole number of milliseconds within TIME_MAX. */
export function wholeTime(time: number): bigint {
  if (!Number.isInteger(time) || Math.abs(time) > TIME_MAX) throw refused(`${time} is not a time`)
  return BigInt(time)
}

/** Reads what `wholeTime` gave. */
export function readTime(reader: Reader): number {
  const time = Number(reader.int64())
  return Math.abs(time) > TIME_MAX ? reader.fail('a time out of range') : time
}

/** What writeMetadata() wrote, and nothing else: whatever it takes would be written as the same bytes again. */
export function readMetadata(reader: Reader): Metadata {
  const count = reader.count(METADATA_ITEMS_MAX, 3)
  const metadata = new Map<string, MetadataValue>()
  let previous: string | undefined
  for (let i = 0; i < count; i++) {
    const name = reader.string(NAME_BYTES_MAX)
    if (previous !== undefined && compareUtf8(previous, name) >= 0) reader.fail('metadata names out of order')
    previous = name
    metadata.set(name, readValue(reader, true))
  }
  return metadata
}

/** One value, from the byte of its type on. */
export function readMetadataValue(reader: Reader): MetadataValue {
  return readValue(reader, true)
}

function readValue(reader: Reader, listAllowed: boolean): MetadataValue {
  const type = METADATA_TYPES[reader.u8() - 1]
  switch (type) {
    case 'string':
      return { type, value: reader.string() }
    case 'int64':
      return { type, value: reader.int64() }
    case 'float64':
      return { type, value: readFloat(reader) }
    case 'boolean': {
      const byte = reader.u8()
      if (byte > 1) reader.fail('a boolean that is neither 0 nor 1')
      return { type, value: byte === 1 }
    }
    case 'date':
      return { type, value: readTime(reader) }
    case 'list': {
      if (!listAllowed) reader.fail('a list within a list')
      const count = reader.count(METADATA_ITEMS_MAX, 2)
      return { type, value: Array.from({ length: count }, () => readValue(reader, false) as MetadataScalar) }
    }
    default:
      return reader.fail('metadata of an unknown type')
  }
}

/** There is one NaN. */
function readFloat(reader: Reader): number {
  const bytes = reader.raw(8)
  const value = bytes.readDoubleLE(0)
  if (Number.isNaN(value) && !bytes.equals(NAN)) reader.fail('a NaN that is not the one')
  return value
}

const NAN = Buffer.from('000000000000f87f', 'hex')

/** What encodeMetadata() gave. `what` names it when it is damaged. */
export function decodeMetadata(bytes: Uint8Array, what: string): Metadata {
  const reader = new Reader(bytes, what)
  const metadata = readMetadata(reader)
  reader.end()
  return metadata
}

/** The bytes of a metadata map by itself, as they stand in an entry or a value object. */
export function encodeMetadata(metadata: Metadata): Buffer {
  const writer = new Writer()
  writeMetadata(writer, metadata)
  return writer.done()
}

/** Whether two values are of the same type and equal; two absent ones are. */
export function sameValue(a: MetadataValue | undefined, b: MetadataValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (a.type === 'list' || b.type === 'list') {
    if (a.type !== 'list' || b.type !== 'list' || a.value.length !== b.value.length) return false
    return a.value.every((item, at) => sameValue(item, b.value[at]))
  }
  return a.type === b.type && Object.is(a.value, b.value)
}
