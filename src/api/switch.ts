// dv switch and dv checkout: another branch or commit in the working directory.
import { DvError, isDvError } from '../base/index.js'
import { type CommitId, toHex } from '../hash/index.js'
import { walkCommits } from '../history/index.js'
import {
  branchRef,
  listAllRefs,
  listRefs,
  parseRef,
  readRef,
  type RefName,
  shortRefName,
  type StoredRef,
} from '../refs/index.js'
import {
  type Applied,
  type Head,
  readUnfinishedCheckout,
  writeUnfinishedCheckout,
} from '../workspace/index.js'
import { emptyTree, prepareCheckout } from './checkout.js'
import { refuseDuringMerge } from './conflicts.js'
import {
  commitOf,
  type Context,
  type CurrentHead,
  currentHead,
  fromTop,
  manifestOf,
  withLock,
  workTree,
} from './context.js'
import { isIn } from './pathspec.js'
import { carryMetadata } from './pending-metadata.js'
import { perform, type RefStep } from './perform.js'
import { short, subjectOf } from './present.js'
import type { SwitchResult } from './results.js'
import { resolve } from './revisions.js'
import type { SwitchOptions } from './types.js'
import { setUpstream } from './upstream.js'
import { headOf, listWorkdirs } from './worktree-list.js'

const ORPHANS_COUNTED = 100

export function switchTo(context: Context, options: SwitchOptions): Promise<SwitchResult> {
  return withLock(context, async () => {
    const from = await currentHead(context)
    const target = await chooseTarget(context, options, from)
    const isHere = target.already && !readUnfinishedCheckout(context.workdir)
    if (isHere) return alreadyThere(context, from)
    await refuseDuringMerge(context, `Switching to '${options.to}'`)
    if (target.head.kind === 'branch') await refuseInUse(context, target.head.branch)
    return move(context, { from, target, options })
  })
}

interface Target {
  head: Head
  commit: CommitId | undefined
  /** The branch to make. */
  refs: RefStep[]
  /** The remote branch that the new branch is to follow. */
  tracking?: RefName
  already: boolean
}

async function chooseTarget(context: Context, options: SwitchOptions, from: CurrentHead): Promise<Target> {
  const { to, create, detach } = options
  if (create) return createTarget(context, options, from)
  if (detach !== 'always') {
    const branch = await existingBranch(context, to)
    if (branch) {
      const already = from.head.kind === 'branch' && from.head.branch === to
      return { head: { kind: 'branch', branch: to }, commit: branch.value.target, refs: [], already }
    }
    if (from.head.kind === 'branch' && from.head.branch === to) {
      return { head: from.head, commit: undefined, refs: [], already: true }
    }
    const tracked = await trackingTarget(context, to)
    if (tracked) return tracked
  }
  const { commit } = await resolve(context, to).catch(async (error: unknown) => {
    const isUnknown = isDvError(error, 'DV_UNKNOWN_REVISION') || isDvError(error, 'DV_BAD_REVISION')
    throw (isUnknown && (await meantAsPath(context, to, from))) || error
  })
  if (detach === 'never') {
    throw new DvError('DV_UNKNOWN_REF', `'${to}' is a commit, not a branch`, {
      data: { name: to },
      hint: `'dv switch --detach ${to}' looks at it; 'dv switch -c NAME ${to}' starts a branch there`,
    })
  }
  return { head: { kind: 'commit', commit }, commit, refs: [], already: false }
}

