// A chunk as a recipe names it: its id says nothing of its length, and all that comes behind it in the file rests on that.
import { corrupt } from '../base/index.js'
import type { ChunkRef } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'

/** Throws DV_CORRUPT for a chunk that is not as long as the recipe says. */
export async function readChunkOf(
  reader: Pick<ObjectReader, 'readChunk'>,
  { id, length }: ChunkRef,
): Promise<Uint8Array> {
  const bytes = await reader.readChunk(id)
  checkLength(bytes, length)
  return bytes
}

/** The same for bytes that were read. */
export function checkLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw corrupt('A recipe states another length than its chunk has')
}
