// Chunks of a file, verified by whoever reads them and written where they belong, neighbours in one call.
import fs from 'node:fs'
import { type ChunkId, ID_BYTES } from '../hash/index.js'
import type { ChunkRun } from '../store/index.js'
import { checkLength } from './chunk-of-recipe.js'
import type { ChunkList } from './tasks.js'

/** How much is written at once: two threads that fill one file wait for each other at every call. More would be a little
 * faster still, but calls of 1 MiB at times took the kernel three times as long. */
const WRITE_BYTES = 256 * 1024

/** Writes the chunks one behind the other from `offset` on and returns how many bytes they are. */
export async function copyChunks(
  source: ChunkRun,
  fd: number,
  { ids, lengths }: ChunkList,
  offset: number,
): Promise<number> {
  let pieces: Uint8Array[] = []
  let from = offset
  let to = offset
  for (const [i, length] of lengths.entries()) {
    const read = source.read(ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) as ChunkId, length)
    const bytes = read instanceof Promise ? await read : read
    checkLength(bytes, length)
    pieces.push(bytes)
    to += length
    if (to - from < WRITE_BYTES && i < lengths.length - 1) continue
    writeAll(fd, pieces, from)
    pieces = []
    from = to
  }
  return to - offset
}

function writeAll(fd: number, pieces: Uint8Array[], position: number): void {
  while (pieces.length > 0) {
    let done = fs.writevSync(fd, pieces, position)
    position += done
    while (pieces.length > 0 && done >= pieces[0]!.length) done -= pieces.shift()!.length
    if (done > 0) pieces[0] = pieces[0]!.subarray(done)
  }
}
