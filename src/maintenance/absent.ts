// What a store may lack because a remote promised it, and how much of that was met.
import type { Id } from '../hash/index.js'
import type { Row } from '../index/index.js'
import type { ItemKind } from '../pack/index.js'
import {
  type LostItems,
  NOTHING_LOST,
  packsAway,
  type Promises,
  promiserOf,
  readLostItems,
  readPromises,
} from '../store/index.js'
import type { Storage } from '../storage/index.js'
import { IdList } from '../transfer/index.js'
import { IdSet } from './id-set.js'

export async function readAbsent(storage: Storage): Promise<Absent> {
  const promises = await readPromises(storage)
  return new Absent({
    promises,
    away: await packsAway(storage, promises),
    lost: await readLostItems(storage),
  })
}

export class Absent {
  /** What is met from now on is needed by commits only that no remote was seen to have. */
  doubts = false
  /** Items that were promised with all else of a remote, and are in doubt. */
  readonly doubtful = { chunk: new IdList(), recipe: new IdList() }
  readonly #promises: Promises
  readonly #away: ReadonlySet<string>
  readonly #lost: LostItems
  readonly #met = new IdSet()

  constructor({
    promises = new Map(),
    away = new Set(),
    lost = NOTHING_LOST,
  }: { promises?: Promises; away?: ReadonlySet<string>; lost?: LostItems } = {}) {
    this.#promises = promises
    this.#away = away
    this.#lost = lost
  }

  /** Items that were wanted and are at a remote. */
  get count(): number {
    return this.#met.size
  }

  /** Remotes that promise all chunks and recipe nodes of what came from them. */
  get lazy(): string[] {
    return [...this.#promises].filter(([, { lazy }]) => lazy).map(([name]) => name)
  }

  isAway(pack: string): boolean {
    return this.#away.has(pack)
  }

  has(id: Id): boolean {
    return this.#met.has(id)
  }

  add(kind: ItemKind, id: Id, rows: readonly Row[]): void {
    if (!this.#met.add(id) || !this.doubts || rows.length > 0) return
    if (kind === 'chunk' || kind === 'recipe') this.doubtful[kind].add(id)
  }

  /** Whether an item with these copies lies at a remote only; then it is counted. */
  takes(kind: ItemKind, id: Id, rows: readonly Row[]): boolean {
    if (rows.some(({ pack }) => !this.isAway(pack))) return false
    const packs = rows.map(({ pack }) => pack)
    if (promiserOf(this.#promises, { kind, id, packs }, this.#lost) === undefined) return false
    this.add(kind, id, rows)
    return true
  }

  /** Whether it is known to be lost, and nothing but packs that are away is said to have it. */
  isLost(id: Id, rows: readonly Row[]): boolean {
    return this.#lost.has(id) && rows.every(({ pack }) => this.isAway(pack))
  }
}
