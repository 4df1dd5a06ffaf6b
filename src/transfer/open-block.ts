// A block that came from elsewhere, looked at as a whole: what is in it is known from its bytes, not from what the
// other side's index says of it.
import { DvError, isDvError } from '../base/index.js'
import { reclaimZstdMemory } from '../codec/index.js'
import { type Id, sameId, toHex } from '../hash/index.js'
import {
  type BlockHeader,
  blockLengthOf,
  decodeBlock,
  decodeBlockHeader,
  type ItemKind,
} from '../pack/index.js'
import { idOf, type ObjectStore } from '../store/index.js'
import type { WantedBlock } from './wanted.js'

/** Where a block comes from, and the full copies that deltas of it stand on. */
export interface BlockSource {
  /** For messages. */
  readonly location: string
  readFullCopy(kind: ItemKind, id: Id): Promise<Uint8Array>
}

export function blocksOf(store: ObjectStore): BlockSource {
  const { location } = store.storage.properties
  return { location, readFullCopy: (kind, id) => store.readFullCopy(kind, id) }
}

export interface OpenBlock {
  /** As stored. */
  bytes: Uint8Array
  items: readonly OpenItem[]
  /** Ids of the full copies it stands on; empty: its items are full copies. */
  bases: readonly Id[]
  rawLength: number
}

export interface OpenItem {
  id: Id
  kind: ItemKind
  /** In the decoded block. */
  offset: number
  bytes: Uint8Array
}

/** A block's header, and its bytes with it. */
export interface StoredBlock {
  header: BlockHeader
  bytes: Uint8Array
}

/** The block that `bytes` begin with. Throws DV_CORRUPT when none does. */
export function storedBlock(bytes: Uint8Array): StoredBlock {
  const header = decodeBlockHeader(bytes)
  return { header, bytes: bytes.subarray(0, blockLengthOf(header)) }
}

/** Decodes the block that `read` gives and names all its items by their content. Throws DV_CORRUPT with the block's
 * place. */
export async function openBlock(
  source: BlockSource,
  read: () => StoredBlock,
  where: { pack: string; at: number },
): Promise<OpenBlock> {
  try {
    const { header, bytes: view } = read()
    // While the bases are read, what the view is of may change.
    const bytes = header.bases.length > 0 ? Buffer.from(view) : view
    const bases: Uint8Array[] = []
    for (const id of header.bases) bases.push(await source.readFullCopy(header.items[0]!.kind, id))
    const raw = decodeBlock(bytes, header, bases)
    const items: OpenItem[] = []
    let offset = 0
    for (const { kind, length } of header.items) {
      const item = raw.subarray(offset, offset + length)
      items.push({ id: idOf(kind, item), kind, offset, bytes: item })
      offset += length
    }
    const pause = reclaimZstdMemory()
    if (pause) await pause
    return { bytes, items, bases: header.bases, rawLength: header.rawLength }
  } catch (error) {
    if (!isDvError(error, 'DV_CORRUPT')) throw error
    throw damaged(where, source, error.message, error)
  }
}

/** The items that are wanted of a block. Throws DV_CORRUPT when one is not where the source's index says it is. */
export function wantedItems(
  block: OpenBlock,
  { rows }: WantedBlock,
  where: { pack: string; at: number; source: BlockSource },
): OpenItem[] {
  const byOffset = new Map(block.items.map((item) => [item.offset, item]))
  return rows.map((row) => {
    const item = byOffset.get(row.offset)
    if (item && item.bytes.length === row.length && sameId(item.id, row.id)) return item
    throw damaged(where, where.source, `it does not hold '${toHex(row.id)}'`)
  })
}

function damaged(
  { pack, at }: { pack: string; at: number },
  { location }: BlockSource,
  reason: string,
  cause?: DvError,
): DvError {
  return new DvError(
    'DV_CORRUPT',
    `The block at byte ${at} of pack '${pack}' in '${location}' is damaged: ${reason}`,
    {
      data: { ...cause?.data, pack, offset: at, location },
      hint: "run 'dv fsck' in the repository it came from",
      cause,
    },
  )
}
