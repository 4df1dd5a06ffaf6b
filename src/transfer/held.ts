// What a store verifiably holds at this moment: its index names it, and the packs lie there in the size that takes.
import { type Id, ID_BYTES, idKey } from '../hash/index.js'
import { type Row } from '../index/index.js'
import { packKey } from '../pack/index.js'
import { type ObjectStore, readPromises } from '../store/index.js'
import { IdList } from './id-list.js'

const SIZES_AT_ONCE = 16

export class Holder {
  readonly #store: ObjectStore
  /** Of the packs that were asked for, 0 where there is none; bytes. */
  readonly #sizes = new Map<string, number>()
  /** Nobody knows for how long these are there. */
  #doomed: ReadonlySet<string> = new Set()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** Reads the index anew, so that what follows is of now. */
  async begin(): Promise<void> {
    await this.#store.index.refresh()
    this.#doomed = await this.#store.index.doomed()
  }

  /** Keys of those of `ids` (ascending, none twice) that it holds: in full, or as deltas on what it holds in full. */
  async holds(ids: Buffer): Promise<Set<string>> {
    const rows = await this.#rowsOf(ids)
    const bases = new IdList()
    for (const row of rows) for (const base of row.bases) bases.add(base)
    const baseRows = bases.count > 0 ? await this.#rowsOf(bases.takeSorted()) : []
    await this.#ask([...rows, ...baseRows])
    const isWhole = (row: Row) => row.blockOffset + row.blockLength <= (this.#sizes.get(row.pack) ?? 0)
    const fullBases = new Set(
      baseRows.filter((row) => row.bases.length === 0 && isWhole(row)).map(({ id }) => idKey(id)),
    )
    const held = rows.filter((row) => isWhole(row) && row.bases.every((base) => fullBases.has(idKey(base))))
    return new Set(held.map(({ id }) => idKey(id)))
  }

  /** Whether all packs that were answered for still count there. Two stores that take each other's word, and let go of
   * their packs at once, both write that down before they ask this: one of them sees the other. */
  async stillHolds(): Promise<boolean> {
    for (const { away } of (await readPromises(this.#store.storage)).values())
      for (const pack of this.#sizes.keys()) if (away.has(pack)) return false
    return true
  }

  async #rowsOf(ids: Buffer): Promise<Row[]> {
    const found: Row[] = []
    for await (const rows of this.#store.index.lookupMany(ids))
      for (const row of rows) found.push({ ...row, id: copyOf(row.id) })
    return found
  }

  async #ask(rows: readonly Row[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { pack } of rows) {
      if (this.#doomed.has(pack)) this.#sizes.set(pack, 0)
      if (!this.#sizes.has(pack)) unknown.add(pack)
    }
    const names = [...unknown]
    for (let from = 0; from < names.length; from += SIZES_AT_ONCE) {
      const some = names.slice(from, from + SIZES_AT_ONCE)
      const sizes = await Promise.all(some.map((name) => this.#store.storage.size(packKey(name))))
      some.forEach((name, i) => this.#sizes.set(name, sizes[i] ?? 0))
    }
  }
}

function copyOf(id: Id): Id {
  return Buffer.from(id.subarray(0, ID_BYTES)) as Uint8Array as Id
}
