// Files of a working directory that no commit has yet, as metadata may be set of them.
import type { ManifestId } from '../hash/index.js'
import { type PathFilter, workingChanges } from '../workspace/index.js'
import { type Context, workTree } from './context.js'

/** In the order of paths, in batches; `include`: only these. */
export type NewFiles = (include?: PathFilter) => AsyncGenerator<string[]>

/** `tree`: what is recorded. */
export function newFilesOf(
  context: Context,
  tree: ManifestId | undefined,
  signal: AbortSignal | undefined,
): NewFiles {
  return async function* (include) {
    const options = { ...(include && { include }), ...(signal && { signal }) }
    for await (const batch of workingChanges(workTree(context), tree, options))
      yield batch.flatMap(({ path, type }) => (type === 'added' ? [path] : []))
  }
}
