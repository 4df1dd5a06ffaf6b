// Which refs lead to the commits that damage reaches. Only walked when there are problems; one set of ids in memory.
import { type CommitId, toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import type { Check } from './check.js'
import { IdSet } from './id-set.js'
import { asFinding } from './problems.js'
import type { Roots } from './roots.js'

/** Refs whose history is walked: each may take as long as all others. */
const REFS_MAX = 64

export async function findRefs(check: Check, { refs }: Roots): Promise<void> {
  const reached = check.problems.list().flatMap(({ reaches }) => reaches)
  if (reached.length === 0) return
  const wanted = new Set(reached.map(({ commit }) => commit))
  const found = new Map<string, string[]>()
  for (const { ref, target } of refs.slice(0, REFS_MAX)) {
    for (const commit of await commitsBelow(check, target, wanted))
      found.set(commit, [...(found.get(commit) ?? []), ref])
  }
  for (const one of reached) {
    const names = found.get(one.commit)
    if (names) one.refs = names
  }
}

/** Those of `wanted` that are in the history of `tip`. */
async function commitsBelow(check: Check, tip: CommitId, wanted: ReadonlySet<string>): Promise<string[]> {
  const seen = new IdSet()
  const waiting = [tip]
  const met: string[] = []
  for (let id = waiting.pop(); id !== undefined && met.length < wanted.size; id = waiting.pop()) {
    if (!seen.add(id)) continue
    await check.step()
    if (wanted.has(toHex(id))) met.push(toHex(id))
    try {
      waiting.push(...(await readCommit(check.store, id)).parents)
    } catch (error) {
      // It was reported when it was first read.
      asFinding(error)
    }
  }
  return met
}
