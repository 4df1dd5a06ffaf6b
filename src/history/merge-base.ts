import { type CommitId, idKey, sameId } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import { readCommit } from './commits.js'
import { BOTH, LEFT, paint, type Painted, RIGHT, STALE } from './paint.js'

/** Committers' clocks may be wrong by this much before counts of commits are affected. Milliseconds. */
export const CLOCK_SLACK = 24 * 60 * 60 * 1000

/** All best common ancestors of two commits: common to both, and no ancestor of another common commit. Newest first.
 * `also`: counts as if `a` had it in its history. Throws DV_ABSENT when none is here, and history that only a remote has
 * may hold one. */
export async function mergeBases(
  reader: ObjectReader,
  a: CommitId,
  b: CommitId,
  also: readonly CommitId[] = [],
): Promise<CommitId[]> {
  if (sameId(a, b)) return [a]
  const absent: CommitId[] = []
  const painted = await paint(reader, { left: [a, ...also], right: [b], onAbsent: (id) => absent.push(id) })
  const common = [...painted.values()].filter(
    (item) => (item.colours & BOTH) === BOTH && !(item.colours & STALE),
  )
  if (common.length === 0 && absent[0]) await readCommit(reader, absent[0])
  const best = await withoutAncestors(reader, common)
  return best.sort(newestFirst).map((item) => item.id)
}

/** Whether `ancestor` is `descendant` or can be reached from it through parents. */
export async function isAncestor(
  reader: ObjectReader,
  ancestor: CommitId,
  descendant: CommitId,
): Promise<boolean> {
  if (sameId(ancestor, descendant)) return true
  const painted = await paint(reader, { left: [ancestor], right: [descendant] })
  return (painted.get(idKey(ancestor))!.colours & RIGHT) !== 0
}

/** How many commits only `a` has (ahead) and only `b` has (behind). */
export async function countAheadBehind(
  reader: ObjectReader,
  a: CommitId,
  b: CommitId,
): Promise<{ ahead: number; behind: number }> {
  if (sameId(a, b)) return { ahead: 0, behind: 0 }
  const painted = await paint(reader, { left: [a], right: [b], slack: CLOCK_SLACK })
  let ahead = 0
  let behind = 0
  for (const { colours } of painted.values()) {
    if ((colours & BOTH) === LEFT) ahead++
    if ((colours & BOTH) === RIGHT) behind++
  }
  return { ahead, behind }
}

/** With wrong clocks a candidate can turn out to lie below another one only after it was found. */
async function withoutAncestors(reader: ObjectReader, candidates: Painted[]): Promise<Painted[]> {
  if (candidates.length < 2) return candidates
  const best: Painted[] = []
  for (const candidate of candidates) {
    const others = candidates.filter((other) => other !== candidate).map((other) => other.id)
    const painted = await paint(reader, { left: [candidate.id], right: others })
    if (!(painted.get(idKey(candidate.id))!.colours & RIGHT)) best.push(candidate)
  }
  return best
}

function newestFirst(a: Painted, b: Painted): number {
  return b.commit.committer.time - a.commit.committer.time || Buffer.compare(a.id, b.id)
}
