// dv merge: another branch into this one; of a subset, only what was changed on it. How conflicts are settled and a merge is ended: merge-settle.ts.
import { DvError } from '../base/index.js'
import type { CommitId } from '../hash/index.js'
import { isAncestor } from '../history/index.js'
import { findMergeBase, graft, type Subset, subsetOf, wheresOf } from '../merge/index.js'
import { emptyTree } from './checkout.js'
import { sumsBetween } from './commit.js'
import { refuseDuringMerge } from './conflicts.js'
import { type Context, type CurrentHead, currentHead, manifestOf, withLock, workTree } from './context.js'
import { passGate } from './gated.js'
import { short } from './present.js'
import type { MergeResult } from './results.js'
import { resolve } from './revisions.js'
import { requireSource } from './subset-source.js'
import { described } from './switch.js'
import { checkedMessage, joinTrees, moveTo } from './three-way.js'
import type { MergeOptions } from './types.js'

export { abortMerge, continueMerge, mergeUnderWay, resolveMerge } from './merge-settle.js'

export function merge(context: Context, options: MergeOptions): Promise<MergeResult> {
  return withLock(context, () => mergeLocked(context, options))
}

async function mergeLocked(context: Context, options: MergeOptions): Promise<MergeResult> {
  const { revision, fastForward } = options
  const head = await currentHead(context)
  await refuseDuringMerge(context, `Merging '${revision}'`)
  const { commit: theirs } = await resolve(context, revision)
  if (!head.commit) return forward(context, options, { head, theirs })
  const ours = head.commit
  if (await isAncestor(context.store, theirs, ours)) return upToDate(context, options, ours)
  const wheres = [await wheresOf(context.store, ours), await wheresOf(context.store, theirs)] as const
  refuseOther(options, wheres)
  const [depth, theirDepth] = [wheres[0].length, wheres[1].length]
  if (depth > theirDepth) {
    const { refreshHead } = await import('./subset-refresh.js')
    const subset = (await subsetOf(context.store, ours))!
    return refreshHead(context, options, { head: { ...head, commit: ours }, subset, source: theirs })
  }
  if (theirDepth > depth) {
    const part = (await subsetOf(context.store, theirs))!
    if (fastForward === 'only') throw notFastForward(revision)
    await requireSource(context, part, { tip: ours, what: `Merging '${revision}'` })
    return join(context, options, { head: { ...head, commit: ours }, theirs, part })
  }
  const canForward = await isAncestor(context.store, ours, theirs)
  if (canForward && fastForward !== 'never') return forward(context, options, { head, theirs })
  if (fastForward === 'only') throw notFastForward(revision)
  return join(context, options, { head: { ...head, commit: ours }, theirs })
}

/** What is to be merged is there already. */
export async function upToDate(
  context: Context,
  { revision }: Pick<MergeOptions, 'revision'>,
  commit: CommitId,
): Promise<MergeResult> {
  const manifest = (await manifestOf(context, commit))!
  return {
    outcome: 'up-to-date',
    ...(await described(context, commit)),
    theirs: revision,
    changes: await sumsBetween(context, manifest, manifest),
    conflicts: [],
  }
}

/** One may be within the other, or both the same. */
function refuseOther({ revision }: MergeOptions, [mine, theirs]: readonly [string[], string[]]): void {
  const at = mine.findIndex((where, i) => theirs[i] !== undefined && theirs[i] !== where)
  if (at < 0) return
  throw new DvError('DV_UNSUPPORTED', `'${revision}' is another subset than the one checked out`, {
    data: { ours: mine[at], theirs: theirs[at] },
    hint: `merge each into the branch it was taken from, then 'dv subset refresh'`,
  })
}

/** The branch moves along to their commit; one without commits begins there. */
async function forward(
  context: Context,
  options: MergeOptions,
  { head, theirs }: { head: CurrentHead; theirs: CommitId },
): Promise<MergeResult> {
  const tree = workTree(context)
  const from = await manifestOf(context, head.commit)
  const to = (await manifestOf(context, theirs))!
  const passed = await passGate(context, { ...options, verbs: ['merge'], id: theirs, manifest: to })
  const moved = await moveTo(context, tree, {
    ...{ verb: 'merge', args: [options.revision], head, commit: theirs },
    ...{ from, empty: from ?? (await emptyTree(context)), to, work: options },
  })
  await passed()
  return {
    outcome: 'fast-forward',
    ...(await described(context, theirs)),
    theirs: options.revision,
    changes: await sumsBetween(context, from, to),
    conflicts: [],
    ...moved,
  }
}

async function join(
  context: Context,
  options: MergeOptions,
  { head, theirs, part }: { head: CurrentHead & { commit: CommitId }; theirs: CommitId; part?: Subset },
): Promise<MergeResult> {
  const { revision, favour } = options
  const here = head.head.kind === 'branch' ? head.head.branch : short(head.commit)
  return joinTrees(
    context,
    {
      ...{ kind: 'merge', head, theirs, theirsName: revision, favour },
      async trees(nodes) {
        const also = part && { also: part.cut }
        const base = (await findMergeBase(nodes, head.commit, theirs, also)).manifest
        if (!base) throw unrelated(revision, here)
        const theirsTree = (await manifestOf(context, theirs))!
        if (!part) return { base, theirs: theirsTree }
        return graft(nodes, { base, theirs: theirsTree, ours: (await manifestOf(context, head.commit))! })
      },
      labels: { ours: here, theirs: revision },
      message: checkedMessage(options.message, `Merge ${revision} into ${here}`),
      parents: [head.commit, theirs],
    },
    options,
  )
}

function notFastForward(revision: string): DvError {
  return new DvError(
    'DV_NOT_FAST_FORWARD',
    `'${revision}' does not continue this branch: both have commits`,
    {
      data: { revision },
      hint: `'dv merge ${revision}' joins them with a merge commit`,
    },
  )
}

function unrelated(revision: string, here: string): DvError {
  return new DvError('DV_UNRELATED_HISTORIES', `'${revision}' and '${here}' have no commit in common`, {
    data: { revision },
    hint: `'dv log ${revision}' shows where it comes from; 'dv restore --source ${revision} PATHS' takes files of it`,
  })
}
