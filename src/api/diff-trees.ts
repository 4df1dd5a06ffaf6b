// The records of a comparison of two recorded trees: what `dv diff A B` and `dv show` have in common.
import { isDvError } from '../base/index.js'
import {
  addToSummary,
  type ChangeSummary,
  diffTrees,
  emptySummary,
  sameContent,
  type TreeChange,
} from '../diff/index.js'
import type { ManifestId } from '../hash/index.js'
import { loadMetadata } from '../manifest/index.js'
import { entrySize, isFile, NO_METADATA } from '../objects/index.js'
import { bringForDiff } from './bring-diff.js'
import type { StoreView } from './context.js'
import { contentDiff, recordedSide } from './diff-content.js'
import type { Details } from './diff-details.js'
import { NewBytes } from './new-bytes.js'
import type { PathScope } from './pathspec.js'
import { metadataChanges } from './present.js'
import type { ChangeSums, DiffChange, DiffRecord, MetaChange } from './results.js'

export interface TreeRecordsOptions {
  scope: PathScope
  /** Fills `content`. */
  content: boolean
  /** Lines around a hunk. */
  context: number
  /** Where it opens a file, there is no `content` of that. */
  details?: Details
  signal?: AbortSignal
}

/** Changes from one manifest to another (undefined: a tree of nothing), then their summary. */
export async function* treeRecords(
  view: StoreView,
  [before, after]: readonly [before: ManifestId | undefined, after: ManifestId | undefined],
  options: TreeRecordsOptions,
): AsyncGenerator<DiffRecord> {
  const { filter, prefix } = options.scope
  const { changes } = diffTrees(view.store, [before, after], {
    ...(filter && { matches: (path: string) => filter.matches(path) }),
    ...(prefix !== undefined && { prefix }),
  })
  const summary = emptySummary()
  const fresh = new NewBytes(view.store)
  let isKnown = true
  for await (const batch of changes) {
    if (options.content) await bringForDiff(view, batch, options.signal ? { signal: options.signal } : {})
    for (const change of batch) {
      options.signal?.throwIfAborted()
      addToSummary(summary, change)
      isKnown &&= await isCounted(fresh, change)
      yield { type: 'change', ...(await toDiffChange(view, change, options)) }
    }
  }
  yield { type: 'summary', ...(isKnown && { newBytes: fresh.total() }), ...changeSums(summary) }
}

/** False where only a remote knows what the files are made of: a count is not worth bringing that. */
async function isCounted(fresh: NewBytes, change: TreeChange): Promise<boolean> {
  try {
    await fresh.add(change)
    return true
  } catch (error) {
    if (isDvError(error, 'DV_ABSENT')) return false
    throw error
  }
}

export function changeSums(summary: ChangeSummary): ChangeSums {
  const { added, deleted, renamed, bytesAdded, bytesRemoved } = summary
  const modified = summary.modified + summary.typechange + summary.metadata
  return { added, modified, deleted, renamed, bytesAdded, bytesRemoved }
}

async function toDiffChange(
  view: StoreView,
  change: TreeChange,
  options: TreeRecordsOptions,
): Promise<DiffChange> {
  const { type, path, from, before, after } = change
  const metadata = await changedMetadata(view, change)
  const isDetailed =
    before && after && (await options.details?.open({ path, ...(from !== undefined && { from }) }))
  const content = options.content && !isDetailed ? await contentOf(view, change, options.context) : undefined
  return {
    status: type === 'typechange' || type === 'metadata' ? 'modified' : type,
    path,
    ...(from !== undefined && { from }),
    kind: (after ?? before)!.kind,
    ...(before && after && before.kind !== after.kind && { kindBefore: before.kind }),
    before: before ? entrySize(before) : 0,
    after: after ? entrySize(after) : 0,
    ...(metadata.length > 0 && { metadata }),
    ...(content && { content }),
  }
}

/** All of an added entry's, none of a deleted one's. */
async function changedMetadata({ store }: StoreView, { before, after }: TreeChange): Promise<MetaChange[]> {
  if (!after || (!before?.metadata && !after.metadata)) return []
  const old = before ? await loadMetadata(store, before) : NO_METADATA
  return metadataChanges(old, await loadMetadata(store, after))
}

async function contentOf({ store }: StoreView, { type, before, after }: TreeChange, lines: number) {
  if (type === 'metadata' || (before && after && sameContent(before, after))) return undefined
  if (before?.kind === 'symlink' && after?.kind === 'symlink' && before.target === after.target)
    return undefined
  const isShown = [before, after].some((entry) => entry && (isFile(entry) || entry.kind === 'symlink'))
  return isShown
    ? contentDiff(store, [recordedSide(store, before), recordedSide(store, after)], lines)
    : undefined
}
