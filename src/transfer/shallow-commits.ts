// What to bring into a store whose history may end before the first commit. Unlike missingCommits() it does not rely on
// what lies below a commit of the target being there.
import { type CommitId, idKey } from '../hash/index.js'
import { readParent, type WalkedCommit } from '../history/index.js'
import type { ObjectReader } from '../store/index.js'

export interface ShallowCommits {
  /** Parents before children. */
  commits: WalkedCommit[]
  /** Their parents that will not be in the target. */
  absent: CommitId[]
}

/** The commits that the target lacks, from each of `wants` down to what the target has, at most `depth` of a line. */
export async function shallowCommits(
  source: ObjectReader,
  target: Pick<ObjectReader, 'has'>,
  { wants, depth = Infinity }: { wants: readonly CommitId[]; depth?: number },
): Promise<ShallowCommits> {
  const found = new Map<string, WalkedCommit>()
  const beyond = new Map<string, CommitId>()
  let level: readonly CommitId[] = wants
  for (let at = 0; at < depth && level.length > 0; at++) {
    const next = new Map<string, CommitId>()
    for (const id of level) {
      if (found.has(idKey(id)) || (await target.has(id))) continue
      const commit = await readParent(source, id)
      if (!commit) beyond.set(idKey(id), id)
      else {
        found.set(idKey(id), { id, commit })
        for (const parent of commit.parents) next.set(idKey(parent), parent)
      }
    }
    level = [...next.values()]
  }
  for (const id of level) if (!(await target.has(id))) beyond.set(idKey(id), id)
  for (const key of found.keys()) beyond.delete(key)
  return { commits: parentsFirst(found), absent: [...beyond.values()] }
}

function parentsFirst(found: ReadonlyMap<string, WalkedCommit>): WalkedCommit[] {
  const ordered: WalkedCommit[] = []
  const seen = new Set<string>()
  const waiting = [...found.values()].map((item) => ({ item, isEntered: false }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { item, isEntered } = next
    if (isEntered) ordered.push(item)
    if (isEntered || seen.has(idKey(item.id))) continue
    seen.add(idKey(item.id))
    waiting.push({ item, isEntered: true })
    for (const parent of item.commit.parents) {
      const known = found.get(idKey(parent))
      if (known && !seen.has(idKey(parent))) waiting.push({ item: known, isEntered: false })
    }
  }
  return ordered
}
