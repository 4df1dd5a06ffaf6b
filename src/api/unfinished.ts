// A checkout that a kill or a crash ended early: some files are those of where it was going, the rest those of where it
// came from. The next checkout, to wherever, takes both for what they are.
import { comparePaths, DvError } from '../base/index.js'
import { type ManifestId, sameId } from '../hash/index.js'
import { type Change, lookupMany, sameEntry } from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import {
  type BaseManifest,
  type ChangeSource,
  compileSparse,
  type Halves,
  isAsEntry,
  isBegun,
  type LocalChanges,
  readUnfinishedCheckout,
  type WorkingChange,
  type WorkTree,
} from '../workspace/index.js'
import { type Context, type CurrentHead, manifestOf } from './context.js'
import { short } from './present.js'

/** Throws DV_UNFINISHED_CHECKOUT while files of two commits lie in the working directory. */
export function refuseUnfinished(context: Context, head: CurrentHead, what: string): void {
  const to = readUnfinishedCheckout(context.workdir)
  if (!to) return
  const back = head.head.kind === 'branch' ? head.head.branch : `--detach ${short(head.head.commit)}`
  throw new DvError(
    'DV_UNFINISHED_CHECKOUT',
    `${what} is not possible: a checkout of '${short(to)}' was interrupted, and files of both commits are here`,
    {
      data: { to: short(to) },
      hint: `type the same command again to go on with it, or 'dv switch ${back}' to go back`,
    },
  )
}

interface ToExtend {
  changes: ChangeSource
  local: LocalChanges
  from: BaseManifest
  to: BaseManifest
}

/** The changes, and those that make up for an interrupted checkout: what it wrote or began to counts as recorded, what
 * it deleted comes back. */
export async function withUnfinished(
  context: Context,
  tree: WorkTree,
  { changes, local, from, to }: ToExtend,
): Promise<{ changes: ChangeSource; halves: Halves }> {
  const unfinished = await manifestOf(context, readUnfinishedCheckout(context.workdir))
  if (!unfinished) return { changes, halves: 'nowhere' }
  // Then nothing had been here before it, and what is not here never came.
  const isFirst = from !== undefined && sameId(from, unfinished)
  const extra = await leftovers(tree, [...local.byPath.values()], { unfinished, to, isFirst })
  return { changes: () => mergeChanges(changes(), extra), halves: isFirst ? 'anywhere' : 'new' }
}

async function leftovers(
  tree: WorkTree,
  local: readonly WorkingChange[],
  { unfinished, to, isFirst }: { unfinished: ManifestId; to: BaseManifest; isFirst: boolean },
): Promise<Change[]> {
  const paths = local.map(({ path }) => path)
  const theirs = await entriesHere(tree, unfinished, paths)
  const wanted = to ? await entriesHere(tree, to, paths) : []
  const found: Change[] = []
  for (const [i, change] of local.entries()) {
    const { path, type, before } = change
    const [there, after] = [theirs[i], wanted[i]]
    if (tree.sparse && !tree.sparseAt && !tree.sparse.matches(path)) continue
    if (type === 'deleted') {
      if (after && (isFirst || !sameEntry(there, before))) found.push({ path, after })
    } else if (
      (await isAsEntry(tree, change, there)) ||
      ((isFirst || !sameEntry(there, before)) && (await isBegun(tree, change, there)))
    ) {
      found.push({ path, before: there!, ...(after && { after }) })
    }
  }
  return found
}

/** The entries of a tree that are checked out with it. */
async function entriesHere(
  tree: WorkTree,
  manifest: ManifestId,
  paths: readonly string[],
): Promise<(Entry | undefined)[]> {
  const entries = await lookupMany(tree.reader, manifest, paths)
  const rule = await tree.sparseAt?.(manifest)
  const filter = rule && compileSparse(rule.list, rule.meant)
  return entries.map((entry, i) => (filter?.matches(paths[i]!) === false ? undefined : entry))
}

/** Where both have a path the extra change counts: it knows what is on disk. */
async function* mergeChanges(
  changes: AsyncIterable<readonly Change[]>,
  extra: readonly Change[],
): AsyncGenerator<readonly Change[]> {
  let next = 0
  for await (const batch of changes) {
    const merged: Change[] = []
    for (const change of batch) {
      while (next < extra.length && comparePaths(extra[next]!.path, change.path) < 0)
        merged.push(extra[next++]!)
      if (extra[next]?.path === change.path) merged.push(extra[next++]!)
      else merged.push(change)
    }
    yield merged
  }
  if (next < extra.length) yield extra.slice(next)
}
