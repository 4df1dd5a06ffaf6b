// What a store may lack because a remote promised it, and how much of that was met.
import type { Id } from '../hash/index.js'
import type { Row } from '../index/index.js'
import type { ItemKind } from '../pack/index.js'
import { packsAway, type Promises, promiserOf, readPromises } from '../store/index.js'
import type { Storage } from '../storage/index.js'
import { IdSet } from './id-set.js'

export async function readAbsent(storage: Storage): Promise<Absent> {
  const promises = await readPromises(storage)
  return new Absent(promises, await packsAway(storage, promises))
}

export class Absent {
  readonly #promises: Promises
  readonly #away: ReadonlySet<string>
  readonly #met = new IdSet()

  constructor(promises: Promises, away: ReadonlySet<string>) {
    this.#promises = promises
    this.#away = away
  }

  /** Items that were wanted and are at a remote. */
  get count(): number {
    return this.#met.size
  }

  isAway(pack: string): boolean {
    return this.#away.has(pack)
  }

  add(id: Id): void {
    this.#met.add(id)
  }

  /** Whether an item with these copies lies at a remote only; then it is counted. */
  takes(kind: ItemKind, id: Id, rows: readonly Row[]): boolean {
    if (rows.some(({ pack }) => !this.isAway(pack))) return false
    const packs = rows.map(({ pack }) => pack)
    if (promiserOf(this.#promises, { kind, id, packs }) === undefined) return false
    this.add(id)
    return true
  }
}
