// From a revision to the commit it stands for. Format: spec/11-revisions.md, "Resolution".
import { DvError, nearest } from '../base/index.js'
import { type CommitId, type TagId, toHex } from '../hash/index.js'
import { parseRef, shortRefName } from '../refs/index.js'
import type { ObjectReader } from '../store/index.js'
import { readCommit } from './commits.js'
import { formatRevision, type Revision, type RevisionStep } from './revision.js'

/** What a ref leads to. `tag` is the annotated tag on the way, if there is one. */
export interface RefTarget {
  commit: CommitId
  tag?: TagId
}

/** What resolution asks of a repository. Ref names are full ones: `refs/heads/main`. */
export interface RevisionContext {
  reader: ObjectReader
  /** The commit checked out (absent before the first one), and the full name of the current branch unless detached. */
  head(): Promise<{ commit?: CommitId; branch?: string }>
  readRef(name: string): Promise<RefTarget | undefined>
  listRefs(): Promise<readonly string[]>
  /** Commits whose ids begin with these hex digits (4 to 64), a few more than one at most. */
  commitsWithPrefix(digits: string): Promise<readonly CommitId[]>
  /** What a ref, or 'HEAD', pointed to before its last `n` changes; n = 0 is now. */
  earlier(name: string, n: number): Promise<CommitId | undefined>
  /** The full ref name or the commit that was checked out `n` switches ago. */
  previousBranch(n: number): Promise<string | CommitId | undefined>
}

export interface ResolvedRevision {
  commit: CommitId
  /** Full name of the ref, when the revision is one and no more: `dv switch` and `dv branch -d` want to know. */
  ref?: string
  tag?: TagId
}

/** The shortest id prefix that is looked up. Hex digits. */
export const ID_PREFIX_MIN = 4
const SPACES = ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/']

/** Throws DV_UNKNOWN_REVISION with the nearest names, or DV_AMBIGUOUS_ID with the candidates. */
export async function resolveRevision(
  revision: Revision,
  context: RevisionContext,
): Promise<ResolvedRevision> {
  const start = await resolveBase(revision, context)
  if (revision.steps.length === 0) return start
  let commit = start.commit
  for (const step of revision.steps) commit = await follow(step, commit, revision, context)
  return { commit }
}

/** The full name a short ref name stands for, in the order tags, branches, remote branches. */
export async function findRef(
  name: string,
  context: Pick<RevisionContext, 'readRef'>,
): Promise<(RefTarget & { ref: string }) | undefined> {
  for (const space of SPACES) {
    const ref = space + name
    if (!isRefName(ref)) continue
    const target = await context.readRef(ref)
    if (target !== undefined) return { ...target, ref }
  }
  return undefined
}

function isRefName(ref: string): boolean {
  try {
    parseRef(ref)
    return true
  } catch {
    return false
  }
}

async function resolveBase(revision: Revision, context: RevisionContext): Promise<ResolvedRevision> {
  const { base } = revision
  switch (base.kind) {
    case 'head':
      return resolveHead(revision, context)
    case 'name':
      return resolveName(base.name, revision, context)
    case 'earlier':
      return { commit: await resolveEarlier(base, revision, context) }
    case 'previous-branch': {
      const found = await context.previousBranch(base.n)
      if (found === undefined) throw unknown(revision, `No branch was current ${base.n} switches ago`)
      return typeof found === 'string' ? resolveName(found, revision, context) : { commit: found }
    }
  }
}

async function resolveHead(revision: Revision, context: RevisionContext): Promise<ResolvedRevision> {
  const { commit, branch } = await context.head()
  if (commit === undefined) {
    throw unknown(revision, 'There is no commit yet', {
      hint: "record the first one with 'dv commit -m MESSAGE'",
    })
  }
  return { commit, ...(branch !== undefined && { ref: branch }) }
}

async function resolveName(
  name: string,
  revision: Revision,
  context: RevisionContext,
): Promise<ResolvedRevision> {
  const isId = /^[0-9a-f]{64}$/iu.test(name)
  const found = isId ? undefined : await findRef(name, context)
  if (found !== undefined) return found
  const digits = name.toLowerCase()
  const candidates =
    /^[0-9a-f]+$/u.test(digits) && digits.length >= ID_PREFIX_MIN && digits.length <= 64
      ? await context.commitsWithPrefix(digits)
      : []
  if (candidates.length === 1) return { commit: candidates[0]! }
  if (candidates.length > 1) throw ambiguous(name, candidates)
  throw unknown(revision, `No branch, tag or commit is called '${name}'`, {
    near: nearest(name, (await context.listRefs()).map(shortRefName)),
  })
}

async function resolveEarlier(
  base: { name?: string; n: number },
  revision: Revision,
  context: RevisionContext,
): Promise<CommitId> {
  const ref = await earlierRef(base.name, revision, context)
  const commit = await context.earlier(ref, base.n)
  if (commit === undefined)
    throw unknown(
      revision,
      `'${ref === 'HEAD' ? ref : shortRefName(ref)}' has not changed ${base.n} times here`,
    )
  return commit
}

async function earlierRef(
  name: string | undefined,
  revision: Revision,
  context: RevisionContext,
): Promise<string> {
  if (name === 'HEAD') return name
  if (name === undefined) return (await context.head()).branch ?? 'HEAD'
  const found = await findRef(name, context)
  if (found !== undefined) return found.ref
  const near = nearest(name, (await context.listRefs()).map(shortRefName))
  throw unknown(revision, `No branch or tag is called '${name}'`, { near })
}

async function follow(
  step: RevisionStep,
  commit: CommitId,
  revision: Revision,
  context: RevisionContext,
): Promise<CommitId> {
  if (step.kind === 'peel') return commit
  const count = step.kind === 'ancestor' ? step.n : 1
  const which = step.kind === 'parent' ? step.n : 1
  for (let i = 0; i < count; i++) {
    const { parents } = await readCommit(context.reader, commit)
    const parent = parents[which - 1]
    if (parent === undefined) {
      const has = parents.length === 1 ? '1 parent' : `${parents.length} parents`
      throw unknown(
        revision,
        `'${formatRevision(revision)}' does not exist: commit '${short(commit)}' has ${has}`,
      )
    }
    commit = parent
  }
  return commit
}

function unknown(
  revision: Revision,
  message: string,
  extra: { hint?: string; near?: string[] } = {},
): DvError {
  const near = extra.near ?? []
  const meant = near.length > 0 ? `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?` : undefined
  const hint = extra.hint ?? meant ?? "list what there is with 'dv branch --all', 'dv tag' or 'dv log'"
  return new DvError('DV_UNKNOWN_REVISION', message, {
    hint,
    data: { revision: formatRevision(revision), nearest: near },
  })
}

function ambiguous(name: string, candidates: readonly CommitId[]): DvError {
  return new DvError('DV_AMBIGUOUS_ID', `'${name}' is the beginning of ${candidates.length} commits' ids`, {
    hint: `type more digits: ${candidates.slice(0, 5).map(short).join(', ')}`,
    data: { prefix: name, candidates: candidates.map(toHex) },
  })
}

function short(id: CommitId): string {
  return toHex(id).slice(0, 12)
}
