// What was learned about files during one command, on its way into the stat cache: gathered in order in a file beside
// it, then merged with the old cache, so that memory does not grow with the working directory.
import fs from 'node:fs'
import { comparePaths, systemCode } from '../base/index.js'
import { sameId } from '../hash/index.js'
import { temporaryName } from '../files/index.js'
import { mergeJoin } from './merge-join.js'
import { isRacy, loadStatCache, type StatCache, type StatCacheEntry, StatCacheWriter } from './stat-cache.js'
import { type BaseManifest, statCacheFile, type WorkTree } from './tree.js'

export type Learned = Omit<StatCacheEntry, 'racy'>

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

export class CacheUpdates {
  readonly #tree: WorkTree
  readonly #clockNs: bigint
  readonly #dropped = new Set<string>()
  readonly #late: Learned[] = []
  readonly #began: string
  #spool: { file: string; writer: StatCacheWriter } | undefined
  /** The system refused to write it. A cache only saves time: what was to be done is done all the same. */
  #isGivenUp = false

  /** `clockNs`: the file system's time before any of the files was read. */
  constructor(tree: WorkTree, clockNs: bigint) {
    this.#tree = tree
    this.#clockNs = clockNs
    this.#began = this.#stamp()
  }

  /** The cache is still the one that was there when this was made. */
  get isCurrent(): boolean {
    return this.#stamp() === this.#began
  }

  get isEmpty(): boolean {
    return this.#spool === undefined && this.#dropped.size === 0 && this.#late.length === 0
  }

  /** Paths must come in manifest order. */
  put(entry: Learned): void {
    this.#attempt(() => {
      if (!this.#spool) {
        const file = temporaryName(`${statCacheFile(this.#tree)}-updates`)
        this.#spool = { file, writer: new StatCacheWriter(file, undefined) }
      }
      this.#spool.writer.add({ ...entry, racy: isRacy(entry, this.#clockNs) })
    })
  }

  /** For the few entries that come in no order, as links: these are held in memory. */
  putLate(entry: Learned): void {
    this.#late.push(entry)
  }

  drop(path: string): void {
    this.#dropped.add(path)
  }

  /** Writes the new cache, when the old one and what was learned make a whole. Where the system refuses, the old one
   * stays: what it says of files is still true. */
  merge(into: MergeInto): void {
    this.#attempt(() => this.#merge(into))
  }

  #merge({ from, to, full, replace = false }: MergeInto): void {
    const old = replace ? undefined : loadStatCache(statCacheFile(this.#tree))
    const inStep = old?.isComplete === true && isSame(old.base, from)
    if (!full && !inStep && !replace) return this.abandon()
    const learned = this.#finishSpool()
    const writer = new StatCacheWriter(statCacheFile(this.#tree), to)
    try {
      for (const { path, left, right } of mergeJoin(old?.entries() ?? [], this.#learned(learned))) {
        if (right) writer.add(right)
        else if (left && !this.#dropped.has(path))
          writer.add(inStep ? left : { ...left, inBase: left.kind !== 'symlink' })
      }
      writer.finish(to !== undefined)
    } catch (error) {
      writer.abandon()
      throw error
    } finally {
      this.#remove()
    }
  }

  #stamp(): string {
    const stats = fs.statSync(statCacheFile(this.#tree), { bigint: true, throwIfNoEntry: false })
    return stats ? `${stats.ino} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.size}` : ''
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
    this.#spool?.writer.abandon()
    this.#remove()
  }

  *#learned(spooled: StatCache | undefined): Generator<StatCacheEntry> {
    const late = this.#late.sort((a, b) => comparePaths(a.path, b.path))
    const stamped = late.map((entry) => ({ ...entry, racy: isRacy(entry, this.#clockNs) }))
    for (const { left, right } of mergeJoin(spooled?.entries() ?? [], stamped)) yield (right ?? left)!
  }

  #finishSpool() {
    if (!this.#spool) return undefined
    this.#spool.writer.finish(false)
    return loadStatCache(this.#spool.file)
  }

  #remove(): void {
    if (this.#spool) fs.rmSync(this.#spool.file, { force: true })
    this.#spool = undefined
  }
}

function isSame(a: BaseManifest, b: BaseManifest): boolean {
  return a !== undefined && b !== undefined && sameId(a, b)
}
