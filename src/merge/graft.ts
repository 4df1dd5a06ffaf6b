// Merging a subset back: what was changed on it, put onto a tree that holds more. Format: spec/23-subsets.md, "Merging back"
import { comparePaths, parentPath } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import {
  type Change,
  diffManifests,
  type Edit,
  editManifest,
  iterEntries,
  lookupMany,
} from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'

export interface GraftRoots {
  /** What the subset was, and what became of it. */
  base: ManifestId
  theirs: ManifestId
  /** The tree that holds more. */
  ours: ManifestId
}

/** Base and theirs as they would be if they held all that ours does: a merge of ours against them carries what was
 * changed on the subset, and nothing else. Memory and cost are those of the changes. */
export async function graft(
  writer: ObjectWriter,
  { base, theirs, ours }: GraftRoots,
): Promise<{ base: ManifestId; theirs: ManifestId }> {
  const changes = await realChanges(writer, { base, theirs, ours })
  const before = new Map(changes.map((change) => [change.path, change.before]))
  const after = new Map(changes.map((change) => [change.path, change.after]))
  const gone = await givingWay(writer, ours, changes)
  return {
    base: await editManifest(writer, ours, editsOf(before, gone)),
    theirs: await editManifest(writer, ours, editsOf(after, gone)),
  }
}

function editsOf(changed: ReadonlyMap<string, Entry | undefined>, gone: ReadonlySet<string>): Edit[] {
  const edits = new Map([...[...gone].map((path) => [path, undefined] as const), ...changed])
  return [...edits].sort(([a], [b]) => comparePaths(a, b))
}

async function realChanges(reader: ObjectReader, { base, theirs, ours }: GraftRoots): Promise<Change[]> {
  const all: Change[] = []
  for await (const batch of diffManifests(reader, [base, theirs])) all.push(...batch)
  const deleted = new Set(all.flatMap(({ path, after }) => (after ? [] : [path])))
  const kept: Change[] = []
  for (const change of all) {
    const { path, before, after } = change
    const mayBeHollow = after ? after.kind === 'directory' && !after.metadata : before?.kind === 'directory'
    const isHollow =
      mayBeHollow &&
      !(await holdsOther(reader, theirs, path)) &&
      (await holdsOther(reader, ours, path, deleted))
    if (!isHollow) kept.push(change)
  }
  return kept
}

/** Whether anything stands below a path, leaving out what is told. */
async function holdsOther(
  reader: ObjectReader,
  tree: ManifestId,
  directory: string,
  without?: ReadonlySet<string>,
): Promise<boolean> {
  for await (const batch of iterEntries(reader, tree, { prefix: directory }))
    if (batch.some(([path]) => path !== directory && !without?.has(path))) return true
  return false
}

/** Entries of ours that cannot stand in one tree with what is put at changed paths. */
async function givingWay(
  reader: ObjectReader,
  ours: ManifestId,
  changes: readonly Change[],
): Promise<Set<string>> {
  const changed = new Set(changes.map(({ path }) => path))
  const gone = new Set<string>()
  const put = changes.filter(({ before, after }) => before || after)
  const parents = [...new Set(put.flatMap(({ path }) => parentsOf(path)))].filter(
    (path) => !changed.has(path),
  )
  const above = await lookupMany(reader, ours, parents)
  for (const [i, entry] of above.entries()) if (entry && entry.kind !== 'directory') gone.add(parents[i]!)
  for (const { path, before, after } of put) {
    if (![before, after].some((entry) => entry && entry.kind !== 'directory')) continue
    for await (const batch of iterEntries(reader, ours, { prefix: path }))
      for (const [below] of batch) if (below !== path && !changed.has(below)) gone.add(below)
  }
  return gone
}

function parentsOf(path: string): string[] {
  const parents: string[] = []
  for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) parents.push(parent)
  return parents
}
