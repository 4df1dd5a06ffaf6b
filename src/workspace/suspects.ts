// The first look at a working directory: what cannot be told to be unchanged by its stat alone. The walk, the stat
// cache and, only when the cache is not in step with it, the manifest are read side by side, in order.
import { comparePaths } from '../base/index.js'
import { sameId } from '../hash/index.js'
import { iterEntries, lookupMany } from '../manifest/index.js'
import { type Entry, isFile } from '../objects/index.js'
import { mergeJoin } from './merge-join.js'
import { type PathFilter, type ScanEntry, type ScanOptions, scanPath, scanTree } from './scan.js'
import { compareStat, loadStatCache, type StatCache, type StatCacheEntry } from './stat-cache.js'
import { type BaseManifest, statCacheFile, type WorkOptions, type WorkTree } from './tree.js'

/** A path that may differ from the base manifest. */
export interface Suspect {
  path: string
  /** On disk. */
  found?: ScanEntry
  /** In the stat cache; `known.content` may be trusted only when `statSame`. */
  known?: StatCacheEntry
  statSame: boolean
  /** In the base manifest. */
  recorded?: Entry
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

/** Suspects in manifest order, in batches. */
export async function* findSuspects(
  tree: WorkTree,
  base: BaseManifest,
  options: SuspectOptions = {},
): AsyncGenerator<Suspect[]> {
  const cache = options.rehash ? undefined : loadStatCache(statCacheFile(tree))
  const inStep =
    cache?.base !== undefined && base !== undefined && cache.isComplete && sameId(cache.base, base)
  const suspects = inStep
    ? withoutManifest(tree, base, { ...options, cache })
    : withManifest(tree, base, { ...options, cache })
  for await (const batch of suspects) {
    const present = batch
      .map((suspect) => completeSuspect(tree, suspect))
      .filter((suspect) => suspect !== undefined)
    if (present.length > 0) yield present
  }
}

type WithCache = SuspectOptions & { cache: StatCache | undefined }

/** The cache holds every entry of the base: only what it does not vouch for is looked up. */
async function* withoutManifest(
  tree: WorkTree,
  base: NonNullable<BaseManifest>,
  options: WithCache,
): AsyncGenerator<Suspect[]> {
  let batch: Suspect[] = []
  for (const { path, left: found, right: known } of joinCache(tree, options)) {
    const statSame = isStatSame(tree, found, known)
    if (statSame && known!.inBase) continue
    batch.push({ path, statSame, ...(found && { found }), ...(known && { known: keep(known) }) })
    if (batch.length < BATCH) continue
    yield await withRecorded(tree, base, batch)
    batch = []
  }
  if (batch.length > 0) yield await withRecorded(tree, base, batch)
}

async function withRecorded(
  tree: WorkTree,
  base: NonNullable<BaseManifest>,
  batch: readonly Suspect[],
): Promise<Suspect[]> {
  const entries = await lookupMany(
    tree.reader,
    base,
    batch.map(({ path }) => path),
  )
  return batch.map((suspect, i) => {
    const recorded = entries[i]
    return recorded ? { ...suspect, recorded } : suspect
  })
}

async function* withManifest(
  tree: WorkTree,
  base: BaseManifest,
  options: WithCache,
): AsyncGenerator<Suspect[]> {
  const disk = joinCache(tree, options)
  let next = disk.next()
  const { include } = options
  const flushBefore = async function* (limit: string | undefined): AsyncGenerator<Suspect[]> {
    let batch: Suspect[] = []
    while (!next.done && (limit === undefined || isBefore(next.value.path, limit))) {
      batch.push(toSuspect(tree, next.value))
      next = disk.next()
      if (batch.length === BATCH) {
        yield batch
        batch = []
      }
    }
    if (batch.length > 0) yield batch
  }
  for await (const entries of base ? iterEntries(tree.reader, base) : []) {
    const batch: Suspect[] = []
    for (const [path, recorded] of entries) {
      if (include && !include.matches(path)) continue
      if (!next.done && isBefore(next.value.path, path)) {
        for await (const fresh of flushBefore(path)) batch.push(...fresh)
      }
      const here = !next.done && next.value.path === path ? next.value : undefined
      if (here) next = disk.next()
      const suspect = { ...toSuspect(tree, here ?? { path, left: undefined, right: undefined }), recorded }
      if (!isVouchedFor(suspect)) batch.push(suspect)
    }
    if (batch.length > 0) yield batch
  }
  yield* flushBefore(undefined)
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

function toSuspect(tree: WorkTree, { path, left: found, right: known }: DiskItem): Suspect {
  const statSame = isStatSame(tree, found, known)
  return { path, statSame, ...(found && { found }), ...(known && { known: keep(known) }) }
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

/** Settles what seems to be gone: it may only be ignored, or left out by a sparse checkout. */
function completeSuspect(tree: WorkTree, suspect: Suspect): Suspect | undefined {
  if (suspect.found) return suspect
  if (!suspect.recorded) return suspect.known ? suspect : undefined
  const found = scanPath(tree.workdir.root, suspect.path, { executableBit: tree.traits.executableBit })
  if (found && (found.kind === 'directory') === (suspect.recorded.kind === 'directory')) {
    const statSame = isStatSame(tree, found, suspect.known)
    return { ...suspect, found, statSame }
  }
  if (tree.sparse && !tree.sparse.matches(suspect.path)) return undefined
  return suspect
}

function isBefore(a: string, b: string): boolean {
  return a !== b && comparePaths(a, b) < 0
}
