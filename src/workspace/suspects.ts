// The first look at a working directory: what cannot be told to be unchanged by its stat alone. The walk, the stat
// cache and, only when the cache is not in step with it, the manifest are read side by side, in order.
import { comparePaths } from '../base/index.js'
import { sameId } from '../hash/index.js'
import { iterEntries, lookupMany, summarize } from '../manifest/index.js'
import { type Entry, isFile } from '../objects/index.js'
import { mergeJoin } from './merge-join.js'
import type { Purged } from '../store/index.js'
import type { LostContents } from './lost.js'
import { type ScanEntry, type ScanOptions, scanTree } from './scan.js'
import type { PathFilter } from './walk.js'
import { lookOnDisk, type Standing } from './standing.js'
import { compareStat, loadStatCache, type StatCache, type StatCacheEntry } from './stat-cache.js'
import { type BaseManifest, statCacheFile, type WorkOptions, type WorkTree } from './tree.js'

/** Purged, or lost when it was to be written. */
export type HoleReason = 'purged' | 'lost'

/** A path that may differ from the base manifest. */
export interface Suspect {
  path: string
  /** On disk. */
  found?: ScanEntry
  /** In the stat cache; `known.content` may be trusted only when `statSame`. */
  known?: StatCacheEntry
  statSame: boolean
  /** What the stat cache says of its equality with the base manifest; undefined when the cache speaks of another. */
  inBase?: boolean
  /** In the base manifest. */
  recorded?: Entry
  /** It is recorded and not on disk, and why that is no deletion. */
  hole?: HoleReason
}

export interface SuspectOptions extends WorkOptions {
  /** Only these paths. */
  include?: PathFilter
  /** Trusts no stat: every file is a suspect. */
  rehash?: boolean
  onSkipped?: ScanOptions['onSkipped']
}

const BATCH = 512
const REPORT_EVERY = 4096

/** The stat cache as a look at the working directory begins. */
export interface CacheInUse {
  cache: StatCache | undefined
  /** It holds every entry of the base manifest, so that the manifest need not be read. */
  inStep: boolean
}

export function openStatCache(
  tree: WorkTree,
  base: BaseManifest,
  { rehash }: { rehash?: boolean | undefined },
): CacheInUse {
  const cache = rehash ? undefined : loadStatCache(statCacheFile(tree))
  const inStep =
    cache?.base !== undefined && base !== undefined && cache.isComplete && sameId(cache.base, base)
  return { cache, inStep }
}

/** Suspects in manifest order, in batches. */
export async function* findSuspects(
  tree: WorkTree,
  base: BaseManifest,
  options: SuspectOptions & { use?: CacheInUse } = {},
): AsyncGenerator<Suspect[]> {
  const { cache, inStep } = options.use ?? openStatCache(tree, base, options)
  const disk = lookOnDisk(tree.workdir.root, tree.traits)
  const withCache = { ...options, cache, disk }
  const found = inStep ? withoutManifest(tree, base!, withCache) : withManifest(tree, base, withCache)
  const purged = await tree.reader.purged()
  const hasHoles = purged.count > 0 || tree.lost.count > 0
  const mayBeHollow = base !== undefined && (tree.sparse !== undefined || hasHoles)
  const suspects = mayBeHollow ? withoutHollow(tree, base, found) : found
  yield* hasHoles ? withHoles({ purged, lost: tree.lost }, suspects) : suspects
}

async function* withHoles(
  { purged, lost }: { purged: Purged; lost: LostContents },
  batches: AsyncIterable<Suspect[]>,
): AsyncGenerator<Suspect[]> {
  for await (const batch of batches) {
    for (const suspect of batch) {
      const { found, recorded } = suspect
      if (found || !recorded || !isFile(recorded)) continue
      if (purged.has(recorded.content)) suspect.hole = 'purged'
      else if (lost.has(recorded.content)) suspect.hole = 'lost'
    }
    yield batch
  }
}

/** A directory that is only empty because a sparse checkout leaves out what it holds, or that was purged or lost, is
 * none to record. */
async function* withoutHollow(
  tree: WorkTree,
  base: NonNullable<BaseManifest>,
  batches: AsyncIterable<Suspect[]>,
): AsyncGenerator<Suspect[]> {
  for await (const batch of batches) {
    const kept: Suspect[] = []
    for (const suspect of batch) {
      const isNew = suspect.found?.kind === 'directory' && !suspect.recorded
      if (!isNew || (await summarize(tree.reader, base, suspect.path)).entries === 0) kept.push(suspect)
    }
    yield kept
  }
}

type WithCache = SuspectOptions & { cache: StatCache | undefined; disk: Standing }

/** The cache holds every entry of the base: only what it does not vouch for is looked up. */
async function* withoutManifest(
  tree: WorkTree,
  base: NonNullable<BaseManifest>,
  options: WithCache,
): AsyncGenerator<Suspect[]> {
  let batch: Candidate[] = []
  for (const item of joinCache(tree, options)) {
    const candidate = toCandidate(tree, item, options.disk)
    const { statSame, known } = candidate.suspect
    if (statSame && known!.inBase) continue
    if (known) candidate.suspect.inBase = known.inBase
    batch.push(candidate)
    if (batch.length < BATCH) continue
    yield await withRecorded(tree, base, batch)
    batch = []
  }
  if (batch.length > 0) yield await withRecorded(tree, base, batch)
}

