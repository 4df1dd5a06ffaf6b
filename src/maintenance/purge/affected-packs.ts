// Which packs hold something that goes. The index does not know all: rows of garbage may have left it while the bytes
// stayed, and a writer that was interrupted may have left a pack that nothing names. So every footer is looked at.
import { isDvError } from '../../base/index.js'
import { type Id, idKey } from '../../hash/index.js'
import { openSegment, PageCache, type Row } from '../../index/index.js'
import { packKey, type PackKind } from '../../pack/index.js'
import type { ObjectStore } from '../../store/index.js'
import { IdList } from '../../transfer/index.js'
import { readFooter } from '../footer.js'
import type { Doomed } from './doomed.js'

export interface PackOnStorage {
  name: string
  /** Bytes; 0: it is at a remote. */
  size: number
}

export interface Affected {
  /** Packs that are written anew, or go. */
  packs: ReadonlyMap<string, PackOnStorage>
  /** Packs of nodes. */
  nodePacks: ReadonlySet<string>
  /** Chunks and nodes that go, and those that others need, each once; bytes before compression. */
  gone: ItemSum
  shared: ItemSum
}

/** Whether the row of an item leaves the index. */
export function leaves(
  doomed: Doomed,
  nodePacks: ReadonlySet<string>,
  row: Pick<Row, 'id' | 'pack'>,
): boolean {
  return doomed.has(row.id) || (nodePacks.has(row.pack) && !doomed.isReached(row.id))
}

export async function findAffected(
  store: ObjectStore,
  doomed: Doomed,
  step: () => Promise<void>,
): Promise<Affected> {
  const packs = new Map<string, PackOnStorage>()
  const nodePacks = new Set<string>()
  for await (const { name: key, size } of store.storage.list(packKey(''))) {
    await step()
    const pack = { name: key.slice(packKey('').length), size }
    const seen = await lookInto(store, pack, doomed)
    if (seen.kind === 'node') nodePacks.add(pack.name)
    if (seen.isAffected) packs.set(pack.name, pack)
  }
  const sums = { gone: new ItemSum(), shared: new ItemSum() }
  const isStale = ({ id, pack, bases }: Row) =>
    bases.length > 0 &&
    !leaves(doomed, nodePacks, { id, pack }) &&
    bases.some((base) => leaves(doomed, nodePacks, { id: base, pack }))
  for (const ref of (await store.index.root()).segments) {
    for await (const rows of (await store.index.segment(ref)).rows()) {
      await step()
      for (const row of rows) {
        const goes = doomed.has(row.id)
        if (goes) sums.gone.add(row)
        else if (doomed.isShared(row.id)) sums.shared.add(row)
        if ((goes || isStale(row)) && !packs.has(row.pack)) packs.set(row.pack, await sized(store, row.pack))
      }
    }
  }
  return { packs, nodePacks, ...sums }
}

async function sized({ storage }: ObjectStore, name: string): Promise<PackOnStorage> {
  return { name, size: (await storage.size(packKey(name))) ?? 0 }
}

export class ItemSum {
  readonly #seen = new Set<string>()
  bytes = 0

  get items(): number {
    return this.#seen.size
  }

  add({ id, length }: Row): void {
    if (this.#seen.has(idKey(id))) return
    this.#seen.add(idKey(id))
    this.bytes += length
  }
}

async function lookInto(
  store: ObjectStore,
  pack: PackOnStorage,
  doomed: Doomed,
): Promise<{ kind?: PackKind; isAffected: boolean }> {
  try {
    const { kind, footer } = await readEnds(store, pack)
    for await (const rows of footer.rows())
      if (rows.some(({ id }) => doomed.has(id))) return { kind, isAffected: true }
    return { kind, isAffected: false }
  } catch (error) {
    // It went meanwhile, or is damaged: then the index alone says what is in it.
    if (isDvError(error, 'DV_CORRUPT') || isDvError(error, 'DV_NOT_FOUND')) return { isAffected: false }
    throw error
  }
}

/** What a pack holds by its footer. Throws DV_CORRUPT, DV_NOT_FOUND. */
export async function readEnds({ storage }: ObjectStore, { name, size }: PackOnStorage) {
  const { kind, ref } = await readFooter(storage, name, size)
  return { kind, footer: await openSegment(storage, ref, { pages: new PageCache() }) }
}

/** What the index names in a pack. Throws DV_CORRUPT when the pack does not end as one. */
export async function rowsInPack(
  store: ObjectStore,
  pack: PackOnStorage,
): Promise<{ kind: PackKind; rows: Row[] }> {
  const { kind, footer } = await readEnds(store, pack)
  const ids = new IdList()
  for await (const rows of footer.rows()) for (const { id } of rows) ids.add(id)
  const rows: Row[] = []
  for await (const found of store.index.lookupMany(ids.takeSorted()))
    for (const row of found)
      if (row.pack === pack.name) rows.push({ ...row, id: Buffer.from(row.id) as Uint8Array as Id })
  return { kind, rows }
}
