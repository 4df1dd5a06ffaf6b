// dv fetch: what a remote has becomes part of the store; its branches are remembered as REMOTE/BRANCH. A remote is not
// trusted: every byte is held against its id and every tree against the rules for paths before a ref names it.
import { corrupt, DvError } from '../base/index.js'
import { type CommitId, sameId, toHex } from '../hash/index.js'
import { decodeTag } from '../objects/index.js'
import {
  branchRef,
  listAllRefs,
  listRefNames,
  listRefs,
  parseRef,
  type RefKind,
  type RefName,
  refsOfKind,
  readRef,
  remoteRef,
  shortRefName,
  type StoredRef,
  tagRef,
} from '../refs/index.js'
import { judgeBranchMove, judgeTagMove, type MoveVerdict, transfer } from '../transfer/index.js'
import { quotePath, whyNever } from '../files/index.js'
import { readStoreFormat, type StoreFormat } from '../repo/index.js'
import type { Traffic } from '../storage/index.js'
import { CHECK_NOTES, joinNotes } from './check-notes.js'
import type { Context } from './context.js'
import { canGiveBack, fetchLeft, type Wanted } from './fetch-left.js'
import { deepen, partialFetch } from './fetch-partial.js'
import { perform, type RefStep } from './perform.js'
import { recallFormat, rememberFormat, segmentsAtHand } from './derived.js'
import { adoptRecords } from './purge-spread.js'
import { openRemote, type Remote, requireSameChunks } from './remote-store.js'
import type { FetchResult, Losses, RefUpdate, RemoteInfo, TransferSums } from './results.js'
import type { Work } from './types.js'

export interface FetchOneOptions extends Work {
  prune: boolean
  /** `follow`: tags of commits that are here. */
  tags: 'none' | 'follow' | 'all'
  /** So many commits of each branch. */
  depth?: number
  /** So many more where history ends. */
  deepen?: number
  /** The remote's format record, when it was read a moment ago. */
  format?: StoreFormat
  /** Given: the context is one that is thrown away, and what a fetch asks of the remote's storage is counted here. */
  rehearsal?: Traffic | undefined
}

export async function fetchRemote(
  context: Context,
  info: RemoteInfo,
  options: FetchOneOptions,
): Promise<FetchResult> {
  const { rehearsal } = options
  const { remote, isRemembered } = await openSource(context, info, options)
  try {
    const received: TransferSums = { objects: 0, bytes: 0 }
    await deepen(context, remote, { options, received })
    const kinds: RefKind[] = options.tags === 'none' ? ['heads', 'notes'] : ['heads', 'tags', 'notes']
    const theirs = await listAllRefs(remote.storage, kinds, await branchesMet(context, info))
    const heads = refsOfKind(theirs, 'heads')
    const tags = await newTags(context, refsOfKind(theirs, 'tags'))
    const wants = [...heads, ...(options.tags === 'all' ? tags : [])]
    if (isRemembered && !(await areHere(context, [...heads, ...tags])))
      await askFormat(context, remote, rehearsal)
    const ends = { from: remote.store, to: context.store, context }
    await adoptRecords(ends, { ...options, dryRun: rehearsal !== undefined })
    const losses: Losses = { objects: 0, refs: [] }
    const taking = { options, received, losses }
    await receive(context, remote, { commits: wants.map(targetOf), tags: [] }, taking)
    const left = losses.objects > 0 ? await stillThere(context, heads, losses) : heads
    const branchMoves = await trackBranches(context, remote, { heads: left, prune: options.prune })
    const tagMoves = await takeTags(context, remote, tags, taking)
    const moves = [...branchMoves, ...tagMoves]
    const refs = moves.flatMap(({ step }) => step ?? [])
    if (refs.length > 0) await perform(context, { verb: 'fetch', args: [info.name], refs })
    for (const { ref, value } of refsOfKind(theirs, 'notes')) {
      if (ref !== CHECK_NOTES) continue
      await receive(context, remote, { commits: [value.target], tags: [] }, taking)
      await joinNotes(context.store, context.surroundings.clock(), { others: value.target })
    }
    const updates = moves.map(({ update }) => update)
    return {
      ...{ remote: info, updates, received },
      ...(losses.objects > 0 && { lost: losses }),
      ...(rehearsal && { dryRun: rehearsal }),
    }
  } finally {
    remote.storage.close()
  }
}

