// Format: spec/04-objects.md, "Metadata": typed values by name, names in ascending order of their UTF-8 bytes.
import { utf8 } from '../base/index.js'
import { type Reader, Writer } from '../codec/index.js'

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
const TYPES = ['string', 'int64', 'float64', 'boolean', 'date', 'list'] as const

export function writeMetadata(writer: Writer, metadata: Metadata): void {
  const names = [...metadata.keys()].sort((a, b) => Buffer.compare(utf8(a), utf8(b)))
  writer.varint(names.length)
  for (const name of names) {
    writer.string(name)
    writeValue(writer, metadata.get(name)!)
  }
}

function writeValue(writer: Writer, item: MetadataValue): void {
  writer.u8(TYPES.indexOf(item.type) + 1)
  if (item.type === 'string') writer.string(item.value)
  else if (item.type === 'int64') writer.int64(item.value)
  else if (item.type === 'float64') writer.f64(item.value)
  else if (item.type === 'boolean') writer.u8(item.value ? 1 : 0)
  else if (item.type === 'date') writer.int64(BigInt(item.value))
  else {
    writer.varint(item.value.length)
    for (const scalar of item.value) writeValue(writer, scalar)
  }
}

export function readMetadata(reader: Reader): Metadata {
  const count = reader.count(65_536, 3)
  const metadata = new Map<string, MetadataValue>()
  let previous: Buffer | undefined
  for (let i = 0; i < count; i++) {
    const name = reader.string(1024)
    const bytes = utf8(name)
    if (previous && Buffer.compare(previous, bytes) >= 0) reader.fail('metadata names out of order')
    previous = bytes
    metadata.set(name, readValue(reader, true))
  }
  return metadata
}

function readValue(reader: Reader, listAllowed: boolean): MetadataValue {
  const type = TYPES[reader.u8() - 1]
  switch (type) {
    case 'string':
      return { type, value: reader.string() }
    case 'int64':
      return { type, value: reader.int64() }
    case 'float64':
      return { type, value: reader.f64() }
    case 'boolean': {
      const byte = reader.u8()
      if (byte > 1) reader.fail('a boolean that is neither 0 nor 1')
      return { type, value: byte === 1 }
    }
    case 'date':
      return { type, value: Number(reader.int64()) }
    case 'list': {
      if (!listAllowed) reader.fail('a list within a list')
      const count = reader.count(65_536, 2)
      return { type, value: Array.from({ length: count }, () => readValue(reader, false) as MetadataScalar) }
    }
    default:
      return reader.fail('metadata of an unknown type')
  }
}

/** The bytes of a metadata map by itself, as they stand in an entry or a value object. */
export function encodeMetadata(metadata: Metadata): Buffer {
  const writer = new Writer()
  writeMetadata(writer, metadata)
  return writer.done()
}
