import { DvError } from '../base/index.js'
import { Reader } from '../codec/index.js'
import {
  encodeMetadata,
  type Entry,
  type EntryMetadata,
  INLINE_METADATA_BYTES_MAX,
  type Metadata,
  METADATA_BYTES_MAX,
  NO_METADATA,
  readMetadata,
  StoredMetadata,
} from '../objects/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'

/** Metadata in the form an entry carries it: undefined when empty, a value object when over 512 bytes. */
export async function storeMetadata(
  writer: ObjectWriter,
  metadata: Metadata,
): Promise<EntryMetadata | undefined> {
  return metadata.size === 0 ? undefined : storeEncodedMetadata(writer, encodeMetadata(metadata))
}

/** The same of what encodeMetadata() has made of a map that is not empty. */
export async function storeEncodedMetadata(writer: ObjectWriter, bytes: Uint8Array): Promise<EntryMetadata> {
  if (bytes.length <= INLINE_METADATA_BYTES_MAX) return new StoredMetadata(bytes)
  if (bytes.length > METADATA_BYTES_MAX) {
    throw new DvError(
      'DV_USAGE',
      `Metadata of ${bytes.length} bytes, at most ${METADATA_BYTES_MAX} are allowed`,
    )
  }
  return { form: 'value', id: await writer.writeObject('value', bytes) }
}

/** An entry's metadata, wherever it stands. */
export async function loadMetadata(reader: ObjectReader, entry: Entry): Promise<Metadata> {
  const { metadata } = entry
  if (metadata === undefined) return NO_METADATA
  return metadata.form === 'inline'
    ? metadata.metadata
    : decodeValue(await reader.readObject('value', metadata.id))
}

/** The metadata map in a value object. */
export function decodeValue(bytes: Uint8Array): Metadata {
  const reader = new Reader(bytes, 'value object')
  if (bytes.length > METADATA_BYTES_MAX) reader.fail('it is too long')
  const metadata = readMetadata(reader)
  reader.end()
  return metadata
}
