// Deltas: an item stored against full copies of what it takes the place of. Format: spec/05-packs.md, "Delta blocks".
import { isDvError } from '../base/index.js'
import { type Id, idKey, sameId } from '../hash/index.js'
import {
  areUsableBases,
  type Base,
  BASES_BYTES_MAX,
  BASES_MAX,
  type BlockItem,
  encodeBlockPieces,
  encodeDeltaBlock,
  type ItemKind,
  packKey,
} from '../pack/index.js'
import { fullBasesOf, type ObjectStore } from './object-store.js'

/** What a delta block costs besides its bytes: its place in the index. */
const DELTA_OVERHEAD = 64
/** A delta of at most this share of the item's length is taken without compressing the item by itself to compare, which
 * took half of a delta's time: it saves less than half only where the item alone shrinks to an eighth. */
const SURELY_SMALL = 1 / 16

/** How many displaced items are looked at. */
const WANTED_MAX = 16

export interface DeltaBlock {
  block: Buffer
  bases: readonly Id[]
}

/** A delta block, when standing on `wanted` (best first) saves at least half of what the item takes by itself. */
export async function encodeDelta(
  store: ObjectStore,
  kind: ItemKind,
  { id, bytes, wanted }: { id: Id; bytes: Uint8Array; wanted: readonly Id[] },
): Promise<DeltaBlock | undefined> {
  // Less than the header of a delta cannot be halved.
  if (bytes.length < 2 * DELTA_OVERHEAD) return undefined
  const bases = await readBases(store, kind, wanted, id)
  if (!areUsableBases(bases.map((base) => base.bytes))) return undefined
  const item: BlockItem = { kind, length: bytes.length }
  const block = encodeDeltaBlock(item, bytes, bases)
  if (!savesHalf(block.length + DELTA_OVERHEAD, item, bytes)) return undefined
  return { block, bases: bases.map((base) => base.id) }
}

function savesHalf(cost: number, item: BlockItem, bytes: Uint8Array): boolean {
  if (cost <= bytes.length * SURELY_SMALL) return true
  return cost <= bytes.length / 2 && cost <= fullLength(item, bytes) / 2
}

/** The bytes that an item takes by itself. */
function fullLength(item: BlockItem, bytes: Uint8Array): number {
  return encodeBlockPieces([item], bytes).reduce((sum, piece) => sum + piece.length, 0)
}

/** Full copies to stand on, within the format's limits. One that cannot be read is none: a delta is never needed. */
async function readBases(
  store: ObjectStore,
  kind: ItemKind,
  wanted: readonly Id[],
  self: Id,
): Promise<Base[]> {
  const bases = new Map<string, Base>()
  let length = 0
  for (const displaced of wanted.slice(0, WANTED_MAX)) {
    for (const id of await fullBasesOf(store, displaced)) {
      if (bases.size === BASES_MAX) return [...bases.values()]
      if (sameId(id, self) || bases.has(idKey(id))) continue
      const bytes = (await isHere(store, id)) ? await tryRead(store, kind, id) : undefined
      if (!bytes || length + bytes.length > BASES_BYTES_MAX) continue
      length += bytes.length
      bases.set(idKey(id), { id, bytes })
    }
  }
  return [...bases.values()]
}

/** Whether a full copy lies in the store: that it can be read is not enough where the pack was dropped a moment ago, and
 * is in memory, or open. A store elsewhere drops nothing. */
async function isHere({ index, storage }: ObjectStore, id: Id): Promise<boolean> {
  if (storage.properties.localRoot === undefined) return true
  for (const { pack, bases } of await index.lookup(id))
    if (bases.length === 0 && (await storage.size(packKey(pack))) !== undefined) return true
  return false
}

const NO_BASE = ['DV_MISSING_OBJECT', 'DV_CORRUPT', 'DV_ABSENT'] as const

async function tryRead(store: ObjectStore, kind: ItemKind, id: Id): Promise<Uint8Array | undefined> {
  try {
    return await store.readFullCopy(kind, id)
  } catch (error) {
    if (NO_BASE.some((code) => isDvError(error, code))) return undefined
    throw error
  }
}