/** Branches that the remote had when it was last looked at. */
async function branchesMet({ storage }: Context, { name }: RemoteInfo): Promise<RefName[]> {
  const tracking = await listRefNames(storage, 'remotes', { remote: name })
  return tracking.map((ref) => branchRef(parseRef(ref).name))
}

/** A remote that was met before is not asked for its format record until it is seen to have something new. */
async function openSource(
  context: Context,
  info: RemoteInfo,
  { rehearsal, format: asked }: FetchOneOptions,
): Promise<{ remote: Remote; isRemembered: boolean }> {
  const { storage, surroundings } = context
  const remembered = asked ? undefined : recallFormat(storage, info, 'read')
  const format = asked ?? remembered
  const near = segmentsAtHand(storage, rehearsal)
  const known = { near, ...(format && { format }), ...(rehearsal && { rehearsal }) }
  const remote = await openRemote(info, 'read', surroundings.env, known)
  try {
    if (!remembered && !rehearsal) keepFormat(context, remote)
    requireSameChunks(context.format, remote)
    return { remote, isRemembered: remembered !== undefined }
  } catch (error) {
    remote.storage.close()
    throw error
  }
}

async function areHere({ store }: Context, refs: readonly StoredRef[]): Promise<boolean> {
  for (const { value } of refs)
    for (const id of [value.target, ...(value.tag ? [value.tag] : [])])
      if (!(await store.has(id))) return false
  return true
}

async function askFormat(context: Context, remote: Remote, rehearsal: Traffic | undefined): Promise<void> {
  remote.format = await readStoreFormat(remote.storage, 'read')
  if (!rehearsal) keepFormat(context, remote)
  requireSameChunks(context.format, remote)
}

function keepFormat({ storage }: Context, remote: Remote): void {
  if (remote.storage.properties.localRoot === undefined) rememberFormat(storage, remote, remote.format)
}

interface Move {
  update: RefUpdate
  step?: RefStep
}

interface Taking {
  options: FetchOneOptions
  received: TransferSums
  /** Given: what the remote lost keeps nothing else from coming, and joins these. */
  losses?: Losses
}

export async function receive(
  context: Context,
  remote: Remote,
  wanted: Wanted,
  { options, received, losses }: Taking,
): Promise<void> {
  const { signal, onProgress, rehearsal, depth } = options
  const known = await listAllRefs(context.storage)
  const partial = await partialFetch(context, remote, options)
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const leftOf = (failure?: unknown) =>
    fetchLeft(context, remote, { wanted, failure }, { ...work, checkPath, received })
  try {
    const moved = await transfer(
      { source: remote.store, target: context.store, ...wanted, haves: known.map(targetOf), ...partial },
      { ...work, checkPath, phase: 'Receiving', rehearsal },
    )
    received.objects += moved.objects
    received.bytes += moved.bytes
  } catch (failure) {
    if (!losses || rehearsal || depth !== undefined) throw failure
    losses.objects += await leftOf(failure)
    return
  }
  if (losses && !rehearsal && (await canGiveBack(context, remote))) await leftOf()
}

/** The branches whose commits are not lost. */
async function stillThere(
  { store }: Context,
  heads: readonly StoredRef[],
  { refs }: Losses,
): Promise<StoredRef[]> {
  const there: StoredRef[] = []
  for (const head of heads)
    if (await store.has(head.value.target)) there.push(head)
    else refs.push(shortRefName(head.ref))
  return there
}

/** For trees of a store that is not trusted: throws DV_UNSAFE_PATH for a path that no tree may hold. */
export function checkPath(path: string): void {
  const reason = whyNever(path)
  if (reason === undefined) return
  throw new DvError('DV_UNSAFE_PATH', `The remote has a tree with the path ${quotePath(path)}: ${reason}`, {
    data: { path, reason },
    hint: 'nothing of it was taken; such a tree was not made by dv',
  })
}