/** The error for a path where a revision is wanted; undefined: it is none of HEAD's. */
async function meantAsPath(
  context: Context,
  typed: string,
  { commit }: CurrentHead,
): Promise<DvError | undefined> {
  const manifest = await manifestOf(context, commit)
  if (!manifest || typed === '' || /^(\/|\.\.)|[*?[{]/.test(typed)) return undefined
  const path = fromTop(context.prefix, typed)
  if (!(await isIn(context, manifest, path))) return undefined
  const isHere = workTree(context).sparse?.matches(path) ?? true
  return new DvError('DV_UNKNOWN_REVISION', `'${typed}' is a path, not a branch or commit`, {
    data: { name: typed },
    hint: isHere
      ? `'dv restore ${typed}' puts it back as it was committed`
      : `'dv checkout --add ${typed}' brings it here`,
  })
}

async function createTarget(
  context: Context,
  { to, start }: SwitchOptions,
  head: CurrentHead,
): Promise<Target> {
  const ref = branchRef(to)
  if (await readRef(context.storage, ref)) {
    throw new DvError('DV_ALREADY_EXISTS', `There is a branch '${to}' already`, {
      data: { name: to },
      hint: `'dv switch ${to}' goes to it`,
    })
  }
  const { commit, ref: from }: { commit?: CommitId; ref?: RefName } =
    start === undefined ? head : await resolve(context, start)
  const refs: RefStep[] = commit ? [{ ref, expected: undefined, next: { target: commit } }] : []
  const tracking = start !== undefined && from?.startsWith('refs/remotes/') ? { tracking: from } : {}
  return { head: { kind: 'branch', branch: to }, commit, refs, ...tracking, already: false }
}

async function existingBranch({ storage }: Context, name: string): Promise<StoredRef | undefined> {
  try {
    return await readRef(storage, branchRef(name))
  } catch (error) {
    // A revision such as main~2 is no branch name.
    if (error instanceof DvError && error.code === 'DV_BAD_NAME') return undefined
    throw error
  }
}

/** A branch of that name on exactly one remote becomes a local branch that follows it. */
async function trackingTarget({ storage }: Context, name: string): Promise<Target | undefined> {
  const found = (await listRefs(storage, 'remotes')).filter(({ ref }) => parseRef(ref).name === name)
  if (found.length > 1) {
    const remotes = found.map(({ ref }) => parseRef(ref).remote!)
    throw new DvError('DV_AMBIGUOUS_ID', `Several remotes have a branch '${name}': ${remotes.join(', ')}`, {
      data: { name, remotes },
      hint: `choose one: dv switch -c ${name} ${remotes[0]}/${name}`,
    })
  }
  const [only] = found
  if (!only) return undefined
  const commit = only.value.target
  const refs: RefStep[] = [{ ref: branchRef(name), expected: undefined, next: { target: commit } }]
  return { head: { kind: 'branch', branch: name }, commit, refs, tracking: only.ref, already: false }
}

/** Throws DV_BRANCH_IN_USE when another working directory has the branch checked out. */
export async function refuseInUse(context: Context, branch: string): Promise<void> {
  for (const { id, root } of await listWorkdirs(context.storage)) {
    if (id === context.workdir.id || headOf(root, id)?.branch !== branch) continue
    throw new DvError('DV_BRANCH_IN_USE', `The branch '${branch}' is checked out in '${root}'`, {
      data: { branch, directory: root },
      hint: `work there, or look at it here with 'dv switch --detach ${branch}'`,
    })
  }
}

async function move(
  context: Context,
  { from, target, options }: { from: CurrentHead; target: Target; options: SwitchOptions },
): Promise<SwitchResult> {
  const { workdir } = context
  const tree = workTree(context)
  const fromManifest = (await commitOf(context, from.commit))?.manifest
  const toManifest = (await commitOf(context, target.commit))?.manifest
  const { force } = options
  const what = `Switching to '${options.to}'`
  const prepared = await prepareCheckout(context, tree, {
    from: fromManifest,
    to: toManifest,
    isOnRecord: target.commit !== undefined,
    force,
    what,
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  })
  const metadata = await carryMetadata(context, { from: fromManifest, to: toManifest, force, what })
  let checkout: Applied = { written: 0, removed: 0, bytes: 0 }
  const orphaned = await countOrphans(context, from)
  const before = prepared.before ?? (toManifest && (await emptyTree(context)))
  await perform(context, {
    verb: 'switch',
    args: [options.to],
    refs: target.refs,
    head: { to: target.head, commit: target.commit },
    metadata,
    ...(before && toManifest && { worktree: { before, after: toManifest } }),
    ...(prepared.saved.length > 0 && before && { saved: before }),
    async files() {
      if (target.commit) writeUnfinishedCheckout(workdir, target.commit)
      checkout = await prepared.apply()
    },
  })
  writeUnfinishedCheckout(workdir, undefined)
  if (target.tracking && target.head.kind === 'branch')
    await setUpstream(context, target.head.branch, target.tracking)
  return describe(context, { from, target, orphaned, checkout, kept: prepared.kept, created: options.create })
}

/** Commits that only the detached head being left leads to, up to a limit. */
async function countOrphans({ store, storage }: Context, from: CurrentHead): Promise<number> {
  if (from.head.kind === 'branch' || !from.commit) return 0
  const excluding = (await listAllRefs(storage)).map(({ value }) => value.target)
  let count = 0
  for await (const _ of walkCommits(store, [from.commit], { excluding, limit: ORPHANS_COUNTED })) count++
  return count
}

async function describe(
  context: Context,
  done: {
    from: CurrentHead
    target: Target
    orphaned: number
    checkout: Applied
    kept: number
    created: boolean
  },
): Promise<SwitchResult> {
  const { from, target, orphaned } = done
  return {
    ...(target.head.kind === 'branch' && { branch: target.head.branch }),
    ...(await described(context, target.commit)),
    created: done.created || target.tracking !== undefined,
    ...(target.tracking && { tracking: shortRefName(target.tracking) }),
    previous: {
      ...(from.head.kind === 'branch' ? { branch: from.head.branch } : { short: short(from.head.commit) }),
      orphaned,
    },
    already: false,
    checkout: done.checkout,
    kept: done.kept,
  }
}

/** A commit as results name it. */
export async function described(context: Context, id: CommitId | undefined) {
  const commit = await commitOf(context, id)
  return id && commit
    ? { commit: { id: toHex(id), short: short(id), subject: subjectOf(commit.message) } }
    : {}
}

async function alreadyThere(context: Context, { head, commit }: CurrentHead): Promise<SwitchResult> {
  return {
    ...(head.kind === 'branch' && { branch: head.branch }),
    ...(await described(context, commit)),
    created: false,
    previous: { ...(head.kind === 'branch' && { branch: head.branch }), orphaned: 0 },
    already: true,
    checkout: { written: 0, removed: 0, bytes: 0 },
    kept: 0,
  }
}
