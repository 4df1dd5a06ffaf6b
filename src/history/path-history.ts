import { type CommitId, idKey, type ManifestId, sameId } from '../hash/index.js'
import { diffManifests, summarize } from '../manifest/index.js'
import type { ObjectReader } from '../store/index.js'
import { distinctIds, readCommit } from './commits.js'
import { PriorityQueue } from './queue.js'
import type { WalkedCommit } from './walk.js'

export interface PathHistoryOptions {
  limit?: number
  firstParent?: boolean
}

/** The commits that changed something at or below one of `paths`, newest first. As in git, a merge that took all of it
 * from one parent is left out, and only that parent is followed: other lines of history did not contribute. */
export async function* walkPathHistory(
  reader: ObjectReader,
  tips: readonly CommitId[],
  {
    paths,
    limit = Number.POSITIVE_INFINITY,
    firstParent = false,
  }: PathHistoryOptions & { paths: readonly string[] },
): AsyncGenerator<WalkedCommit, void, undefined> {
  const queue = new PriorityQueue<WalkedCommit>((a, b) => a.commit.committer.time > b.commit.committer.time)
  const seen = new Set<string>()
  async function enqueue(ids: readonly CommitId[]): Promise<void> {
    for (const id of ids) {
      if (seen.has(idKey(id))) continue
      seen.add(idKey(id))
      queue.push({ id, commit: await readCommit(reader, id) })
    }
  }
  await enqueue(distinctIds(tips))
  let given = 0
  for (let next = queue.pop(); next !== undefined && given < limit; next = queue.pop()) {
    const parents = firstParent ? next.commit.parents.slice(0, 1) : next.commit.parents
    const source = await unchangedParent(reader, next, { parents, paths })
    if (source === undefined) {
      given++
      yield next
      await enqueue(parents)
    } else await enqueue(source)
  }
}

interface Interest {
  parents: readonly CommitId[]
  paths: readonly string[]
}

/** The parent that has the same at all paths, as a list; an empty one for a first commit that has nothing there. */
async function unchangedParent(
  reader: ObjectReader,
  { commit }: WalkedCommit,
  { parents, paths }: Interest,
): Promise<CommitId[] | undefined> {
  if (parents.length === 0) return (await hasAny(reader, commit.manifest, paths)) ? undefined : []
  for (const parent of parents) {
    const { manifest } = await readCommit(reader, parent)
    if (!(await changesAny(reader, [manifest, commit.manifest], paths))) return [parent]
  }
  return undefined
}

async function changesAny(
  reader: ObjectReader,
  [before, after]: readonly [ManifestId, ManifestId],
  paths: readonly string[],
): Promise<boolean> {
  if (sameId(before, after)) return false
  for (const prefix of paths) {
    for await (const batch of diffManifests(reader, [before, after], { prefix }))
      if (batch.length > 0) return true
  }
  return false
}

async function hasAny(reader: ObjectReader, root: ManifestId, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if ((await summarize(reader, root, path)).entries > 0) return true
  return false
}
