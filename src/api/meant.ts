// Expressions among what is checked out: what they mean in a tree, and what a step from one tree to another changes on
// disk, where the same entry may come or go because what it inherits has changed.
// Format: spec/10-working-directory.md, "Sparse"
import { comparePaths } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { type Change, iterEntries, type PathEntry, sameEntry, summarize } from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import {
  type BaseManifest,
  compileSparse,
  expressionsOf,
  readSparseBefore,
  scanPath,
  type SparseRule,
  type WorkTree,
} from '../workspace/index.js'
import { entriesWhere, requireMeant } from './where.js'

/** What a list takes in of a tree. `asked`: the expression that was typed just now; that nothing has a key it names, or that
 * it means nothing, is an error. Later trees may lack it. */
export async function ruleAt(
  reader: ObjectReader,
  manifest: ManifestId,
  list: readonly string[],
  asked?: string,
): Promise<SparseRule> {
  const meant = new Map<string, ReadonlySet<string>>()
  for (const where of expressionsOf(list)) {
    if (where === asked) await requireMeant(reader, manifest, { where })
    const paths = new Set<string>()
    for await (const batch of entriesWhere(reader, manifest, { where, mayMiss: true }))
      for (const [path, entry] of batch)
        if (!(await isParent(reader, manifest, [path, entry]))) paths.add(path)
    meant.set(where, paths)
  }
  return { list, meant }
}

/** A directory that holds anything recorded is there when what is in it is. */
async function isParent(
  reader: ObjectReader,
  manifest: ManifestId,
  [path, entry]: PathEntry,
): Promise<boolean> {
  return entry.kind === 'directory' && (await summarize(reader, manifest, path)).entries > 1
}

interface Step {
  from: BaseManifest
  to: ManifestId
  /** Paths that count as checked out before and after. */
  also: ReadonlySet<string>
}

/** Reads both trees whole: what an entry inherits shows in no entry of its own. */
export async function* changesOfMeant(tree: WorkTree, step: Step): AsyncGenerator<Change[]> {
  const { root } = tree.workdir
  const { list, meant } = await tree.sparseAt!(step.to)
  const filter = compileSparse(list, meant)
  const isUnderWay = readSparseBefore(tree.workdir) !== undefined
  const stands = (path: string) => scanPath(root, path) !== undefined
  const was = (path: string) =>
    step.also.has(path) || tree.sparse!.matches(path) || (isUnderWay && stands(path))
  const is = (path: string) => step.also.has(path) || filter.matches(path)
  for await (const pairs of sideBySide(tree.reader, step)) {
    const changes: Change[] = []
    for (const { path, before, after } of pairs) {
      const [wasHere, isHere, isSame] = [was(path), is(path), sameEntry(before, after)]
      if (wasHere === isHere && isSame) continue
      // What stands there although it is left out goes along.
      const stood = wasHere || stands(path)
      const change = {
        path,
        ...(before && stood && { before }),
        ...(after && (isHere || (!wasHere && stood)) && { after }),
      }
      if (change.before || change.after) changes.push(change)
    }
    if (changes.length > 0) yield changes
  }
}

interface Pair {
  path: string
  before: Entry | undefined
  after: Entry | undefined
}

/** Every path of either tree, in order. */
async function* sideBySide(reader: ObjectReader, { from, to }: Step): AsyncGenerator<Pair[]> {
  const old = entriesOf(reader, from)
  let rest: readonly PathEntry[] = []
  let next = 0
  const fill = async () => {
    if (next < rest.length) return true
    const { value, done } = await old.next()
    rest = done ? [] : value
    next = 0
    return !done
  }
  for await (const batch of iterEntries(reader, to)) {
    const pairs: Pair[] = []
    for (const [path, after] of batch) {
      while ((await fill()) && comparePaths(rest[next]![0], path) < 0) pairs.push(gone(rest[next++]!))
      const before = rest[next]?.[0] === path ? rest[next++]![1] : undefined
      pairs.push({ path, before, after })
    }
    yield pairs
  }
  while (await fill()) yield rest.slice(next, (next = rest.length)).map(gone)
}

async function* entriesOf(reader: ObjectReader, manifest: BaseManifest): AsyncGenerator<PathEntry[]> {
  if (manifest) yield* iterEntries(reader, manifest)
}

function gone([path, before]: PathEntry): Pair {
  return { path, before, after: undefined }
}
