// The id of a whole file, held against its chunks joined. Only files of several chunks need it: of one chunk it is the
// chunk's own. One chunk at a time in memory.
import { isDvError } from '../base/index.js'
import { blake3, sameId, shortHex, toHex } from '../hash/index.js'
import type { FileEntry } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { Check } from './check.js'
import { addReached } from './problems.js'

/** `by`: the commit, or operation, that holds the file at `path`. */
export async function checkContent(
  check: Check,
  file: FileEntry,
  { path, by }: { path: string; by: string },
): Promise<void> {
  try {
    const hasher = blake3.hasher()
    for await (const chunks of iterChunks(check.store, file)) {
      for (const { id } of chunks) {
        await check.step()
        hasher.update(await check.store.readChunk(id))
      }
    }
    if (sameId(hasher.digest(), file.content)) return
  } catch (error) {
    // What cannot be read is lost, or at a remote: that is told of the chunk or node itself.
    if (!isDvError(error) || error.code === 'DV_INTERRUPTED') throw error
    return
  }
  const what = `Its chunks are whole, but joined they are not the file '${shortHex(file.content)}'`
  const problem = check.problems.add({ kind: 'damaged', object: 'file', name: toHex(file.content), what })
  addReached(problem, { commit: by, path })
}
