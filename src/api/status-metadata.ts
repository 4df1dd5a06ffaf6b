// Metadata that waits for a commit, as `dv status` tells of it.
import { type ManifestId, sameId } from '../hash/index.js'
import { iterEdits, type PathEdit, withoutRecorded } from '../metadata/index.js'
import { summarize } from '../manifest/index.js'
import { metadataToJson } from '../objects/index.js'
import { readPendingMetadata, scanPath } from '../workspace/index.js'
import { type Context, pathFilter } from './context.js'
import { recordedTree } from './meta.js'
import type { PendingMetadata, StatusResult } from './results.js'
import type { StatusOptions } from './types.js'

/** Undefined: none waits. */
export async function statusMetadata(
  context: Context,
  { paths, limit = Infinity, signal }: StatusOptions,
): Promise<StatusResult['metadata']> {
  const { store, workdir } = context
  const pending = readPendingMetadata(workdir)
  if (!pending) return undefined
  const tree = await recordedTree(context)
  const include = pathFilter(context, paths)
  const isExact = tree && pending.over ? sameId(tree, pending.over) : tree === pending.over
  const edits = iterEdits(store, pending.edits)
  const items: PendingMetadata[] = []
  let count = 0
  for await (const batch of isExact ? edits : withoutRecorded(store, tree, edits)) {
    signal?.throwIfAborted()
    for (const edit of batch) {
      if (include && !include.matches(edit.path)) continue
      count++
      if (items.length < limit) items.push(toItem(edit))
    }
    // A million of them need not be read to be counted.
    if (count < limit || !isExact || include) continue
    count = (await summarize(store, pending.edits)).entries
    break
  }
  return count === 0 ? undefined : { count, items: await markAbsent(context, tree, items) }
}

/** Files that were renamed or deleted before any commit had them leave metadata of nothing. */
async function markAbsent(
  { store, workdir }: Context,
  tree: ManifestId | undefined,
  items: readonly PendingMetadata[],
): Promise<PendingMetadata[]> {
  const marked: PendingMetadata[] = []
  for (const item of items) {
    const isThere =
      scanPath(workdir.root, item.path) !== undefined ||
      (tree && (await summarize(store, tree, item.path)).entries > 0)
    marked.push(isThere ? item : { ...item, absent: true })
  }
  return marked
}

function toItem({ path, set, unset }: PathEdit): PendingMetadata {
  return { path, set: metadataToJson(set), unset: [...unset] }
}
