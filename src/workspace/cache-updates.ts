// What was learned about files during one command, on its way into the stat cache: gathered in order in a file beside
// it, so that memory does not grow with the working directory. That file becomes the new cache where there was none;
// where little was learned it becomes the cache's changes; else both are merged into a new cache.
import fs from 'node:fs'
import { comparePaths, systemCode } from '../base/index.js'
import { type ContentId, ID_BYTES, sameId } from '../hash/index.js'
import type { EntryKind } from '../objects/index.js'
import { temporaryName } from '../files/index.js'
import { mergeJoin } from './merge-join.js'
import {
  changesFile,
  isRacy,
  loadChanges,
  loadStatCache,
  readRows,
  readTrailer,
  type StatCache,
  type StatCacheEntry,
} from './stat-cache.js'
import type { CacheRow, Trailer } from './stat-cache-codec.js'
import { StatCacheWriter } from './stat-cache-writer.js'
import { type BaseManifest, statCacheFile, type WorkTree } from './tree.js'

export type Learned = Omit<StatCacheEntry, 'racy'>

/** For a recorded path that is not on disk, or that nothing is known of: a stat that no file can have, so that the entry
 * vouches for nothing. */
export function nothingKnown(path: string, kind: EntryKind): Learned {
  return { path, kind, ...NOTHING, inBase: false }
}

const NOTHING = {
  size: 0,
  mtimeNs: 2n ** 62n,
  ctimeNs: 0n,
  inode: 0n,
  content: new Uint8Array(ID_BYTES) as ContentId,
}

export function isNothingKnown({ mtimeNs }: { mtimeNs: bigint }): boolean {
  return mtimeNs === NOTHING.mtimeNs
}

export interface MergeInto {
  /** The manifest the working directory was compared with. */
  from: BaseManifest
  /** The manifest that the flags speak of from now on. */
  to: BaseManifest
  /** Every path was looked at: what was not learned anew is as `from` has it. */
  full: boolean
  /** Nothing of the old cache counts: what was learned is all there is. */
  replace?: boolean
}

/** Changes that are more than this part of the whole cache are merged into it. */
const CHANGES_MAX_PART = 1 / 8

export class CacheUpdates {
  readonly #file: string
  readonly #clockNs: bigint
  /** By path: what comes in no order. */
  readonly #late = new Map<string, CacheRow>()
  readonly #began: string
  #spool: StatCacheWriter | undefined
  /** The system refused to write it. A cache only saves time: what was to be done is done all the same. */
  #isGivenUp = false

  /** `clockNs`: the file system's time before any of the files was read. */
  constructor(tree: WorkTree, clockNs: bigint) {
    this.#file = statCacheFile(tree)
    this.#clockNs = clockNs
    this.#began = this.#stamp()
  }

