import { fromPlainError, noProgress, type OnProgress } from '../base/index.js'
import type { ContentId } from '../hash/index.js'
import { type Share, sharesOf } from './batches.js'
import { inOrder } from './in-order.js'
import type { Pool } from './pool.js'
import type { FileStat } from './tasks.js'

export interface HashedFile {
  path: string
  stat: FileStat
  content: ContentId
}

export interface HashFilesOptions {
  pool: Pool
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** The content ids of files of a working directory, in the order given; what is gone meanwhile is left out. Throws for
 * the first file that cannot be read. */
export async function* hashFiles(
  files: Iterable<{ path: string; size: number }> | AsyncIterable<{ path: string; size: number }>,
  { pool, onProgress = noProgress, signal }: HashFilesOptions,
): AsyncGenerator<HashedFile[]> {
  let done = 0
  const start = async ({ files, isLittle }: Share<{ path: string; size: number }>) => {
    signal?.throwIfAborted()
    const paths = files.map((file) => file.path)
    return { paths, results: await pool.run({ type: 'hash', paths }, { isLittle }) }
  }
  for await (const { paths, results } of inOrder(sharesOf(files), pool.capacity, start)) {
    const hashed: HashedFile[] = []
    for (const [i, result] of results.entries()) {
      if ('error' in result && result.error.code === 'DV_NOT_FOUND') continue
      if ('error' in result) throw fromPlainError(result.error)
      if ('content' in result)
        hashed.push({ path: paths[i]!, stat: result.stat, content: result.content as ContentId })
    }
    yield hashed
    done += paths.length
    onProgress({ phase: 'Hashing', done, unit: 'files' })
  }
}
