// A change that is held against a branch, here or at a remote, becomes one commit of it. What is read is the way to the
// changed paths, what is written are new nodes and the branch. A lost race is run again where nobody else changed the same
// paths. Format: spec/14-apply.md, "The commit"
import { DvError, isDvError } from '../base/index.js'
import { resolveChanges, type SortedChanges } from '../edit/index.js'
import { type CommitId, type ManifestId, sameId, toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { buildManifest, type Edit, editManifest, type PathEntry, summarize } from '../manifest/index.js'
import { inheritedSubset } from '../merge/index.js'
import { type Commit, encodeCommit, type Metadata } from '../objects/index.js'
import { readRef, shortRefName } from '../refs/index.js'
import type { StoreWriter } from '../store/index.js'
import { conflictAfterRace, refuseOverlap, type Tip, withLine } from './apply-conflicts.js'
import type { ApplyTarget } from './apply-target.js'
import { parseAuthor } from './author.js'
import { commitInfo, subjectOf } from './present.js'
import type { ApplyResult, ChangeSums } from './results.js'
import type { ApplyOptions } from './types.js'

/** How often the branch may be moved by others meanwhile. */
const RETRIES_MAX = 20

/** What is recorded, and of which branch it may be. */
export type LandingOptions = Pick<ApplyOptions, 'message' | 'author' | 'expectTip' | 'dryRun'> & {
  /** Absent: the branch must be there. */
  create?: boolean
}

/** Writes what a change is made of. */
export interface LandingWork {
  nodes: StoreWriter
  /** What the commit is to record of itself; whole once the changes were read. */
  said: { readonly metadata: Metadata }
  /** Ends the packs of contents, which are to be named before nodes. May be called again. */
  finishContents(): ReturnType<StoreWriter['finish']>
  /** Bytes of contents that were stored. */
  contentBytes(): number
}

export interface Landing {
  tip: CommitTip
  work: LandingWork
  options: LandingOptions
  changes: SortedChanges
}

/** The commit that the branch is at, and its tree. */
export type CommitTip = Tip & { id?: CommitId }

export async function readTip(
  { store, ref, remote }: ApplyTarget,
  { create, expectTip }: LandingOptions,
): Promise<CommitTip> {
  const stored = await readRef(store.storage, ref)
  const name = shortRefName(ref)
  if (!stored && !create) {
    const where = remote ? `The store in '${remote.url}'` : 'This repository'
    throw new DvError('DV_UNKNOWN_REF', `${where} has no branch '${name}'`, {
      data: { name },
      hint:
        create === undefined
          ? `'dv branch -a' lists them; one of a remote is REMOTE@BRANCH`
          : "'--create' makes it",
    })
  }
  if (stored && create)
    throw new DvError('DV_ALREADY_EXISTS', `There is a branch '${name}' already`, {
      data: { name },
      hint: "leave out '--create' to add to it",
    })
  const id = stored?.value.target
  if (expectTip !== undefined) requireTip(name, id, expectTip)
  return stored
    ? { stored, id: stored.value.target, manifest: (await readCommit(store, stored.value.target)).manifest }
    : {}
}

function requireTip(name: string, id: CommitId | undefined, expected: string): void {
  if (!/^[0-9a-f]{8,64}$/.test(expected))
    throw new DvError('DV_USAGE', `'${expected}' is no commit id: it takes 8 to 64 hex digits`)
  const actual = id && toHex(id)
  if (actual?.startsWith(expected)) return
  throw new DvError(
    'DV_REF_MOVED',
    `'${name}' is ${actual ? `at '${actual}'` : 'not there'}, not at '${expected}'`,
    {
      data: { expected, ...(actual && { actual }) },
      hint: 'nothing was changed; look at what is there now and decide anew',
    },
  )
}

/** Makes the commit and moves the branch to it; again on the new tip when another process was faster. */
export async function land(
  target: ApplyTarget,
  { tip: first, work, options, changes }: Landing,
): Promise<ApplyResult> {
  let tip = first
  for (let retries = 0; ; retries++) {
    const made = await makeCommit(target, { tip, work, options, changes }).catch(async (error: unknown) => {
      const named = await withLine(error, changes)
      throw retries > 0 ? conflictAfterRace(tip, named) : named
    })
    if (made.commit) {
      await publish(target, work)
      try {
        await target.move(tip.stored, made.commit.id, subjectOf(options.message))
      } catch (error) {
        if (!isDvError(error, 'DV_REF_MOVED') || options.expectTip !== undefined || retries === RETRIES_MAX)
          throw error
        await pause(retries)
        const next = await readTip(target, options)
        await refuseOverlap(target.store, [tip, next], changes)
        tip = next
        continue
      }
    }
    return await describe(target, { tip, work, options }, { ...made, retries })
  }
}

interface Made {
  manifest: ManifestId
  changes: ChangeSums
  /** Absent when the lines change nothing. */
  commit?: { id: CommitId; commit: Commit }
}

async function makeCommit(
  { signature, surroundings }: ApplyTarget,
  { tip, work, options, changes }: Landing,
): Promise<Made> {
  const { nodes } = work
  const sums = { added: 0, modified: 0, deleted: 0, renamed: 0, bytesAdded: 0, bytesRemoved: 0 }
  const edits = resolveChanges(changes, { nodes, base: tip.manifest, sums })
  const manifest = tip.manifest
    ? await editManifest(nodes, tip.manifest, edits)
    : await buildManifest(nodes, onlyPresent(edits))
  if (tip.manifest && sameId(manifest, tip.manifest)) return { manifest, changes: sums }
  const author = options.author === undefined ? signature : parseAuthor({ surroundings }, options.author)
  const parents = tip.id ? [tip.id] : []
  const message = options.message.trimEnd()
  const metadata = new Map([...work.said.metadata, ...(await inheritedSubset(nodes, parents))])
  const commit = { manifest, parents, author, committer: signature, message, metadata }
  const id = await nodes.writeObject('commit', encodeCommit(commit), tip.id)
  return { manifest, changes: sums, commit: { id, commit } }
}

async function* onlyPresent(edits: AsyncIterable<Edit[]>): AsyncGenerator<PathEntry[]> {
  for await (const batch of edits)
    yield batch.flatMap(([name, entry]) => (entry ? [[name, entry] as const] : []))
}

/** Data packs, node packs, then the index names them all. */
async function publish({ store }: ApplyTarget, { nodes, finishContents }: LandingWork): Promise<void> {
  const packs = [...(await finishContents()), ...(await nodes.finish())]
  await store.index.add(packs.map((ref) => ({ ref })))
}

/** Longer and longer, and never all at once. */
function pause(retries: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(1000, 25 * 2 ** retries)))
}

async function describe(
  { remote, ref }: ApplyTarget,
  { tip, work, options }: Omit<Landing, 'changes'>,
  { manifest, changes, commit, retries }: Made & { retries: number },
): Promise<ApplyResult> {
  const { entries, bytes } = await summarize(work.nodes, manifest)
  const { dryRun } = options
  return {
    ...(remote && { remote }),
    branch: shortRefName(ref),
    outcome: commit ? (tip.id ? 'moved' : 'new') : 'unchanged',
    ...(tip.id && { before: toHex(tip.id) }),
    ...(commit && !dryRun && { commit: commitInfo(commit.id, commit.commit) }),
    changes,
    total: { files: entries, bytes },
    storedBytes: commit ? work.contentBytes() + work.nodes.storedBytes : 0,
    ...{ retries, dryRun },
  }
}