async function withRecorded(
  tree: WorkTree,
  base: NonNullable<BaseManifest>,
  batch: readonly Candidate[],
): Promise<Suspect[]> {
  const entries = await lookupMany(
    tree.reader,
    base,
    batch.map(({ suspect }) => suspect.path),
  )
  const suspects = batch.map((candidate, i) => toSuspect(tree, candidate, entries[i]))
  return suspects.filter((suspect) => suspect !== undefined)
}

async function* withManifest(
  tree: WorkTree,
  base: BaseManifest,
  options: WithCache,
): AsyncGenerator<Suspect[]> {
  const disk = joinCache(tree, options)
  let next = disk.next()
  const { include } = options
  const take = (batch: Suspect[], item: DiskItem, recorded?: Entry) => {
    const suspect = toSuspect(tree, toCandidate(tree, item, options.disk), recorded)
    if (suspect && !isVouchedFor(suspect)) batch.push(suspect)
  }
  async function* unrecorded(before: string | undefined): AsyncGenerator<Suspect[]> {
    let batch: Suspect[] = []
    for (; !next.done && (before === undefined || isBefore(next.value.path, before)); next = disk.next()) {
      take(batch, next.value)
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }
  for await (const entries of base ? iterEntries(tree.reader, base) : []) {
    let batch: Suspect[] = []
    for (const [path, recorded] of entries) {
      if (include && !include.matches(path)) continue
      if (!next.done && isBefore(next.value.path, path)) {
        if (batch.length > 0) yield batch
        batch = []
        yield* unrecorded(path)
      }
      const here = !next.done && next.value.path === path ? next.value : undefined
      if (here) next = disk.next()
      take(batch, here ?? { path, left: undefined, right: undefined }, recorded)
    }
    if (batch.length > 0) yield batch
  }
  yield* unrecorded(undefined)
}

/** The cache's content id and the manifest's agree, and the file is as it was. */
function isVouchedFor({ found, known, statSame, recorded }: Suspect): boolean {
  if (!statSame || !found || !known || !recorded || found.kind !== recorded.kind) return false
  if (recorded.kind === 'directory') return true
  return isFile(recorded) && known.content !== undefined && sameId(known.content, recorded.content)
}

interface DiskItem {
  path: string
  left: ScanEntry | undefined
  right: StatCacheEntry | undefined
}

function* joinCache(tree: WorkTree, options: WithCache): Generator<DiskItem> {
  const { cache, include, onSkipped, signal, onProgress } = options
  const scan = scanTree(tree.workdir.root, {
    executableBit: tree.traits.executableBit,
    ...(include && { include }),
    ...(onSkipped && { onSkipped }),
    ...(signal && { signal }),
  })
  const known = cache ? filterEntries(cache.entries(), include) : []
  let seen = 0
  for (const item of mergeJoin(scan, known)) {
    if (++seen % REPORT_EVERY === 0) onProgress?.({ phase: 'Scanning', done: seen, unit: 'files' })
    yield item
  }
}

function* filterEntries(
  entries: Iterable<StatCacheEntry>,
  include: PathFilter | undefined,
): Generator<StatCacheEntry> {
  for (const entry of entries) if (!include || include.matches(entry.path)) yield entry
}

interface Candidate {
  suspect: Suspect
  /** The walk came by. Otherwise it may only be ignored. */
  seen: boolean
}

function toCandidate(tree: WorkTree, { path, left, right: known }: DiskItem, disk: Standing): Candidate {
  const found = left ?? disk.at(path)
  const statSame = isStatSame(tree, found, known)
  const suspect = { path, statSame, ...(found && { found }), ...(known && { known: keep(known) }) }
  return { suspect, seen: left !== undefined }
}

/** What the walk does not see is there only where it is recorded, and not a directory in a file's place, whose entries
 * speak for themselves. What is gone counts, unless a sparse checkout leaves it out. */
function toSuspect(
  tree: WorkTree,
  { suspect, seen }: Candidate,
  recorded: Entry | undefined,
): Suspect | undefined {
  const { found, path, known } = suspect
  const complete = recorded ? { ...suspect, recorded } : suspect
  if (seen) return complete
  if (found && recorded && (found.kind === 'directory') === (recorded.kind === 'directory')) return complete
  if (recorded ? tree.sparse && !tree.sparse.matches(path) : !known) return undefined
  const { found: _, ...gone } = complete
  return { ...gone, statSame: false }
}

function isStatSame(
  tree: WorkTree,
  found: ScanEntry | undefined,
  known: StatCacheEntry | undefined,
): boolean {
  return found !== undefined && known !== undefined && compareStat(known, found, tree.rules) === 'same'
}

/** The cache's content is a view of memory that is reused. */
function keep(known: StatCacheEntry): StatCacheEntry {
  return known.content ? { ...known, content: Buffer.from(known.content) } : known
}

function isBefore(a: string, b: string): boolean {
  return a !== b && comparePaths(a, b) < 0
}
