// Moves commits, and all they need, from one store into another. Order: chunks, then nodes, all of them at once; refs
// are the caller's, afterwards. Until then nothing refers to what has arrived, and a transfer that begins again goes on
// from there.
import type { OnProgress } from '../base/index.js'
import { type CommitId, idKey, type TagId } from '../hash/index.js'
import type { PackKind } from '../pack/index.js'
import { ByteBudget, type Traffic } from '../storage/index.js'
import type { ObjectStore } from '../store/index.js'
import { allDone } from './all-done.js'
import { Arrivals } from './arrivals.js'
import { Copiers } from './copiers.js'
import { copyWanted, type Sums } from './copy.js'
import { BUDGET_BYTES, DEFAULT_LIMITS, type TransferLimits } from './limits.js'
import { missingCommits } from './missing-commits.js'
import { shallowCommits } from './shallow-commits.js'
import { MissingItems } from './missing-items.js'
import { nearFirst } from './near-first.js'
import { purgeRule } from './purge-rule.js'
import { readingAhead } from './read-ahead.js'
import type { Wanted } from './wanted.js'

export interface TransferRequest {
  source: ObjectStore
  target: ObjectStore
  commits: readonly CommitId[]
  /** Annotated tags; what they name must be in the target or among `commits` and their history. */
  tags?: readonly TagId[]
  /** Commits that the target's refs name. */
  haves: readonly CommitId[]
  /** Brings history and manifests only: chunks and recipe nodes are promised by the source. */
  lazy?: boolean
  /** Given when the target's history may end early. */
  shallow?: ShallowTarget
}

export interface ShallowTarget {
  /** So many commits of each of the wanted lines; all when absent. */
  depth?: number
  /** Called with the parents that will not be in the target, before anything names them there. */
  promise: (absent: readonly CommitId[]) => Promise<void>
}

export interface TransferOptions {
  /** Given when the source is not trusted: throws for a path no tree may hold. */
  checkPath?: (path: string) => void
  /** What the progress line says; default 'Transferring'. */
  phase?: string
  signal?: AbortSignal
  onProgress?: OnProgress
  limits?: TransferLimits
  /** Given: chunks stay where they are, and what bringing them would ask of the source is counted here. The target, which
   * must be one that is thrown away, names them all the same; history and trees do come. */
  rehearsal?: Traffic | undefined
}

export interface Transferred extends Sums {
  commits: number
}

/** Throws DV_CORRUPT or DV_MISSING_OBJECT when the source is not whole, DV_UNSAFE_PATH when a tree of it is hostile: then
 * no commit and no tree has become part of the target. */
export async function transfer(
  request: TransferRequest,
  options: TransferOptions = {},
): Promise<Transferred> {
  const { source, target, tags = [], lazy = false } = request
  const { checkPath, signal, rehearsal } = options
  const { limits: bounds = DEFAULT_LIMITS } = options
  const sums = { objects: 0, bytes: 0 }
  const arrivals = await Arrivals.begin(target)
  const nodes = bounds.spare === undefined ? readingAhead(source) : source
  const reader = checkPath ? nearFirst(target, nodes) : nodes
  const { commits, absent } = await commitsOf({ ...request, source: nodes })
  if (commits.length + absent.length + tags.length === 0) return { ...sums, commits: 0 }
  const { purged, onlyWanted } = await purgeRule(source, target)
  const limits = { ...bounds, onlyWanted }
  const beyond = new Set(absent.map(idKey))
  const progress = new Progress(options)
  const copiers = new Copiers({ source, target: target.storage })
  const missing = new MissingItems({
    source: nodes,
    target,
    reader,
    limits,
    lazy,
    purged,
    isBeyond: (id) => beyond.has(idKey(id)),
    onFound(count) {
      progress.found(count)
      if (missing.isMuch) copiers.start()
    },
    ...(checkPath && { checkPath }),
    ...(signal && { signal }),
  })
  if (checkPath) await missing.checkTips(commits)
  const onBytes = (bytes: number) => progress.moved(bytes)
  const onPack = () => progress.movedPack()
  const budget = new ByteBudget(BUDGET_BYTES)
  const job = {
    ...{ source, target, sums, limits, arrivals, copiers, budget, rehearsal, onBytes, onPack },
    ...(signal && { signal }),
  }
  const move = (kind: PackKind, wanted: Wanted) => {
    progress.expect(wanted)
    return copyWanted({ ...job, ...(kind === 'node' && { source: nodes }), kind, wanted })
  }
  try {
    let last: Wanted | undefined
    for await (const { wanted, isLast } of missing.chunks(commits, tags)) {
      if (isLast) last = wanted
      else {
        await move('data', wanted)
        await arrivals.publishAll()
      }
    }
    await allDone([...(last ? [move('data', last)] : []), move('node', missing.nodes)])
    signal?.throwIfAborted()
    if (absent.length > 0) await request.shallow?.promise(absent)
    await arrivals.publishAll()
  } finally {
    await copiers.close()
  }
  return { ...sums, commits: commits.length }
}

/** The commits to bring, parents first, and the parents of these that stay away. */
async function commitsOf({ source, target, commits: wants, haves, shallow }: TransferRequest) {
  if (shallow) return shallowCommits(source, target, { wants, ...shallow })
  return { commits: await missingCommits(source, target, { wants, haves }), absent: [] as CommitId[] }
}

class Progress {
  readonly #onProgress: OnProgress
  readonly #phase: string
  #found = 0
  #done = 0
  #total = 0
  readonly #packs = { done: 0, total: 0 }

  constructor({ onProgress, phase = 'Transferring' }: TransferOptions) {
    this.#onProgress = onProgress ?? (() => {})
    this.#phase = phase
  }

  found(count: number): void {
    this.#found += count
    this.#onProgress({ phase: 'Comparing', done: this.#found, unit: 'objects' })
  }

  expect({ storedBytes, packCount }: Wanted): void {
    this.#total += storedBytes
    this.#packs.total += packCount
  }

  movedPack(): void {
    this.#packs.done++
    this.moved(0)
  }

  moved(bytes: number): void {
    this.#done += bytes
    const [done, total, packs] = [this.#done, this.#total, { ...this.#packs }]
    this.#onProgress({ phase: this.#phase, done, total, unit: 'bytes', packs })
  }
}
