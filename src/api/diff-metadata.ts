// Metadata of the working directory that differs from a recorded tree: what the commit checked out has otherwise, and what
// waits to be committed.
import { type ManifestId, sameId } from '../hash/index.js'
import { editsAt, iterEdits, metadataAt, withEdit } from '../metadata/index.js'
import { diffManifests, lookupMany, sameEntry } from '../manifest/index.js'
import { type Entry, entrySize } from '../objects/index.js'
import { readPendingMetadata } from '../workspace/index.js'
import type { Context } from './context.js'
import { recordedTree } from './meta.js'
import { metadataChanges } from './present.js'
import type { DiffChange, MetaChange } from './results.js'

export interface MetadataSides {
  context: Context
  /** What is compared; undefined: a tree of nothing. */
  base: ManifestId | undefined
  /** What is checked out, and what waits over it. */
  tree: ManifestId | undefined
  pending: ManifestId | undefined
}

export async function metadataSides(context: Context, base: ManifestId | undefined): Promise<MetadataSides> {
  const pending = readPendingMetadata(context.workdir)?.edits
  return { context, base, tree: await recordedTree(context), pending }
}

/** What differs at each of some paths. */
export async function metadataDifferences(
  { context: { store }, base, tree, pending }: MetadataSides,
  paths: readonly string[],
): Promise<MetaChange[][]> {
  const before = await metadataAt(store, base, paths)
  const recorded = await metadataAt(store, tree, paths)
  const edits = await editsAt(store, pending, paths)
  return paths.map((_, i) => metadataChanges(before[i]!, withEdit(recorded[i]!, edits[i]!)))
}

/** Paths of which nothing but metadata differs: `isOther` tells those that differ in more. */
export async function* onlyMetadata(
  sides: MetadataSides,
  isOther: (path: string) => boolean,
): AsyncGenerator<DiffChange[]> {
  const { store } = sides.context
  for await (const suspects of suspectsOf(sides)) {
    const paths = suspects.filter((path) => !isOther(path))
    const differences = await metadataDifferences(sides, paths)
    const entries = sides.tree ? await lookupMany(store, sides.tree, paths) : []
    yield paths.flatMap((path, i) =>
      differences[i]!.length > 0 ? [changeOf(path, entries[i], differences[i]!)] : [],
    )
  }
}

function changeOf(path: string, entry: Entry | undefined, metadata: MetaChange[]): DiffChange {
  const size = entry ? entrySize(entry) : 0
  return { status: 'modified', path, kind: entry?.kind ?? 'directory', before: size, after: size, metadata }
}

/** Each path once: those that the trees have otherwise, then those with an edit. */
async function* suspectsOf({ context, base, tree, pending }: MetadataSides): AsyncGenerator<string[]> {
  const { store } = context
  const differ = base && tree && !sameId(base, tree)
  if (differ)
    for await (const batch of diffManifests(store, [base, tree])) yield batch.map(({ path }) => path)
  for await (const batch of iterEdits(store, pending)) {
    const paths = batch.map(({ path }) => path)
    if (!differ) yield paths
    else {
      const before = await lookupMany(store, base, paths)
      const after = await lookupMany(store, tree, paths)
      yield paths.filter((_, i) => sameEntry(before[i], after[i]))
    }
  }
}
