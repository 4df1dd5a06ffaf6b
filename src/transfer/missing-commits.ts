import type { CommitId } from '../hash/index.js'
import { readCommit, walkCommits, type WalkedCommit } from '../history/index.js'
import type { ObjectReader } from '../store/index.js'

/** The commits that lead to `wants` and that the target lacks, parents before children. `haves`: commits that the
 * target's refs name; those the source does not know say nothing, nor those that the target's index does not name: what a ref
 * showed may have been collected since. */
export async function missingCommits(
  source: ObjectReader,
  target: Pick<ObjectReader, 'has'>,
  { wants, haves }: { wants: readonly CommitId[]; haves: readonly CommitId[] },
): Promise<WalkedCommit[]> {
  const tips = await filter(wants, async (id) => !(await target.has(id)))
  if (tips.length === 0) return []
  const excluding = await filter(haves, async (id) => (await source.has(id)) && (await target.has(id)))
  const missing: WalkedCommit[] = []
  const absent: CommitId[] = []
  const onAbsent = (id: CommitId) => absent.push(id)
  for await (const walked of walkCommits(source, tips, { order: 'topological', excluding, onAbsent })) {
    if (!(await target.has(walked.id))) missing.push(walked)
  }
  // A store whose own history ends early cannot give what lies before; reading it says which remote can.
  for (const id of absent) if (!(await target.has(id))) await readCommit(source, id)
  return missing.reverse()
}

async function filter<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = []
  for (const item of items) if (await keep(item)) kept.push(item)
  return kept
}
