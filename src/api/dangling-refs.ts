// Branches and tags of commits that are lost, each with the commit it could be set back to: one it was at before, by the
// log of operations, or what a remote was seen to have.
import { isDvError } from '../base/index.js'
import { type CommitId, toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { allOperations, type Problem } from '../maintenance/index.js'
import { listRefNames, parseRef, readRef, type RefName, shortRefName, type StoredRef } from '../refs/index.js'
import type { Context } from './context.js'
import { short } from './present.js'
import type { DanglingRef } from './results.js'

export async function danglingRefs(context: Context, problems: readonly Problem[]): Promise<DanglingRef[]> {
  if (!problems.some(({ object }) => object === 'commit')) return []
  const dangling: DanglingRef[] = []
  for (const kind of ['heads', 'tags'] as const) {
    for (const ref of await listRefNames(context.storage, kind)) {
      const stored = await readRef(context.storage, ref).catch(unlessCorrupt)
      if (!stored || (await isThere(context, stored.value.target))) continue
      const offer = await findOffer(context, stored)
      dangling.push({ ref: shortRefName(ref), commit: toHex(stored.value.target), ...(offer && { offer }) })
    }
  }
  return dangling
}

async function findOffer(context: Context, { ref, value }: StoredRef): Promise<DanglingRef['offer']> {
  for (const { commit, from } of [
    ...(await recorded(context, ref)),
    ...(await seenAtRemotes(context, ref)),
  ]) {
    if (toHex(commit) === toHex(value.target) || !(await isThere(context, commit))) continue
    return { commit: toHex(commit), short: short(commit), from }
  }
  return undefined
}

interface Candidate {
  commit: CommitId
  from: string
}

/** Newest first. */
async function recorded({ storage }: Context, ref: RefName): Promise<Candidate[]> {
  const moves: (Candidate & { time: number })[] = []
  for await (const { id, time, refs } of allOperations(storage)) {
    for (const change of refs.filter((change) => change.ref === ref)) {
      const from = `operation '${id}'`
      if (change.before) moves.push({ commit: change.before.target, from, time: time - 1 })
      if (change.after) moves.push({ commit: change.after.target, from, time })
    }
  }
  return moves.sort((a, b) => b.time - a.time)
}

async function seenAtRemotes({ storage }: Context, ref: RefName): Promise<Candidate[]> {
  const { name } = parseRef(ref)
  const seen: Candidate[] = []
  for (const remote of await listRefNames(storage, 'remotes')) {
    if (parseRef(remote).name !== name) continue
    const stored = await readRef(storage, remote).catch(unlessCorrupt)
    if (stored) seen.push({ commit: stored.value.target, from: `'${shortRefName(remote)}'` })
  }
  return seen
}

async function isThere({ store }: Context, commit: CommitId): Promise<boolean> {
  try {
    await readCommit(store, commit)
    return true
  } catch (error) {
    if (!isDvError(error)) throw error
    return false
  }
}

function unlessCorrupt(error: unknown): undefined {
  if (!isDvError(error, 'DV_CORRUPT')) throw error
}
