// Outcomes of checks travel with branches: what a remote knows is joined into what is known here, and the other way round for
// commits that the remote has. Branches come first; notes that cannot follow are told of, and follow with the next push.
import { isDvError } from '../base/index.js'
import { readRef } from '../refs/index.js'
import type { ObjectStore } from '../store/index.js'
import { sameId } from '../hash/index.js'
import { transfer } from '../transfer/index.js'
import { CHECK_NOTES, joinNotes } from './check-notes.js'
import { checkPath } from './fetch.js'
import type { Surroundings, Work } from './types.js'

export interface NotesShare extends Work {
  surroundings: Pick<Surroundings, 'warn' | 'clock'>
}

/** Joins the notes of one store into another's. The target's ref names only what is there. */
export async function sendNotes(
  { from, to }: { from: ObjectStore; to: ObjectStore },
  { surroundings, ...work }: NotesShare,
): Promise<void> {
  const { signal } = work
  try {
    const ours = await readRef(from.storage, CHECK_NOTES)
    if (!ours) return
    const theirs = await readRef(to.storage, CHECK_NOTES)
    const { target } = ours.value
    if (theirs && sameId(theirs.value.target, target)) return
    const haves = theirs ? [theirs.value.target] : []
    const options = { checkPath, phase: 'Sending', ...(signal && { signal }) }
    await transfer({ source: from, target: to, commits: [target], haves }, options)
    await joinNotes(to, surroundings.clock(), { others: target, isMeant: (commit) => to.has(commit) })
  } catch (error) {
    if (!isDvError(error) || signal?.aborted) throw error
    surroundings.warn?.(`The outcomes of checks were not sent: ${error.message}`)
  }
}
