// dv apply: lines become one commit on a branch, without a working directory and without a clone: what is read is the
// way to the changed paths, what is written are new chunks, new nodes and the branch. A lost race is run again where
// nobody else changed the same paths. Format: spec/14-apply.md
import os from 'node:os'
import path from 'node:path'
import { DvError, isDvError } from '../base/index.js'
import { Pool } from '../content/index.js'
import {
  ChangeSorter,
  CommitLines,
  readLines,
  resolveChanges,
  type SortedChanges,
  storeLines,
} from '../edit/index.js'
import { type CommitId, type ManifestId, sameId, toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import {
  buildManifest,
  type Edit,
  editManifest,
  iterEntries,
  type PathEntry,
  summarize,
} from '../manifest/index.js'
import { inheritedSubset } from '../merge/index.js'
import { type Commit, encodeCommit } from '../objects/index.js'
import { readRef, shortRefName } from '../refs/index.js'
import { overlay } from '../storage/index.js'
import { ObjectStore, StoreWriter } from '../store/index.js'
import { compilePathspec } from '../workspace/index.js'
import { conflictAfterRace, refuseOverlap, type Tip, withLine } from './apply-conflicts.js'
import { type ApplyTarget, openTarget } from './apply-target.js'
import { parseAuthor } from './author.js'
import { staticPrefix } from './pathspec.js'
import { commitInfo, subjectOf } from './present.js'
import type { ApplyResult, ChangeSums } from './results.js'
import type { ApplyOptions, Surroundings } from './types.js'

/** How often the branch may be moved by others meanwhile. */
const RETRIES_MAX = 20
/** Packs of 48 MiB that lie on this disk on their way to a bucket. */
const PACKS_ON_THE_WAY = 4

export async function apply(surroundings: Surroundings, options: ApplyOptions): Promise<ApplyResult> {
  if (options.message.trim() === '')
    throw new DvError('DV_USAGE', 'A commit needs a message', { hint: "give it with -m 'what changed'" })
  const target = await openTarget(surroundings, options.target)
  const rehearsal = options.dryRun ? overlay(target.store.storage) : undefined
  try {
    const store = rehearsal ? new ObjectStore(rehearsal) : target.store
    return await applyTo({ ...target, store, ...(rehearsal && { move: async () => {} }) }, options)
  } finally {
    rehearsal?.close()
    await target.close()
  }
}

/** For who has opened the target, which stays open. */
export async function applyTo(target: ApplyTarget, options: ApplyOptions): Promise<ApplyResult> {
  const tip = await readTip(target, options)
  const work = openWork(target)
  try {
    for await (const changes of readChanges(target, { tip, work, options })) work.sorter.add(changes)
    return await land(target, { tip, work, options, changes: work.sorter.sorted() })
  } finally {
    work.data.abort()
    work.nodes.abort()
    work.sorter.close()
    await work.pool.close()
  }
}

/** The commit that the branch is at, and its tree. */
type CommitTip = Tip & { id?: CommitId }

async function readTip(
  { store, ref, remote }: ApplyTarget,
  { create, expectTip }: ApplyOptions,
): Promise<CommitTip> {
  const stored = await readRef(store.storage, ref)
  const name = shortRefName(ref)
  if (!stored && !create) {
    const where = remote ? `The store in '${remote.url}'` : 'This repository'
    throw new DvError('DV_UNKNOWN_REF', `${where} has no branch '${name}'`, {
      data: { name },
      hint: "'--create' makes it",
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

/** What takes the contents and nodes, and what waits in between. */
interface ApplyWork {
  pool: Pool
  /** The folder that the pool's files are named from. */
  root: string
  data: StoreWriter
  nodes: StoreWriter
  sorter: ChangeSorter
  /** What the lines say of the commit. */
  said: CommitLines
  /** Bytes of packs that the pool has ended. */
  pooledBytes: number
}

/** Where the store is a folder, workers write to it; elsewhere only this thread can. */
function openWork({ store, format, surroundings }: ApplyTarget): ApplyWork {
  const { storage } = store
  const { localRoot } = storage.properties
  const top = path.parse(path.resolve(surroundings.cwd)).root
  const endedPacks = PACKS_ON_THE_WAY
  const pool = new Pool({
    storeRoot: localRoot ?? '',
    chunkAvg: format.chunker.avg,
    root: top.replace(/[\\/]$/, ''),
    temporaryFolder: os.tmpdir(),
    ...(localRoot === undefined && { store, endedPacks }),
  })
  return {
    ...{ pool, root: top },
    data: new StoreWriter(store, { kind: 'data', endedPacks }),
    nodes: new StoreWriter(store, { kind: 'node' }),
    sorter: new ChangeSorter({ temporaryPath: () => storage.temporaryPath() }),
    said: new CommitLines(),
    pooledBytes: 0,
  }
}

interface Application {
  tip: CommitTip
  work: ApplyWork
  options: ApplyOptions
}

function readChanges(
  { store, format, surroundings, isNear }: ApplyTarget,
  { tip, work, options }: Application,
) {
  const { signal, onProgress } = options
  const { pool, root, data, nodes, said } = work
  return storeLines(said.takenFrom(readLines(options.input)), {
    ...{ pool, root, data, nodes, base: tip.manifest, cwd: surroundings.cwd, chunkAvg: format.chunker.avg },
    withBases: isNear,
    matching: (base, pattern) => matching(store, base, pattern),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })
}

async function* matching(store: ObjectStore, base: ManifestId, pattern: string): AsyncGenerator<string[]> {
  const filter = compilePathspec([pattern])
  for await (const batch of iterEntries(store, base, { prefix: staticPrefix(pattern) }))
    yield batch.flatMap(([name]) => (filter.matches(name) ? [name] : []))
}

/** Makes the commit and moves the branch to it; again on the new tip when another process was faster. */
async function land(
  target: ApplyTarget,
  { changes, ...application }: Application & { changes: SortedChanges },
): Promise<ApplyResult> {
  const { work, options } = application
  let { tip } = application
  for (let retries = 0; ; retries++) {
    const made = await makeCommit(target, { tip, work, options }, changes).catch(async (error: unknown) => {
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
  { tip, work, options }: Application,
  changes: SortedChanges,
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
async function publish({ store }: ApplyTarget, work: ApplyWork): Promise<void> {
  const finished = await work.pool.runInAll({ type: 'finish' })
  for (const { storedBytes } of finished) work.pooledBytes += storedBytes
  const packs = finished.flatMap((result) => result.packs)
  for (const writer of [work.data, work.nodes]) packs.push(...(await writer.finish()))
  await store.index.add(packs.map((ref) => ({ ref })))
}

/** Longer and longer, and never all at once. */
function pause(retries: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(1000, 25 * 2 ** retries)))
}

async function describe(
  { remote, ref }: ApplyTarget,
  { tip, work, options }: Application,
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
    storedBytes: commit ? work.pooledBytes + work.data.storedBytes + work.nodes.storedBytes : 0,
    ...{ retries, dryRun },
  }
}
