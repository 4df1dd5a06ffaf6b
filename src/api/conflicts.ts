// What is left to settle of the merge or revert under way. A conflict is settled when `dv merge --ours/--theirs` took a
// side of it, or by hand: of a file with markers, when no marker is left in it (or the file is gone); of any other, when
// the files that hold its sides are gone; of one that a side deleted, also when the file is. What only concerns metadata
// is settled by taking a side, or by 'dv meta', which takes it off the list. `dv status`, `dv commit` and `dv merge --continue` all ask here.
import fs from 'node:fs'
import { DvError } from '../base/index.js'
import { sameId } from '../hash/index.js'
import { assertNoSymlinkParents, openForReading, OpenParents } from '../files/index.js'
import { type MergeConflict, type MergeState, readMerge, scanPath, writeMerge } from '../workspace/index.js'
import { commitOf, type Context, type CurrentHead, currentHead } from './context.js'
import type { ConflictKind, StatusConflict } from './results.js'

/** The merge or revert that waits. A commit on top of where it began has ended it, though a crash left its record. */
export async function unfinishedMerge(
  context: Context,
  head: Pick<CurrentHead, 'commit'>,
): Promise<MergeState | undefined> {
  const merge = readMerge(context.workdir)
  if (!merge || !head.commit || sameId(merge.ours, head.commit)) return merge
  const [parent] = (await commitOf(context, head.commit))!.parents
  return parent && sameId(parent, merge.ours) ? undefined : merge
}

/** The conflicts that are not settled yet. */
export function conflictsLeft({ workdir }: Context, merge: MergeState): MergeConflict[] {
  return merge.conflicts.filter((conflict) => !isSettled(workdir.root, merge, conflict))
}

function isSettled(root: string, merge: MergeState, conflict: MergeConflict): boolean {
  const { path, kind, markers } = conflict
  const isGone = !isThere(root, path) && !merge.beyond.includes(path)
  if (markers) return isGone || (isThere(root, path) && !hasMarkers(root, merge, path))
  const sides = sidesOf(conflict)
  if (sides.length === 0) return isGone
  if (isGone && (kind === 'deleted-by-us' || kind === 'deleted-by-them')) return true
  return !sides.some((side) => isThere(root, side))
}

function isThere(root: string, path: string): boolean {
  return scanPath(root, path) !== undefined
}

/** Whether a line of the file begins as dv's own markers do. */
function hasMarkers(root: string, { labels }: MergeState, path: string): boolean {
  if (scanPath(root, path)?.kind === 'symlink' || scanPath(root, path)?.kind === 'directory') return false
  assertNoSymlinkParents(root, path)
  const descriptor = openForReading(root, path)
  try {
    const text = fs.readFileSync(descriptor, 'utf8')
    const marks = [`<<<<<<< ${labels.ours}`, `>>>>>>> ${labels.theirs}`]
    return text.split('\n').some((line) => marks.some((mark) => line.startsWith(mark)))
  } finally {
    fs.closeSync(descriptor)
  }
}

/** The files that hold the sides of a conflict. */
export function sidesOf({ ours, theirs }: MergeConflict): string[] {
  return [ours, theirs].filter((side) => side !== undefined)
}

/** The files that hold sides of conflicts and are on disk: they are never recorded. */
export function sideFiles({ workdir }: Context, merge: MergeState): string[] {
  return merge.conflicts.flatMap(sidesOf).filter((side) => isThere(workdir.root, side))
}

export function removeSideFiles({ workdir: { root } }: Context, sides: readonly string[]): void {
  const parents = new OpenParents(root)
  try {
    for (const side of sides) parents.removeFile(side)
  } finally {
    parents.forget()
  }
}

export function statusConflict(conflict: MergeConflict): StatusConflict {
  const { path, kind, ours, theirs, markers, metadataKeys, cells, cellCount } = conflict
  return {
    path,
    kind: kind as ConflictKind,
    ...(ours !== undefined && { ours }),
    ...(theirs !== undefined && { theirs }),
    markers,
    ...(metadataKeys && { metadataKeys: [...metadataKeys] }),
    ...(cells && { cells: [...cells] }),
    ...(cellCount !== undefined && { cellCount }),
  }
}

const SHOWN = 5

/** Throws unless the merge can be committed as it stands in the working directory. */
export function refuseUnsettled(context: Context, merge: MergeState): void {
  refuseInterrupted(merge)
  const left = conflictsLeft(context, merge)
  const [first] = left
  if (!first) return
  const paths = left.map(({ path }) => path)
  const names = paths.slice(0, SHOWN).map((path) => `'${path}'`)
  const more = left.length > SHOWN ? ` and ${left.length - SHOWN} more` : ''
  const many = left.length === 1 ? 'a conflict is left' : `${left.length} conflicts are left`
  throw new DvError(
    'DV_MERGE_CONFLICT',
    `The ${merge.kind} is not settled: ${many}: ${names.join(', ')}${more}`,
    {
      data: { paths: paths.slice(0, 1000), count: left.length },
      hint: `${howToSettle(first)}; or take a side: 'dv merge --ours ${first.path}', 'dv merge --theirs ${first.path}'`,
    },
  )
}

function howToSettle(conflict: MergeConflict): string {
  const { path, markers, metadataKeys } = conflict
  if (markers) return `edit '${path}' until no marker is left in it`
  const sides = sidesOf(conflict).map((side) => `'${side}'`)
  if (sides.length > 0) return `make '${path}' what it should be, then delete ${sides.join(' and ')}`
  const [key = 'NAME'] = metadataKeys ?? []
  return `say what ${key} is: 'dv meta set ${path} ${key}=VALUE', or 'dv meta unset -k ${key} ${path}'`
}

/** Throws DV_MERGE_IN_PROGRESS while a merge or revert waits. The working directory's lock must be held. */
export async function refuseDuringMerge(context: Context, what: string): Promise<void> {
  const merge = await unfinishedMerge(context, await currentHead(context))
  if (!merge) return forgetMerge(context)
  throw new DvError('DV_MERGE_IN_PROGRESS', `${what} is not possible while a ${merge.kind} is under way`, {
    data: { kind: merge.kind },
    hint: "end it with 'dv merge --continue', or go back with 'dv merge --abort'",
  })
}

/** Removes the record of a merge that was ended, where a crash left it. */
export function forgetMerge({ workdir }: Context): void {
  if (readMerge(workdir)) writeMerge(workdir, undefined)
}

/** Throws when a crash left files of two states: only going back is safe then. */
export function refuseInterrupted(merge: MergeState): void {
  if (!merge.pending) return
  throw new DvError('DV_MERGE_IN_PROGRESS', `The ${merge.kind} was interrupted while it changed files`, {
    hint: "go back with 'dv merge --abort', then begin again",
  })
}
