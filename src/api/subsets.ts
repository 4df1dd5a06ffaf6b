// dv subset: branches that hold what an expression means in another tree. Format: spec/23-subsets.md
import { DvError } from '../base/index.js'
import { type CommitId, sameId, toHex } from '../hash/index.js'
import { isAncestor, readCommit } from '../history/index.js'
import { summarize } from '../manifest/index.js'
import { type Subset, subsetOf } from '../merge/index.js'
import { branchRef, listRefNames, listRefs, readRef, shortRefName } from '../refs/index.js'
import { IGNORE_FILE } from '../workspace/index.js'
import { sumsBetween } from './commit.js'
import { refuseDuringMerge } from './conflicts.js'
import { type Context, currentHead, manifestOf, withLock } from './context.js'
import { writeCut } from './cut.js'
import { upToDate } from './merge.js'
import { perform } from './perform.js'
import { short, subjectOf } from './present.js'
import type { MergeResult, SubsetDetails, SubsetInfo } from './results.js'
import { isRevision, resolve } from './revisions.js'
import { unknownRef } from './tags.js'
import type { CreateSubsetOptions, RefreshSubsetOptions } from './types.js'
import { requireMeant } from './where.js'

/** Makes the branch; nothing is checked out. */
export function createSubset(context: Context, options: CreateSubsetOptions): Promise<SubsetInfo> {
  return withLock(context, async () => {
    const { name, where } = options
    const ref = branchRef(name)
    const expected = await readRef(context.storage, ref)
    if (expected) throw exists(name)
    const { commit: source, from } = await sourceOf(context, options.at ?? 'HEAD')
    await requireMeant(context.store, (await manifestOf(context, source))!, { where, signal: options.signal })
    const work = { ...(options.signal && { signal: options.signal }) }
    // The ignore file at the top speaks of new files: without it the subset would record what the source leaves out.
    const kept = [IGNORE_FILE]
    const cut = await writeCut(context, { source, where, from, parents: [source], kept, work })
    await perform(context, {
      verb: 'subset',
      args: ['create', name],
      refs: [{ ref, expected: undefined, next: { target: cut } }],
    })
    return infoOf(context, { name, tip: cut, subset: { source, where, from, cut } })
  })
}

/** The commit that a revision means, and the branch that it is the tip of. */
async function sourceOf(
  context: Context,
  revision: string,
): Promise<{ commit: CommitId; from: string | undefined }> {
  const { commit, ref } = await resolve(context, revision)
  const name = ref ?? (revision === 'HEAD' || revision === '@' ? (await currentHead(context)).ref : undefined)
  const isBranch = name !== undefined && /^refs\/(heads|remotes)\//.test(name)
  return { commit, from: isBranch ? shortRefName(name) : undefined }
}

function exists(name: string): DvError {
  return new DvError('DV_ALREADY_EXISTS', `There is a branch '${name}' already`, {
    data: { name },
    hint: `'dv subset refresh ${name}' brings a subset up to its source; for a new one choose another name`,
  })
}

/** By name. */
export async function subsets(context: Context): Promise<SubsetInfo[]> {
  const found: SubsetInfo[] = []
  for (const { ref, value } of await listRefs(context.storage, 'heads')) {
    const subset = await subsetOf(context.store, value.target)
    if (subset) found.push(await infoOf(context, { name: shortRefName(ref), tip: value.target, subset }))
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** One, or the one checked out, with what was changed on it. */
export async function subset(context: Context, { name }: { name?: string }): Promise<SubsetDetails> {
  const found = await findSubset(context, name)
  const [before, after] = [await manifestOf(context, found.subset.cut), await manifestOf(context, found.tip)]
  return { ...(await infoOf(context, found)), changes: await sumsBetween(context, before, after!) }
}

/** Brings a subset, or the one checked out, up to the newest of its source. */
export function refreshSubset(
  context: Context,
  { name, from, ...work }: RefreshSubsetOptions,
): Promise<MergeResult> {
  return withLock(context, async () => {
    const { head, tip, subset, ...found } = await findSubset(context, name)
    await refuseDuringMerge(context, `A refresh of '${found.name}'`)
    const revision = from ?? subset.from
    if (revision === undefined) throw noSource(found.name)
    const { commit: source } = await resolve(context, revision)
    const refresh = { head: { ...head, commit: tip }, subset, source }
    const options = { ...work, revision, fastForward: 'allowed' as const }
    if (await isAncestor(context.store, source, tip)) return upToDate(context, options, tip)
    const { refreshElsewhere, refreshHead } = await import('./subset-refresh.js')
    const current = await currentHead(context)
    if (current.ref === head.ref) return refreshHead(context, options, refresh)
    return refreshElsewhere(context, options, { ...refresh, name: found.name })
  })
}

async function findSubset(context: Context, typed: string | undefined) {
  const current = await currentHead(context)
  const name = typed ?? (current.head.kind === 'branch' ? current.head.branch : undefined)
  if (name === undefined) throw new DvError('DV_USAGE', 'The head is on no branch', { hint: NAME_HINT })
  const ref = branchRef(name)
  const stored = await readRef(context.storage, ref)
  if (!stored && typed !== undefined)
    throw unknownRef('branch', name, (await listRefNames(context.storage, 'heads')).map(shortRefName))
  const tip = stored?.value.target
  const subset = tip && (await subsetOf(context.store, tip))
  if (!tip || !subset)
    throw new DvError('DV_USAGE', `The branch '${name}' is no subset`, { data: { name }, hint: NAME_HINT })
  return { name, tip, subset, head: { head: { kind: 'branch' as const, branch: name }, ref, stored } }
}

const NAME_HINT = "'dv subset list' names those there are"

function noSource(name: string): DvError {
  return new DvError('DV_USAGE', `The subset '${name}' was taken from a commit, not from a branch`, {
    data: { name },
    hint: `say what it is to be refreshed from: dv subset refresh ${name} --from BRANCH`,
  })
}

async function infoOf(
  context: Context,
  { name, tip, subset }: { name: string; tip: CommitId; subset: Subset },
): Promise<SubsetInfo> {
  const { message, manifest, committer } = await readCommit(context.store, tip)
  const { entries, bytes } = await summarize(context.store, manifest)
  const { source, where, from } = subset
  const isFollowing = from !== undefined && (await isRevision(context, from))
  return {
    ...{ name, where, ...(from !== undefined && { from }) },
    current: (await currentHead(context)).ref === branchRef(name),
    source: { id: toHex(source), short: short(source) },
    commit: { id: toHex(tip), short: short(tip), subject: subjectOf(message), time: committer.time },
    total: { files: entries, bytes },
    ...(isFollowing && { behind: !sameId((await resolve(context, from)).commit, source) }),
  }
}
