// The cut of a subset: the commit whose tree holds what an expression means in its source. Format: spec/23-subsets.md
import { comparePaths, parentPath } from '../base/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { buildManifest, iterEntries, lookupMany, type PathEntry } from '../manifest/index.js'
import { cutMetadata, type Subset } from '../merge/index.js'
import { encodeCommit } from '../objects/index.js'
import { type ObjectReader, type ObjectWriter, StoreWriter } from '../store/index.js'
import { ownSignature } from './author.js'
import type { Context } from './context.js'
import type { Work } from './types.js'
import { entriesWhere, type WhereOptions } from './where.js'

export interface CutOptions extends Omit<Subset, 'cut'> {
  parents: readonly CommitId[]
  /** Files and links that are in it whatever the expression means, in the order of paths. */
  kept: readonly string[]
  work: Work
}

/** Writes a cut. Nothing names it yet. */
export async function writeCut(context: Context, options: CutOptions): Promise<CommitId> {
  const { source, where, from, parents, kept, work } = options
  const author = await ownSignature(context)
  const tree = (await readCommit(context.store, source)).manifest
  const nodes = new StoreWriter(context.store, { kind: 'node' })
  try {
    const manifest = await cutTree(nodes, tree, { where, kept, signal: work.signal })
    const metadata = cutMetadata({ source, where, from })
    const message = `Subset${from === undefined ? '' : ` of ${from}`}: ${where.slice(0, 200)}`
    const made = { manifest, parents, author, committer: author, message, metadata }
    const commit = await nodes.writeObject('commit', encodeCommit(made), parents[0])
    await context.store.index.add((await nodes.finish()).map((ref) => ({ ref })))
    return commit
  } catch (error) {
    nodes.abort()
    throw error
  }
}

/** The part of a tree that an expression means, and what is kept of it all the same. */
export async function cutTree(
  writer: ObjectWriter,
  tree: ManifestId,
  { kept, ...options }: WhereOptions & Pick<CutOptions, 'kept'>,
): Promise<ManifestId> {
  const meant = entriesWhere(writer, tree, options)
  const joined = withKept(meant, await entriesOf(writer, tree, kept))
  return buildManifest(writer, withDirectories(writer, tree, joined))
}

/** Files and links of a subset's tree that are not what the expression means in its cut: they were added to it. */
export async function addedTo(
  reader: ObjectReader,
  { tree, cut, where }: { tree: ManifestId; cut: ManifestId; where: string },
): Promise<string[]> {
  const meant = new Set<string>()
  for await (const batch of entriesWhere(reader, cut, { where, mayMiss: true }))
    for (const [path] of batch) meant.add(path)
  const added: string[] = []
  for await (const batch of iterEntries(reader, tree))
    for (const [path, { kind }] of batch) if (kind !== 'directory' && !meant.has(path)) added.push(path)
  return added
}

async function entriesOf(
  reader: ObjectReader,
  tree: ManifestId,
  paths: readonly string[],
): Promise<PathEntry[]> {
  const entries = await lookupMany(reader, tree, paths)
  return paths.flatMap((path, i): PathEntry[] => (entries[i] ? [[path, entries[i]]] : []))
}

async function* withKept(
  batches: AsyncIterable<PathEntry[]>,
  kept: readonly PathEntry[],
): AsyncGenerator<PathEntry[]> {
  let next = 0
  for await (const batch of batches) {
    const joined: PathEntry[] = []
    for (const item of batch) {
      while (next < kept.length && comparePaths(kept[next]![0], item[0]) < 0) joined.push(kept[next++]!)
      if (kept[next]?.[0] === item[0]) next++
      joined.push(item)
    }
    yield joined
  }
  if (next < kept.length) yield kept.slice(next)
}

/** Before what lies in them come the entries of the directories above, which hand metadata down. */
async function* withDirectories(
  reader: ObjectReader,
  tree: ManifestId,
  batches: AsyncIterable<PathEntry[]>,
): AsyncGenerator<PathEntry[]> {
  /** The directories above the path that came last, and that path. */
  let passed: ReadonlySet<string> = new Set()
  for await (const batch of batches) {
    const above = new Set(batch.flatMap(([path]) => directoriesAbove(path)))
    const known = new Map(await entriesOf(reader, tree, [...above]))
    const complete: PathEntry[] = []
    for (const item of batch) {
      const directories = directoriesAbove(item[0])
      for (const path of directories) {
        const entry = passed.has(path) ? undefined : known.get(path)
        if (entry) complete.push([path, entry])
      }
      complete.push(item)
      passed = new Set([...directories, item[0]])
    }
    yield complete
  }
}

/** From the outermost. */
function directoriesAbove(path: string): string[] {
  const above: string[] = []
  for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) above.unshift(parent)
  return above
}
