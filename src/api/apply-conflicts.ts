// What may go wrong when lines meet a branch, told by line, or as a conflict with whoever moved the branch meanwhile.
import { comparePaths, DvError, isDvError, isWithin } from '../base/index.js'
import { atLine, type SortedChanges } from '../edit/index.js'
import { quotePath } from '../files/index.js'
import { type ManifestId, toHex } from '../hash/index.js'
import { diffManifests } from '../manifest/index.js'
import { shortRefName, type StoredRef } from '../refs/index.js'
import type { ObjectReader } from '../store/index.js'

/** Paths of a conflict that are named. */
const NAMED_MAX = 10

/** A branch as it was read, and the tree of its commit. */
export interface Tip {
  stored?: StoredRef
  manifest?: ManifestId
}

/** Throws DV_REF_MOVED when others changed a path between two tips that the lines change too. */
export async function refuseOverlap(
  reader: ObjectReader,
  [before, after]: readonly [before: Tip, after: Tip],
  changes: SortedChanges,
): Promise<void> {
  if (!before.manifest || !after.manifest) return
  const theirs = pathsOf(diffManifests(reader, [before.manifest, after.manifest]))
  const paths: string[] = []
  for await (const path of inBoth(theirs, pathsOf(changes))) {
    paths.push(path)
    if (paths.length === NAMED_MAX) break
  }
  if (paths.length > 0) throw overlap(after, paths)
}

/** What a tree that has changed under the lines makes of them is a conflict with whoever changed it. */
export function conflictAfterRace(tip: Tip, error: unknown): unknown {
  const isOfTree = isDvError(error, 'DV_UNSAFE_PATH') || isDvError(error, 'DV_UNKNOWN_PATH')
  return isOfTree ? overlap(tip, [String(error.data['path'])], error) : error
}

/** A failure about a path, with the line that names the path, or better one below it. */
export async function withLine(error: unknown, changes: SortedChanges): Promise<unknown> {
  const about = isDvError(error, 'DV_UNSAFE_PATH') ? error.data['path'] : undefined
  if (typeof about !== 'string') return error
  let line: number | undefined
  for await (const batch of changes) {
    for (const change of batch) {
      if (change.type === 'remove' || !isWithin(change.path, about)) continue
      if (change.path !== about) return atLine(change.line, error)
      line = change.line
    }
  }
  return line === undefined ? error : atLine(line, error)
}

function overlap({ stored }: Tip, paths: readonly string[], cause?: unknown): DvError {
  const name = stored ? shortRefName(stored.ref) : ''
  const shown = paths.slice(0, 3).map(quotePath).join(', ')
  return new DvError('DV_REF_MOVED', `'${name}' was moved by another process, which changed ${shown} too`, {
    data: { ref: stored?.ref, paths, ...(stored && { actual: toHex(stored.value.target) }) },
    hint: 'nothing was changed; look at what is there now and decide anew',
    cause,
  })
}

async function* pathsOf(batches: AsyncIterable<readonly { path: string }[]>): AsyncGenerator<string> {
  for await (const batch of batches) for (const { path } of batch) yield path
}

/** Of two ordered lists. */
async function* inBoth(a: AsyncGenerator<string>, b: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    let [left, right] = [await a.next(), await b.next()]
    while (!left.done && !right.done) {
      const order = comparePaths(left.value, right.value)
      if (order === 0) yield left.value
      if (order <= 0) left = await a.next()
      if (order >= 0) right = await b.next()
    }
  } finally {
    await Promise.all([a.return(undefined), b.return(undefined)])
  }
}
