import { sameId } from '../hash/index.js'
import { type Entry, entrySize, isFile } from '../objects/index.js'
import { type Change, sameEntry } from '../manifest/index.js'

/** `modified`: content, executable bit or link target. `typechange`: file, link and directory are other kinds.
 * `metadata`: nothing but user metadata. `renamed`: same or similar content, elsewhere. */
export type ChangeType = 'added' | 'deleted' | 'modified' | 'renamed' | 'typechange' | 'metadata'

/** One path that differs between two trees. */
export interface TreeChange {
  type: ChangeType
  path: string
  /** Of a renamed one: where it was. */
  from?: string
  /** Of a renamed one: the share of bytes both have, 0 to 1; 1: the content is the same. */
  similarity?: number
  before?: Entry
  after?: Entry
}

/** Undefined when the difference means nothing to a user: the same content, cut otherwise. */
export function classify({ path, before, after }: Change): TreeChange | undefined {
  if (before === undefined) return after && { type: 'added', path, after }
  if (after === undefined) return { type: 'deleted', path, before }
  const type = typeOf(before, after)
  return type && { type, path, before, after }
}

export function sameContent(a: Entry, b: Entry): boolean {
  return isFile(a) && isFile(b) && a.size === b.size && sameId(a.content, b.content)
}

function typeOf(before: Entry, after: Entry): ChangeType | undefined {
  if (isFile(before) && isFile(after)) {
    if (before.kind !== after.kind || !sameContent(before, after)) return 'modified'
    return sameEntry({ ...before, recipe: after.recipe }, after) ? undefined : 'metadata'
  }
  if (before.kind !== after.kind) return 'typechange'
  if (before.kind === 'symlink' && after.kind === 'symlink' && before.target !== after.target)
    return 'modified'
  return 'metadata'
}

/** Counts and bytes of many changes. */
export interface ChangeSummary {
  added: number
  deleted: number
  modified: number
  renamed: number
  typechange: number
  metadata: number
  /** All of them. */
  changes: number
  /** Bytes of added files, and by how much others grew. */
  bytesAdded: number
  /** Bytes of deleted files, and by how much others shrank. */
  bytesRemoved: number
}

export function emptySummary(): ChangeSummary {
  return {
    added: 0,
    deleted: 0,
    modified: 0,
    renamed: 0,
    typechange: 0,
    metadata: 0,
    changes: 0,
    bytesAdded: 0,
    bytesRemoved: 0,
  }
}

/** Adds one change to a summary that is kept while changes stream by. */
export function addToSummary(summary: ChangeSummary, { type, before, after }: TreeChange): void {
  const grown = (after ? entrySize(after) : 0) - (before ? entrySize(before) : 0)
  summary[type]++
  summary.changes++
  if (grown > 0) summary.bytesAdded += grown
  else summary.bytesRemoved -= grown
}

export async function summarizeChanges(
  batches: AsyncIterable<readonly TreeChange[]>,
): Promise<ChangeSummary> {
  const summary = emptySummary()
  for await (const batch of batches) for (const change of batch) addToSummary(summary, change)
  return summary
}
