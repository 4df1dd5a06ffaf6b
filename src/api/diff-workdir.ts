// The records of a comparison of a recorded tree with the working directory. Files are read only for their content,
// and to tell where an added one comes from.
import fs from 'node:fs'
import { comparePaths, fromSystemError } from '../base/index.js'
import { TEXT_BYTES_MAX } from '../diff/index.js'
import { assertNoSymlinkParents, openForReading } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { entrySize } from '../objects/index.js'
import { readSymlink, type WorkingChange, workingChanges } from '../workspace/index.js'
import { bringForDiff } from './bring-diff.js'
import { type Context, workTree } from './context.js'
import { type MetadataSides, metadataDifferences, metadataSides, onlyMetadata } from './diff-metadata.js'
import { contentDiff, type ContentSide, recordedSide } from './diff-content.js'
import type { TreeRecordsOptions } from './diff-trees.js'
import type { ChangeSums, DiffChange, DiffRecord } from './results.js'
import { findRenames } from './status.js'

const HEAD_BYTES = 16 * 1024

/** Changes from a manifest (undefined: a tree of nothing) to the working directory, then their summary. */
export async function* workdirRecords(
  context: Context,
  base: ManifestId | undefined,
  options: TreeRecordsOptions,
): AsyncGenerator<DiffRecord> {
  const tree = workTree(context)
  const sums = { added: 0, modified: 0, deleted: 0, renamed: 0, bytesAdded: 0, bytesRemoved: 0 }
  const waiting: WorkingChange[] = []
  const differ = new Set<string>()
  const sides = await metadataSides(context, base)
  const { signal, scope } = options
  const work = { ...(signal && { signal }), ...(scope.filter && { include: scope.filter }) }
  for await (const batch of workingChanges(tree, base, work)) {
    if (options.content) await bringForDiff(context, batch.map(ofBase), signal ? { signal } : {})
    for (const change of batch) {
      signal?.throwIfAborted()
      differ.add(change.path)
      if (change.type === 'modified') yield await toRecord(context, { change, options, sums, sides })
      else waiting.push(change)
    }
  }
  for (const found of await withRenames(tree, waiting, signal)) {
    signal?.throwIfAborted()
    yield await toRecord(context, { ...found, options, sums, sides })
  }
  const isOther = (path: string) => differ.has(path) || (scope.filter && !scope.filter.matches(path)) === true
  for await (const batch of onlyMetadata(sides, isOther)) {
    signal?.throwIfAborted()
    sums.modified += batch.length
    for (const change of batch) yield { type: 'change', ...change }
  }
  yield { type: 'summary', ...sums }
}

function ofBase({ before }: WorkingChange) {
  return { before }
}

interface Found {
  change: WorkingChange
  /** Of a renamed one: what it was. */
  source?: WorkingChange
}

/** Added and deleted paths with equal content become one. In the order of paths. */
async function withRenames(
  tree: ReturnType<typeof workTree>,
  waiting: readonly WorkingChange[],
  signal: AbortSignal | undefined,
): Promise<Found[]> {
  const sources = await findRenames(tree, waiting, signal ? { signal } : {})
  const byPath = new Map(waiting.map((change) => [change.path, change]))
  const moved = new Set(sources.values())
  return waiting
    .filter(({ path, type }) => type !== 'deleted' || !moved.has(path))
    .map((change): Found => {
      const source = change.type === 'added' ? byPath.get(sources.get(change.path) ?? '') : undefined
      return source ? { change, source } : { change }
    })
    .sort((a, b) => comparePaths(a.change.path, b.change.path))
}

interface ToRecord {
  options: TreeRecordsOptions
  /** Counted up. */
  sums: ChangeSums
  sides: MetadataSides
}

async function toRecord(
  context: Context,
  { change, source, options, sums, sides }: Found & ToRecord,
): Promise<DiffRecord> {
  const { path, kind } = change
  const status = source ? 'renamed' : change.type
  const recorded = source?.before ?? change.before
  const before = recorded ? entrySize(recorded) : 0
  const after = change.type === 'deleted' ? 0 : change.size
  sums[status]++
  sums.bytesAdded += Math.max(0, after - before)
  sums.bytesRemoved += Math.max(0, before - after)
  const isDetailed = status === 'modified' && (await options.details?.open({ path }))
  const content =
    options.content && !source && !isDetailed ? await contentOf(context, change, options.context) : undefined
  const metadata = change.type === 'deleted' ? [] : (await metadataDifferences(sides, [path]))[0]!
  const record: DiffChange = {
    status,
    path,
    ...(source && { from: source.path }),
    kind: change.type === 'deleted' ? recorded!.kind : kind,
    ...(recorded && change.type !== 'deleted' && recorded.kind !== kind && { kindBefore: recorded.kind }),
    before,
    after,
    ...(metadata.length > 0 && { metadata }),
    ...(content && { content }),
  }
  return { type: 'change', ...record }
}

function contentOf(context: Context, change: WorkingChange, lines: number) {
  const { store } = context
  const after = change.type === 'deleted' ? undefined : workingSide(context, change)
  return contentDiff(store, [recordedSide(store, change.before), after], lines)
}

function workingSide({ workdir }: Context, { path, kind, size, target }: WorkingChange): ContentSide {
  const { root } = workdir
  return {
    kind,
    size,
    ...(kind === 'symlink' && { target: target ?? readSymlink(root, path) }),
    head: async () => readUpTo(root, path, HEAD_BYTES),
    // One byte more tells a file that has grown beyond what counts as text.
    read: async () => readUpTo(root, path, TEXT_BYTES_MAX + 1),
  }
}

/** The first `limit` bytes of a working file, never through a link. */
function readUpTo(root: string, path: string, limit: number): Uint8Array {
  assertNoSymlinkParents(root, path)
  const descriptor = openForReading(root, path)
  try {
    const bytes = Buffer.allocUnsafe(Math.min(limit, fs.fstatSync(descriptor).size))
    let length = 0
    for (let got = 1; length < bytes.length && got > 0; length += got) {
      got = fs.readSync(descriptor, bytes, length, bytes.length - length, length)
    }
    return bytes.subarray(0, length)
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  } finally {
    fs.closeSync(descriptor)
  }
}
