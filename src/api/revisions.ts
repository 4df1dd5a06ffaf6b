// What a user's revisions mean here: refs, ids and the operation log behind the grammar of the history room.
import { DvError, isDvError, nearest, parentPath } from '../base/index.js'
import { type CommitId, idKey, parseId, toHex } from '../hash/index.js'
import {
  parseRevision,
  readCommit,
  type ResolvedRevision,
  resolveRevision,
  type RevisionContext,
} from '../history/index.js'
import { listDirectory, summarize } from '../manifest/index.js'
import type { ManifestId } from '../hash/index.js'
import { branchRef, listRefNames, listRefs, readRef, type RefKind, shortRefName } from '../refs/index.js'
import {
  iterHeadHistory,
  iterOperations,
  iterOperationsWithEffect,
  iterRefHistory,
  listOperationWorkdirs,
} from '../repo/index.js'
import { readUnfinishedOperations } from '../workspace/index.js'
import { type Context, currentHead, effectiveConfig, type StoreView } from './context.js'

/** Kinds of refs that name commits a user works with. */
export const NAMING_KINDS: readonly RefKind[] = ['heads', 'tags', 'remotes']
/** Commits looked at for an id prefix, and operations of each working directory whose commits are looked at. */
const PREFIX_COMMITS_MAX = 500_000
const PREFIX_OPERATIONS_MAX = 1000
/** Candidates of an ambiguous prefix that are worth showing. */
const PREFIX_CANDIDATES = 6
const NAMES_COMPARED_MAX = 10_000

/** The commit a revision stands for. Throws DV_BAD_REVISION, DV_UNKNOWN_REVISION or DV_AMBIGUOUS_ID. */
export async function resolve(view: StoreView, text: string): Promise<ResolvedRevision> {
  return resolveRevision(parseRevision(text), revisionContext(view))
}

/** Whether it names exactly one commit. Damage met on the way is an error all the same. */
export async function isRevision(view: StoreView, text: string): Promise<boolean> {
  try {
    await resolve(view, text)
    return true
  } catch (error) {
    const codes = ['DV_BAD_REVISION', 'DV_UNKNOWN_REVISION', 'DV_AMBIGUOUS_ID'] as const
    if (codes.some((code) => isDvError(error, code))) return false
    throw error
  }
}

/** Names that may stand where a revision is wanted. Reads no value of a ref. */
export async function refNames(context: Context) {
  const [heads, remotes, tags] = await Promise.all(
    (['heads', 'remotes', 'tags'] as const).map((kind) => listRefNames(context.storage, kind)),
  )
  return {
    branches: heads!.map(shortRefName),
    remoteBranches: remotes!.map(shortRefName),
    tags: tags!.map(shortRefName),
    remotes: [...(await effectiveConfig(context)).remotes.keys()],
  }
}

export function revisionContext(view: StoreView): RevisionContext {
  const { storage, workdir, store } = view
  return {
    reader: store,
    async head() {
      const { ref, commit } = await currentHead(view)
      return { ...(commit && { commit }), ...(ref !== undefined && { branch: ref }) }
    },
    async readRef(name) {
      const value = (await readRef(storage, name))?.value
      return value && { commit: value.target, ...(value.tag && { tag: value.tag }) }
    },
    async listRefs() {
      return (await Promise.all(NAMING_KINDS.map((kind) => listRefNames(storage, kind)))).flat()
    },
    commitsWithPrefix: (digits) =>
      digits.length === 64 ? commitWithId(view, digits) : commitsWithPrefix(view, digits),
    async earlier(name, n) {
      if (name === 'HEAD' && n === 0) return (await currentHead(view)).commit
      if (name !== 'HEAD') return (await nth(iterRefHistory(storage, name), n))?.target
      return (
        workdir &&
        (await nth(iterHeadHistory(storage, workdir.id, readUnfinishedOperations(workdir)), n))?.commit
      )
    },
    previousBranch: (n) => previousBranch(view, n),
  }
}

async function nth<T>(items: AsyncIterable<T>, n: number): Promise<T | undefined> {
  let at = 0
  for await (const item of items) if (at++ === n) return item
  return undefined
}

