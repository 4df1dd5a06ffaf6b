// dv meta set and unset: metadata of files and directories, which waits in the working directory until it is committed.
import type { ManifestId } from '../hash/index.js'
import { addEdits, iterEdits, type PathEdit, typedValues } from '../metadata/index.js'
import type { Metadata } from '../objects/index.js'
import { changeMerge, readPendingMetadata } from '../workspace/index.js'
import { unfinishedMerge } from './conflicts.js'
import { type Context, currentHead, manifestOf, withLock } from './context.js'
import { pathsAsked } from './meta-paths.js'
import type { MetaChanged } from './meta-results.js'
import { settling } from './meta-settle.js'
import type { MetaSetOptions, MetaType } from './meta-types.js'
import { newFilesOf } from './new-files.js'
import { type MetadataStep, perform } from './perform.js'
import { writeNodes } from './publish.js'

export function setMetadata(context: Context, options: MetaSetOptions): Promise<MetaChanged> {
  const set = typedValues(options)
  return withLock(context, async () => {
    const tree = await recordedTree(context)
    const pending = readPendingMetadata(context.workdir)?.edits
    const newFiles = newFilesOf(context, tree, options.signal)
    const paths = await pathsAsked(context, options, { tree, pending, newFiles })
    const edit = { set, unset: options.unset }
    const edits = async function* () {
      for (let at = 0; at < paths.length; at += BATCH)
        yield paths.slice(at, at + BATCH).map((path): PathEdit => ({ path, ...edit }))
    }
    const done = await changePending(context, { tree, edits: edits(), args: argsOf(options) })
    return { paths: paths.length, ...done, types: typesOf(set) }
  })
}

/** What values were taken for. */
export function typesOf(set: Metadata): Record<string, MetaType> {
  return Object.fromEntries([...set].map(([name, { type }]) => [name, type]))
}

const BATCH = 1024

/** The tree that metadata is recorded over: that of HEAD, or of a merge that waits. */
export async function recordedTree(context: Context): Promise<ManifestId | undefined> {
  const head = await currentHead(context)
  const merge = await unfinishedMerge(context, head)
  return merge?.tree ?? manifestOf(context, head.commit)
}

export interface PendingChange {
  tree: ManifestId | undefined
  /** In the order of paths, each once. */
  edits: AsyncIterable<readonly PathEdit[]>
  /** What a user should read of it in `dv op log`. */
  args: readonly string[]
  /** Everything but the change itself. */
  dryRun?: boolean
}

export interface PendingChanged {
  /** Paths of which something else waits now. */
  changed: number
  /** Paths whose conflicts of metadata, of a merge that waits, are settled now; absent: none. */
  settled?: number
}

/** Adds edits to those that wait, as one operation. */
export async function changePending(
  context: Context,
  { tree, edits, args, dryRun = false }: PendingChange,
): Promise<PendingChanged> {
  const merge = await unfinishedMerge(context, await currentHead(context))
  const watched = settling(merge, edits)
  const { step, changed } = await writeNodes(context, async (nodes) => {
    const was = readPendingMetadata(context.workdir)
    let pending = was?.edits
    // What was held against another tree may be recorded in this one.
    if (was && !isSame(was.over, tree)) {
      const held = { pending: undefined, tree, edits: iterEdits(nodes, was.edits) }
      pending = (await addEdits(nodes, held)).pending
    }
    const added = await addEdits(nodes, { pending, tree, edits: watched.edits })
    const step: MetadataStep = { before: was?.edits, after: added.pending, over: tree }
    return { step, changed: added.changed }
  })
  const settled = watched.settled()
  if ((changed > 0 || settled) && !dryRun) {
    const { id } = await perform(context, { verb: 'meta', args, metadata: step })
    // Behind it: after a crash in between what was set waits, and setting it again settles the conflict.
    if (settled) changeMerge(context.workdir, { operation: id, before: merge, after: settled.merge })
  }
  return { changed, ...(settled && { settled: settled.count }) }
}

function isSame(a: ManifestId | undefined, b: ManifestId | undefined): boolean {
  return a && b ? Buffer.compare(a, b) === 0 : a === b
}

function argsOf({ paths: typed, where, set, unset }: MetaSetOptions): string[] {
  const names = Object.entries(set).map(([name, value]) => `${name}=${value}`)
  const paths = where === undefined ? typed : ['--where', where, ...typed]
  return names.length > 0 ? ['set', ...paths, ...names] : ['unset', ...paths, ...unset]
}
