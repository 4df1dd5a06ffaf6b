// Halving what is left: which commit of a history first has what its descendants have and an older one has not.
import { type CommitId, idKey } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import { walkCommits } from './walk.js'

/** A commit that may be the first bad one. */
export interface Suspect {
  id: CommitId
  /** Parents, as keys, suspects or not. */
  parents: readonly string[]
}

/** All that are left, parents before children. The last is known to be bad, and all others are its ancestors. */
export type Suspects = ReadonlyMap<string, Suspect>

/** `bad` and those of its ancestors that are no ancestors of a good one. */
export async function suspectsOf(
  reader: ObjectReader,
  bad: CommitId,
  good: readonly CommitId[],
): Promise<Suspects> {
  const found: [string, Suspect][] = []
  for await (const { id, commit } of walkCommits(reader, [bad], { order: 'topological', excluding: good }))
    found.push([idKey(id), { id, parents: commit.parents.map(idKey) }])
  return new Map(found.reverse())
}

/** What is left once one of them was tried: of a bad one the ancestors and itself, of a good one all others. */
export function narrowed(suspects: Suspects, tried: CommitId, isBad: boolean): Suspects {
  const ancestors = ancestorsAmong(suspects, idKey(tried))
  return new Map([...suspects].filter(([key]) => ancestors.has(key) === isBad))
}

/** The one after which fewest are left at worst; undefined when all were skipped but the one known to be bad. */
export function nextToTry(suspects: Suspects, skipped: ReadonlySet<string>): CommitId | undefined {
  const counts = new Map<string, number>()
  let best: { id: CommitId; halves: number } | undefined
  for (const [key, { id, parents }] of suspects) {
    const among = [...new Set(parents)].filter((parent) => suspects.has(parent))
    // Only where lines of history join could ancestors be counted twice.
    const count =
      among.length > 1 ? ancestorsAmong(suspects, key).size : 1 + (among[0] ? counts.get(among[0])! : 0)
    counts.set(key, count)
    const halves = Math.min(count, suspects.size - count)
    if (halves > (best?.halves ?? 0) && !skipped.has(key)) best = { id, halves }
  }
  return best?.id
}

/** The keys of a suspect and of its ancestors that are suspects. */
function ancestorsAmong(suspects: Suspects, start: string): Set<string> {
  const seen = new Set<string>()
  const todo = [start]
  for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
    if (seen.has(key) || !suspects.has(key)) continue
    seen.add(key)
    todo.push(...suspects.get(key)!.parents)
  }
  return seen
}
