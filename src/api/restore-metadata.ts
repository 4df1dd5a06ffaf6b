// Metadata of restored paths: what waits for a commit is given up, and what makes it that of the source waits instead.
import { type ManifestId, sameId } from '../hash/index.js'
import {
  addEdits,
  editBetween,
  iterEdits,
  metadataAt,
  type PathEdit,
  withoutPaths,
} from '../metadata/index.js'
import { diffManifests } from '../manifest/index.js'
import { type PathFilter, readPendingMetadata } from '../workspace/index.js'
import type { Context } from './context.js'
import type { MetadataStep } from './perform.js'
import { writeNodes } from './publish.js'

export interface RestoredTrees {
  head: ManifestId
  source: ManifestId
  include: PathFilter
}

/** What the operation makes of the pending edits, and of how many paths; undefined: nothing changes. */
export async function restoreMetadata(
  context: Context,
  { head, source, include }: RestoredTrees,
): Promise<(MetadataStep & { changed: number }) | undefined> {
  const before = readPendingMetadata(context.workdir)?.edits
  if (!before && sameId(head, source)) return undefined
  const matches = (path: string) => include.matches(path)
  const made = await writeNodes(context, async (nodes) => {
    const kept = before && (await withoutPaths(nodes, before, matches))
    return addEdits(nodes, {
      pending: kept,
      tree: head,
      edits: sourceEdits(context, { head, source, include }),
    })
  })
  const after = made.pending
  if (before && after ? sameId(before, after) : before === after) return undefined
  const changed = await countChanged(context, before, after)
  return { before, after, over: head, changed }
}

/** What makes the metadata of HEAD that of the source, where both have the path. */
async function* sourceEdits(
  { store }: Context,
  { head, source, include }: RestoredTrees,
): AsyncGenerator<PathEdit[]> {
  for await (const batch of diffManifests(store, [head, source])) {
    const paths = batch.flatMap(({ path, after }) => (after && include.matches(path) ? [path] : []))
    const before = await metadataAt(store, head, paths)
    const after = await metadataAt(store, source, paths)
    yield paths.map((path, i) => ({ path, ...editBetween(before[i]!, after[i]!) }))
  }
}

/** Paths of which something else waits now. */
export async function countChanged(
  { store }: Pick<Context, 'store'>,
  before: ManifestId | undefined,
  after: ManifestId | undefined,
): Promise<number> {
  let count = 0
  if (before && after) for await (const batch of diffManifests(store, [before, after])) count += batch.length
  else for await (const batch of iterEdits(store, before ?? after)) count += batch.length
  return count
}