  /** The cache is still the one that was there when this was made. */
  get isCurrent(): boolean {
    return this.#stamp() === this.#began
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** Paths must come in manifest order. */
  put(entry: Learned): void {
    this.#attempt(() => {
      this.#spool ??= new StatCacheWriter(this.#file)
      this.#spool.add(this.#stamped(entry))
    })
  }

  /** For the few entries that come in no order, as links: these are held in memory. */
  putLate(entry: Learned): void {
    this.#late.set(entry.path, this.#stamped(entry))
  }

  /** For a recorded path that was not looked at: the cache holds every entry of its manifest, and knows nothing of this one. */
  putUnseen(path: string, kind: EntryKind): void {
    this.putLate(nothingKnown(path, kind))
  }

  /** What is put at the same path counts, whenever that is. */
  drop(path: string): void {
    if (!this.#late.has(path)) this.#late.set(path, { path, kind: 'gone' })
  }

  /** Writes the new cache, when the old one and what was learned make a whole. Where the system refuses, the old one
   * stays: what it says of files is still true. */
  merge(into: MergeInto): void {
    this.#attempt(() => {
      try {
        this.#merge(into)
      } finally {
        this.abandon()
      }
    })
  }

  #merge({ from, to, full, replace = false }: MergeInto): void {
    const whole = replace ? undefined : readTrailer(this.#file)
    const changes = whole && loadChanges(this.#file, whole)
    const inStep = isInStep(changes ?? whole, from)
    if (!full && !inStep && !replace) return
    if (inStep && this.isEmpty && isSame(from, to)) return
    if (whole && inStep && this.#count + (changes?.count ?? 0) <= whole.count * CHANGES_MAX_PART) {
      const rows = laid(changes?.rows() ?? [], this.#learned())
      this.#write(changesFile(this.#file), rows, { ...aboutAll(to), over: whole.checksum })
    } else {
      this.#writeWhole(whole && (inStep ? known : compared), to)
    }
  }

  /** Rows that were learned. */
  get #count(): number {
    return (this.#spool?.count ?? 0) + this.#late.size
  }

  /** `entriesOf`: what of the old cache counts; undefined: there is none. */
  #writeWhole(entriesOf: ((old: StatCache) => Iterable<CacheRow>) | undefined, to: BaseManifest): void {
    const trailer = { ...aboutAll(to), over: undefined }
    if (!entriesOf && this.#spool && this.#late.size === 0) {
      this.#spool.finish(this.#file, trailer)
    } else {
      const old = entriesOf && loadStatCache(this.#file)
      const rows = laid(old && entriesOf ? entriesOf(old) : [], this.#learned())
      this.#write(this.#file, present(rows), trailer)
    }
    fs.rmSync(changesFile(this.#file), { force: true })
  }

  #write(file: string, rows: Iterable<CacheRow>, trailer: Parameters<StatCacheWriter['finish']>[1]): void {
    const writer = new StatCacheWriter(file)
    try {
      for (const row of rows) writer.add(row)
      writer.finish(file, trailer)
    } finally {
      writer.abandon()
    }
  }

  #stamp(): string {
    return [this.#file, changesFile(this.#file)].map(stampOf).join()
  }

  #stamped(entry: Learned): StatCacheEntry {
    const { path, kind, size, mtimeNs, ctimeNs, inode, content, inBase } = entry
    const racy = isRacy(entry, this.#clockNs)
    return { path, kind, size, mtimeNs, ctimeNs, inode, content, racy, inBase }
  }

  #attempt(work: () => void): void {
    if (this.#isGivenUp) return
    try {
      work()
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.#isGivenUp = true
      this.abandon()
    }
  }

  abandon(): void {
    this.#spool?.abandon()
    this.#spool = undefined
  }

  /** All that was learned, in order; of what was spooled only its bytes are in memory. */
  *#learned(): Generator<CacheRow> {
    const late = [...this.#late.values()].sort((a, b) => comparePaths(a.path, b.path))
    for (const { left, right } of mergeJoin(this.#spooled(), late)) {
      yield right && (right.kind !== 'gone' || !left) ? right : left!
    }
  }

  #spooled(): Iterable<CacheRow> {
    if (!this.#spool) return []
    const file = temporaryName(`${this.#file}-learned`)
    try {
      this.#spool.finish(file, { base: undefined, isComplete: false, over: undefined })
      return readRows(file)?.rows() ?? []
    } finally {
      fs.rmSync(file, { force: true })
    }
  }
}

/** Newer rows over older ones. */
function* laid(older: Iterable<CacheRow>, newer: Iterable<CacheRow>): Generator<CacheRow> {
  for (const { left, right } of mergeJoin(older, newer)) yield right ?? left!
}

/** The rows of a whole cache: what is gone has none. */
function* present(rows: Iterable<CacheRow>): Generator<CacheRow> {
  for (const row of rows) if (row.kind !== 'gone') yield row
}

/** The entries of a cache that speaks of the manifest the working directory was compared with. */
function known(cache: StatCache): Iterable<CacheRow> {
  return cache.entries()
}

/** The entries of a cache that spoke of another manifest, after all of them were compared with this one. */
function* compared(cache: StatCache): Generator<CacheRow> {
  for (const entry of cache.entries()) yield { ...entry, inBase: entry.kind !== 'symlink' }
}

/** A cache that holds every entry of the manifest it speaks of. */
function aboutAll(base: BaseManifest): { base: BaseManifest; isComplete: boolean } {
  return { base, isComplete: base !== undefined }
}

function stampOf(file: string): string {
  const stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats ? `${stats.ino} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.size}` : ''
}

/** The cache holds all of that manifest, and says of each entry whether it is as the manifest has it. */
function isInStep(cache: Pick<Trailer, 'base' | 'isComplete'> | undefined, base: BaseManifest): boolean {
  return cache?.isComplete === true && isSame(cache.base, base)
}

function isSame(a: BaseManifest, b: BaseManifest): boolean {
  return a !== undefined && b !== undefined && sameId(a, b)
}