async function trackBranches(
  context: Context,
  { name, storage: _ }: Remote,
  { heads, prune }: { heads: readonly StoredRef[]; prune: boolean },
): Promise<Move[]> {
  const tracking = new Map(
    (await listRefs(context.storage, 'remotes', { remote: name })).map((stored) => [stored.ref, stored]),
  )
  const moves: Move[] = []
  for (const head of heads) {
    const ref = remoteRef(name, shortRefName(head.ref))
    const expected = tracking.get(ref)
    tracking.delete(ref)
    const before = expected?.value.target
    const after = head.value.target
    const verdict = await judgeBranchMove(context.store, { before, after, lease: { seen: before } })
    const update = updateOf(verdict, { kind: 'branch', from: head.ref, to: ref, before, after })
    moves.push({
      update,
      ...(verdict.outcome !== 'unchanged' && { step: { ref, expected, next: { target: after } } }),
    })
  }
  if (prune) moves.push(...[...tracking.values()].map(forget))
  return moves
}

function forget(expected: StoredRef): Move {
  const target = shortRefName(expected.ref)
  const update: RefUpdate = {
    name: target.slice(target.indexOf('/') + 1),
    kind: 'branch',
    target,
    before: toHex(expected.value.target),
    outcome: 'deleted',
  }
  return { update, step: { ref: expected.ref, expected, next: undefined } }
}

/** Tags of a remote that are not here just so. */
async function newTags(context: Context, theirs: readonly StoredRef[]): Promise<StoredRef[]> {
  const found: StoredRef[] = []
  for (const tag of theirs) {
    const own = await readRef(context.storage, tag.ref)
    if (judgeTagMove(own?.value, tag.value).outcome !== 'unchanged') found.push(tag)
  }
  return found
}

async function takeTags(
  context: Context,
  remote: Remote,
  tags: readonly StoredRef[],
  taking: Taking,
): Promise<Move[]> {
  const moves: Move[] = []
  for (const { ref, value } of tags) {
    if (!(await context.store.has(value.target))) continue
    const expected = await readRef(context.storage, ref)
    const verdict = judgeTagMove(expected?.value, value)
    const ends = {
      kind: 'tag' as const,
      from: ref,
      to: ref,
      before: expected?.value.target,
      after: value.target,
    }
    const next = { target: value.target, ...(value.tag && { tag: value.tag }) }
    moves.push({
      update: updateOf(verdict, ends),
      ...(verdict.outcome === 'new' && { step: { ref: tagRef(shortRefName(ref)), expected, next } }),
    })
  }
  const annotated = moves.flatMap(({ step }) =>
    step?.next?.tag ? [{ ref: step.ref, target: step.next.target, tag: step.next.tag }] : [],
  )
  if (annotated.length > 0)
    await receive(context, remote, { commits: [], tags: annotated.map(({ tag }) => tag) }, taking)
  const lost = new Set<RefName>()
  for (const { ref, tag, target } of annotated) {
    if (taking.losses && taking.losses.objects > 0 && !(await context.store.has(tag))) {
      lost.add(ref)
      taking.losses.refs.push(shortRefName(ref))
      continue
    }
    const { commit } = decodeTag(await context.store.readObject('tag', tag))
    if (!sameId(commit, target))
      throw corrupt(`The tag '${toHex(tag)}' names another commit than its ref does`)
  }
  return moves.filter(({ step }) => !step || !lost.has(step.ref))
}

export interface Ends {
  kind: 'branch' | 'tag'
  /** Full names of the refs. */
  from: string
  to: string
  before: CommitId | undefined
  after: CommitId | undefined
}

export function updateOf(verdict: MoveVerdict | { outcome: 'deleted' }, ends: Ends): RefUpdate {
  const { kind, from, to, before, after } = ends
  return {
    name: shortRefName(from),
    kind,
    target: shortRefName(to),
    ...(before && { before: toHex(before) }),
    ...(after && { after: toHex(after) }),
    ...verdict,
  }
}

export function targetOf({ value }: StoredRef): CommitId {
  return value.target
}
