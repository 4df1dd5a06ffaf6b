// One check of a store under way: what is known so far, and which problem is to blame for what cannot be read.
import { DvError, isDvError, noProgress, type OnProgress } from '../base/index.js'
import { type ContentId, type Id, idKey, toHex } from '../hash/index.js'
import type { Row, SegmentRef } from '../index/index.js'
import type { ItemKind } from '../pack/index.js'
import type { Absent } from './absent.js'
import type { ObjectStore, Purged } from '../store/index.js'
import { IdSet } from './id-set.js'
import { asFinding, type Problem, Problems } from './problems.js'

export interface CheckOptions {
  /** Read and hash every byte. */
  deep: boolean
  /** Of a deep check: the packs whose bytes are read; default: all. */
  choose?: (packs: readonly PackSize[]) => ReadonlySet<string>
  signal?: AbortSignal
  onProgress?: OnProgress
}

export interface PackSize {
  name: string
  /** Bytes. */
  size: number
}

/** A pack that the index names. */
export interface PackState {
  name: string
  /** Bytes; undefined: it is missing. */
  size: number | undefined
  /** Where its blocks end, when it ends as a pack. */
  footer: { offset: number; length: number } | undefined
  /** The first thing wrong with the whole of it. */
  problem: Problem | undefined
  /** Live segments that are this pack's own footer need no comparison with it. */
  isIndexedByFooter: boolean
  /** It lies at a remote, as promised. */
  isAway: boolean
  /** What merged segments say of it, segment by segment. */
  tallies: Tally[]
  /** Something in it is wrong, whatever it reaches; or it is missing. */
  isDamaged: boolean
  /** Every byte of it was read and is right. */
  isSound: boolean
}

/** A sum over rows that does not depend on their order. */
export interface Tally {
  count: number
  sum: number
}

export class Check {
  readonly store: ObjectStore
  readonly deep: boolean
  readonly choose: CheckOptions['choose']
  readonly onProgress: OnProgress
  readonly problems = new Problems()
  readonly packs = new Map<string, PackState>()
  /** Parts of the index that cannot be used: whatever is not found may be in them. */
  readonly indexProblems: Problem[] = []
  /** The same as they are named in the index root, which may be lost itself. */
  readonly damagedSegments: SegmentRef[] = []
  isRootLost = false
  /** Items no copy of which is whole. */
  readonly lost = new Map<string, Problem>()
  /** Packs with a delta whose base cannot be read: its own bytes may be right. */
  readonly unsure = new Set<string>()
  readonly checked = { commits: 0, objects: 0, bytes: 0 }
  readonly absent: Absent
  readonly purged: Purged
  /** Contents that were met and are purged. */
  readonly holes = new IdSet()
  readonly #signal: AbortSignal | undefined
  #steps = 0
  #hasBadPacks = false

  constructor(
    store: ObjectStore,
    { absent, purged }: { absent: Absent; purged: Purged },
    { deep, choose, signal, onProgress = noProgress }: CheckOptions,
  ) {
    this.store = store
    this.absent = absent
    this.purged = purged
    this.deep = deep
    this.choose = choose
    this.onProgress = onProgress
    this.#signal = signal
  }

  /** Whether every byte of the store is read. */
  get readsAll(): boolean {
    return this.deep && this.choose === undefined
  }

  /** To be called often: lets signals and output come through, and ends the check when it was aborted. */
  async step(): Promise<void> {
    if (this.#signal?.aborted) throw new DvError('DV_INTERRUPTED', 'Interrupted while checking the store')
    if (++this.#steps % 256 === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Whether a file was purged, so that nothing of it is missed; then it is counted. */
  isHole({ content }: { content: ContentId }): boolean {
    if (!this.purged.has(content)) return false
    this.holes.add(content)
    return true
  }

  /** Records that an item cannot be read, unless a remote has it as promised, or a problem known already is the cause.
   * `by` names it. */
  async fail(kind: ItemKind, id: Id, error: unknown, by?: string): Promise<void> {
    if (isDvError(error, 'DV_ABSENT')) return this.absent.add(kind, id, await this.rowsOf(id))
    const found = asFinding(error)
    if ((await this.culprits(id)).length > 0) return
    const what = by === undefined ? found.what : `${found.what} (${by} names it)`
    const problem = this.problems.add({ kind: found.kind, object: kind, name: toHex(id), what })
    this.lost.set(idKey(id), problem)
  }

  /** The problems that keep an item from being read; none when a copy of it may be whole. */
  async culprits(id: Id): Promise<Problem[]> {
    const known = this.lost.get(idKey(id))
    if (known) return [known]
    if (this.lost.size === 0 && this.indexProblems.length === 0 && !this.#hasBadPacks) return []
    const rows = await this.rowsOf(id)
    if (rows.length === 0) return this.absent.has(id) ? [] : this.indexProblems
    const blame: Problem[] = []
    for (const row of rows) {
      const problems = await this.#culpritsOfRow(row)
      if (problems.length === 0) return []
      blame.push(...problems)
    }
    return [...new Set(blame)]
  }

  /** All copies that what is left of the index knows. */
  async rowsOf(id: Id): Promise<Row[]> {
    try {
      const rows = await this.store.index.lookup(id)
      return rows.length > 0 ? rows : await this.store.index.lookup(id, { fresh: true })
    } catch (error) {
      if (!isDvError(error)) throw error
      return []
    }
  }

  /** Records what is wrong with the whole of a pack; the first finding stays. */
  failPack(pack: PackState, kind: Problem['kind'], what: string): void {
    pack.problem ??= this.problems.add({ kind, object: 'pack', name: pack.name, what })
    pack.isDamaged = true
    this.#hasBadPacks = true
  }

  /** Bases are full copies: this goes one step deep whatever the store claims. */
  async #culpritsOfRow(row: Row, depth = 0): Promise<Problem[]> {
    const pack = this.packs.get(row.pack)
    if (pack?.problem && !reachesTo(pack, row)) return [pack.problem]
    if (depth > 0) return []
    for (const base of row.bases) {
      const known = this.lost.get(idKey(base))
      if (known) return [known]
      const full = (await this.rowsOf(base)).filter(({ bases }) => bases.length === 0)
      const blame = await Promise.all(full.map((copy) => this.#culpritsOfRow(copy, 1)))
      if (blame.length > 0 && blame.every((problems) => problems.length > 0)) return blame.flat()
    }
    return []
  }
}

/** Whether what is left of a pack holds the whole block. */
function reachesTo(pack: PackState, row: Row): boolean {
  return pack.size !== undefined && row.blockOffset + row.blockLength <= pack.size
}
