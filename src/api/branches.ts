// dv branch: lists, makes, deletes and renames branches. Each change is one operation and so one undo.
import { DvError } from '../base/index.js'
import { type CommitId, sameId, toHex } from '../hash/index.js'
import { readCommit, walkCommits } from '../history/index.js'
import { branchRef, listRefNames, listRefs, readRef, shortRefName, type StoredRef } from '../refs/index.js'
import { type Context, currentHead, effectiveConfig, withLock } from './context.js'
import { perform } from './perform.js'
import { short, subjectOf } from './present.js'
import { resolve } from './revisions.js'
import type { BranchCreated, BranchInfo, BranchRenamed, RefDeleted } from './results.js'
import { deletedRef, unknownRef } from './tags.js'
import { checkedOutElsewhere, inUseElsewhere, refuseInUse } from './branch-use.js'
import { moveUpstream, setUpstream, upstreamInfo } from './upstream.js'

/** Local ones unless only `remotes` are asked for; the current one also before its first commit. By name. */
export async function branches(
  context: Context,
  { remotes, all }: { remotes: boolean; all: boolean },
): Promise<BranchInfo[]> {
  const listed: BranchInfo[] = []
  if (!remotes || all) listed.push(...(await localBranches(context)))
  if (remotes || all) {
    for (const { ref, value } of await listRefs(context.storage, 'remotes')) {
      listed.push({
        name: shortRefName(ref),
        remote: true,
        current: false,
        commit: await tipInfo(context, value.target),
      })
    }
  }
  return listed
}

async function localBranches(context: Context): Promise<BranchInfo[]> {
  const { head, stored } = await currentHead(context)
  const current = head.kind === 'branch' ? head.branch : undefined
  const elsewhere = await checkedOutElsewhere(context)
  const config = await effectiveConfig(context)
  const list: BranchInfo[] = []
  for (const { ref, value } of await listRefs(context.storage, 'heads')) {
    const name = shortRefName(ref)
    const upstream = await upstreamInfo(context, config, { branch: name, commit: value.target })
    const worktree = elsewhere.get(name)
    list.push({
      name,
      remote: false,
      current: name === current,
      commit: await tipInfo(context, value.target),
      ...(upstream && { upstream }),
      ...(worktree !== undefined && { worktree }),
    })
  }
  if (current !== undefined && !stored) list.push({ name: current, remote: false, current: true })
  return list.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function tipInfo({ store }: Context, id: CommitId) {
  const { message, committer } = await readCommit(store, id)
  return { id: toHex(id), short: short(id), subject: subjectOf(message), time: committer.time }
}

/** A branch that begins at a remote one follows it. */
export async function createBranch(
  context: Context,
  { name, start, force }: { name: string; start?: string; force: boolean },
): Promise<BranchCreated> {
  const ref = branchRef(name)
  const expected = await readRef(context.storage, ref)
  if (expected && !force) throw exists(name, expected)
  if (force) await refuseInUse(context, name, 'moved')
  const { commit, ref: startRef } = await resolve(context, start ?? 'HEAD')
  if (!expected || !sameId(expected.value.target, commit)) {
    await perform(context, {
      verb: 'branch',
      args: [name],
      refs: [{ ref, expected, next: { target: commit } }],
    })
  }
  const follows = startRef?.startsWith('refs/remotes/') ? startRef : undefined
  // What is configured for a branch outlives it, so that undoing its deletion is whole; a new one begins without.
  if (!expected || follows) await setUpstream(context, name, follows)
  return { name, commit: toHex(commit), short: short(commit) }
}

function exists(name: string, { value }: StoredRef): DvError {
  return new DvError('DV_ALREADY_EXISTS', `There is a branch '${name}' already, at ${short(value.target)}`, {
    data: { name, commit: toHex(value.target) },
    hint: "choose another name, or replace it with '--force'",
  })
}

/** All of them or none. */
export async function deleteBranches(
  context: Context,
  { names, force }: { names: readonly string[]; force: boolean },
): Promise<RefDeleted[]> {
  const found: StoredRef[] = []
  for (const name of new Set(names)) {
    await refuseInUse(context, name, 'deleted')
    found.push(await existingBranch(context, name))
  }
  if (found.length === 0) return []
  if (!force) await refuseUnmerged(context, found)
  const refs = found.map((expected) => ({ ref: expected.ref, expected, next: undefined }))
  await perform(context, { verb: 'branch', args: ['--delete', ...names], refs })
  return found.map(deletedRef)
}

async function existingBranch({ storage }: Context, name: string): Promise<StoredRef> {
  const found = await readRef(storage, branchRef(name))
  if (found) return found
  throw unknownRef('branch', name, (await listRefNames(storage, 'heads')).map(shortRefName))
}

/** Commits count as kept when another branch, a remote branch or the head leads to them. */
async function refuseUnmerged(context: Context, doomed: readonly StoredRef[]): Promise<void> {
  const { commit } = await currentHead(context)
  const gone = new Set(doomed.map(({ ref }) => ref))
  const heads = (await listRefs(context.storage, 'heads')).filter(({ ref }) => !gone.has(ref))
  const others = [...heads, ...(await listRefs(context.storage, 'remotes'))].map(({ value }) => value.target)
  const excluding = commit ? [commit, ...others] : others
  for (const { ref, value } of doomed) {
    for await (const { id } of walkCommits(context.store, [value.target], { excluding, limit: 1 })) {
      const name = shortRefName(ref)
      throw new DvError(
        'DV_WOULD_OVERWRITE',
        `The branch '${name}' has commits that no other branch has, ${short(id)} the last of them`,
        {
          data: { branch: name, commit: toHex(id) },
          hint: `merge it first, or delete it all the same: dv branch -D ${name}`,
        },
      )
    }
  }
}

/** The head and the upstream move along. */
export function renameBranch(
  context: Context,
  { from, to, force }: { from?: string; to: string; force: boolean },
): Promise<BranchRenamed> {
  return withLock(context, async () => {
    const { head } = await currentHead(context)
    const current = head.kind === 'branch' ? head.branch : undefined
    const old = from ?? current
    if (old === undefined) {
      throw new DvError('DV_USAGE', 'There is no current branch to rename', {
        hint: 'name both: dv branch -m OLD NEW',
      })
    }
    const ref = branchRef(to)
    if (old !== to) await rename(context, { old, to, ref, isCurrent: old === current, force })
    return { from: old, to }
  })
}

interface Renaming {
  old: string
  to: string
  ref: string
  isCurrent: boolean
  force: boolean
}

async function rename(context: Context, { old, to, ref, isCurrent, force }: Renaming): Promise<void> {
  const { storage } = context
  const source = await readRef(storage, branchRef(old))
  if (!source && !isCurrent) await existingBranch(context, old)
  const other = (await checkedOutElsewhere(context)).get(old)
  if (other !== undefined) throw inUseElsewhere(old, other)
  const expected = await readRef(storage, ref)
  if (expected && !force) throw exists(to, expected)
  await refuseInUse(context, to, 'replaced')
  const target = source?.value.target
  await perform(context, {
    verb: 'branch',
    args: ['--move', old, to],
    refs:
      source && target
        ? [
            { ref, expected, next: { target } },
            { ref: source.ref, expected: source, next: undefined },
          ]
        : [],
    ...(isCurrent && { head: { to: { kind: 'branch', branch: to }, commit: target } }),
  })
  await moveUpstream(context, old, to)
}