/** A whole id needs no search. An object of another kind is no commit; a damaged commit is an error. */
async function commitWithId({ store }: StoreView, digits: string): Promise<CommitId[]> {
  const id = parseId<'commit'>(digits)
  if ((await store.locate(id)).length === 0) return []
  try {
    await readCommit(store, id)
    return [id]
  } catch (error) {
    for (const kind of ['manifest', 'recipe', 'value', 'tag', 'chunk'] as const) {
      if (await store.readItem(kind, id).then(Boolean, () => false)) return []
    }
    throw error
  }
}

/** Searches what refs, the head and the operation log lead to. A commit that cannot be read, because it was collected
 * or is damaged, must not stand in the way of another: dv fsck names it. */
async function commitsWithPrefix(view: StoreView, digits: string): Promise<CommitId[]> {
  const waiting = await knownTips(view)
  const seen = new Set<string>()
  const found: CommitId[] = []
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(idKey(id)) || seen.size >= PREFIX_COMMITS_MAX) continue
    seen.add(idKey(id))
    const commit = await readCommit(view.store, id).catch(passOverDamage)
    if (!commit) continue
    if (toHex(id).startsWith(digits) && found.push(id) >= PREFIX_CANDIDATES) break
    waiting.push(...commit.parents)
  }
  return found
}

function passOverDamage(error: unknown): undefined {
  if (isDvError(error, 'DV_MISSING_OBJECT') || isDvError(error, 'DV_CORRUPT')) return undefined
  throw error
}

async function knownTips(view: StoreView): Promise<CommitId[]> {
  const { storage } = view
  const tips: (CommitId | undefined)[] = [(await currentHead(view)).commit]
  for (const workdir of await listOperationWorkdirs(storage)) {
    let count = 0
    for await (const { refs, head } of iterOperations(storage, workdir)) {
      for (const { before, after } of refs) tips.push(before?.target, after?.target)
      tips.push(head?.before.commit, head?.after.commit)
      if (++count >= PREFIX_OPERATIONS_MAX) break
    }
  }
  for (const kind of NAMING_KINDS)
    for (const { value } of await listRefs(storage, kind)) tips.push(value.target)
  return tips.filter((tip) => tip !== undefined)
}

/** Where one was before the `n`-th last switch. Commits move the head too, and renaming a branch renames it. */
async function previousBranch({ storage, workdir }: StoreView, n: number) {
  if (!workdir) return undefined
  let switches = 0
  const unfinished = readUnfinishedOperations(workdir)
  for await (const { operation, effective } of iterOperationsWithEffect(storage, workdir.id, unfinished)) {
    const { head, verb } = operation
    if (!head || !effective || verb === 'branch') continue
    const { before, after } = head
    const isDetachedMove = !before.branch && !after.branch && (verb === 'switch' || verb === 'undo')
    if (before.branch === after.branch && !isDetachedMove) continue
    if (++switches === n) return before.branch === undefined ? before.commit : branchRef(before.branch)
  }
  return undefined
}

/** DV_UNKNOWN_PATH for what a tree does not have, with the names nearest to it in its directory. */
export async function unknownPath(
  { store }: StoreView,
  manifest: ManifestId | undefined,
  { path, within }: { path: string; within: string },
): Promise<DvError> {
  const near = manifest ? nearest(path, await neighbours(store, manifest, path)) : []
  return new DvError('DV_UNKNOWN_PATH', `There is no '${path}' in ${within}`, {
    data: { path, nearest: near },
    ...(near.length > 0 && { hint: `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?` }),
  })
}

/** Paths beside a missing one: of the nearest directory above it that exists. */
async function neighbours(store: StoreView['store'], manifest: ManifestId, path: string): Promise<string[]> {
  let folder = parentPath(path)
  while (folder !== '' && (await summarize(store, manifest, folder)).entries === 0)
    folder = parentPath(folder)
  const names: string[] = []
  for await (const batch of listDirectory(store, manifest, folder)) {
    for (const item of batch) names.push(item.path)
    if (names.length >= NAMES_COMPARED_MAX) break
  }
  return names
}
