// dv subset refresh: a subset is brought up to its source; what was changed on it stays. Format: spec/23-subsets.md, "Refresh"
import { DvError } from '../base/index.js'
import { type CommitId, type ManifestId, sameId } from '../hash/index.js'
import { isAncestor } from '../history/index.js'
import { findMergeBase, type Subset } from '../merge/index.js'
import type { StoreWriter } from '../store/index.js'
import { ownSignature } from './author.js'
import { refuseInUse } from './branch-use.js'
import { sumsBetween } from './commit.js'
import { type Context, type CurrentHead, manifestOf, workTree } from './context.js'
import { addedTo, writeCut } from './cut.js'
import { perform } from './perform.js'
import { short } from './present.js'
import type { MergeResult } from './results.js'
import { requireSameWhole, requireSource } from './subset-source.js'
import { described } from './switch.js'
import { type Joining, joinTrees, mergeAndStore, moveTo } from './three-way.js'
import type { MergeOptions, Work } from './types.js'

export interface Refresh {
  /** The subset's branch and tip. */
  head: CurrentHead & { commit: CommitId }
  subset: Subset
  source: CommitId
}

/** The subset that is checked out. `options.revision`: what the source is called. */
export async function refreshHead(
  context: Context,
  options: MergeOptions,
  refresh: Refresh,
): Promise<MergeResult> {
  const { cut, isWhole } = await newCut(context, options, refresh)
  const { head } = refresh
  if (!isWhole) {
    if (options.fastForward === 'only') throw changedHere(options.revision)
    return joinTrees(context, joiningOf(context, options, { ...refresh, cut }), options)
  }
  const [from, to] = await treesOf(context, head.commit, cut)
  const args = [options.revision]
  const moved = await moveTo(context, workTree(context), {
    verb: 'merge',
    args,
    head,
    commit: cut,
    from,
    to,
    work: options,
  })
  return { ...(await forwarded(context, options, { from, to, cut })), ...moved }
}

/** A subset that no working directory has checked out: conflicts cannot be settled there. */
export async function refreshElsewhere(
  context: Context,
  options: MergeOptions,
  refresh: Refresh & { name: string },
): Promise<MergeResult> {
  const { head, name } = refresh
  await refuseInUse(context, name, 'moved')
  const { cut, isWhole } = await newCut(context, options, refresh)
  const move = (commit: CommitId) =>
    perform(context, {
      verb: 'subset',
      args: ['refresh', name],
      refs: [{ ref: head.ref!, expected: head.stored, next: { target: commit } }],
    })
  const [from, to] = await treesOf(context, head.commit, cut)
  if (isWhole) {
    await move(cut)
    return forwarded(context, options, { from, to, cut })
  }
  const joining = joiningOf(context, options, { ...refresh, cut })
  const author = await ownSignature(context)
  const { merged, commit } = await mergeAndStore(context, workTree(context), {
    joining,
    author,
    work: options,
  })
  if (merged.conflicts.length > 0) throw inConflict(name, merged.conflicts)
  await move(commit!)
  return {
    outcome: 'merged',
    ...(await described(context, commit!)),
    theirs: options.revision,
    changes: await sumsBetween(context, from, merged.manifest),
    conflicts: [],
  }
}

/** `isWhole`: nothing was changed on the subset that the source has not, so that its branch can move to the cut. */
async function newCut(context: Context, options: MergeOptions, { head, subset, source }: Refresh) {
  const asked = { tip: source, what: `A refresh from '${options.revision}'` }
  await requireSameWhole(context, subset, asked)
  await requireSource(context, subset, asked)
  const [tree, old] = await treesOf(context, head.commit, subset.cut)
  const { where, from } = subset
  const kept = await addedTo(context.store, { tree, cut: old, where })
  const parents = [subset.cut, source]
  const cut = await writeCut(context, { source, where, from, parents, kept, work: workOf(options) })
  const isWhole = sameId(head.commit, subset.cut) || (await isAncestor(context.store, head.commit, source))
  return { cut, isWhole }
}

function workOf({ signal, onProgress }: MergeOptions): Work {
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) }
}

async function treesOf(context: Context, a: CommitId, b: CommitId): Promise<[ManifestId, ManifestId]> {
  return [(await manifestOf(context, a))!, (await manifestOf(context, b))!]
}

function joiningOf(
  context: Context,
  { revision, favour, message }: MergeOptions,
  { head, cut }: Refresh & { cut: CommitId },
): Joining {
  const here = head.head.kind === 'branch' ? head.head.branch : short(head.commit)
  return {
    ...{ kind: 'merge', head, theirs: cut, theirsName: revision, favour },
    async trees(nodes: StoreWriter) {
      const { manifest: base } = await findMergeBase(nodes, head.commit, cut)
      return { base, theirs: (await manifestOf(context, cut))! }
    },
    labels: { ours: here, theirs: revision },
    message: message ?? `Refresh ${here} from ${revision}`,
    parents: [head.commit, cut],
  }
}

async function forwarded(
  context: Context,
  { revision }: MergeOptions,
  { from, to, cut }: { from: ManifestId; to: ManifestId; cut: CommitId },
): Promise<MergeResult> {
  const changes = await sumsBetween(context, from, to)
  return {
    outcome: 'fast-forward',
    ...(await described(context, cut)),
    theirs: revision,
    changes,
    conflicts: [],
  }
}

function inConflict(name: string, conflicts: readonly { path: string }[]): DvError {
  const paths = conflicts.slice(0, 20).map(({ path }) => path)
  const more = conflicts.length > 1 ? ` and ${conflicts.length - 1} more` : ''
  return new DvError(
    'DV_MERGE_CONFLICT',
    `'${paths[0]}'${more} changed both on the subset '${name}' and at its source; nothing was refreshed`,
    {
      data: { paths, count: conflicts.length },
      hint: `settle them there: dv switch ${name}, then dv subset refresh`,
    },
  )
}

function changedHere(revision: string): DvError {
  return new DvError('DV_NOT_FAST_FORWARD', `The subset was changed here, and '${revision}' has not that`, {
    data: { revision },
    hint: "leave out --ff-only: 'dv subset refresh' keeps what was changed",
  })
}
