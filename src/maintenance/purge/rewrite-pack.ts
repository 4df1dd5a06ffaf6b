// A pack without some of its items: blocks that keep all they have as they are, items of others one by one. What stands on
// an item that goes is written in full.
import type { Id } from '../../hash/index.js'
import type { Row } from '../../index/index.js'
import {
  type BlockHeader,
  blockLengthOf,
  decodeBlockHeader,
  packKey,
  type PackKind,
} from '../../pack/index.js'
import type { ByteRange } from '../../storage/index.js'
import { type FinishedPack, type ObjectStore, PackBuilder } from '../../store/index.js'
import { blocksOf, openBlock } from '../../transfer/index.js'

const WINDOW_BYTES = 8 * 1024 * 1024

export interface PackToRewrite {
  name: string
  /** Bytes. */
  size: number
  kind: PackKind
  /** What the index names in it. */
  rows: readonly Row[]
  goes: (id: Id) => boolean
}

/** Undefined when nothing of it stays. Throws DV_CORRUPT when a block that must be taken apart is damaged. */
export async function rewritePack(
  store: ObjectStore,
  pack: PackToRewrite,
): Promise<FinishedPack | undefined> {
  const { name, size, kind, rows, goes } = pack
  if (rows.every(({ id }) => goes(id))) return undefined
  const out = new PackBuilder(store.storage.temporaryPath(), kind)
  try {
    const read = inWindows((range) => store.storage.get(packKey(name), range), size)
    for (const block of blocksIn(rows)) {
      if (block.every(({ id }) => goes(id))) continue
      const [{ blockOffset: offset, blockLength: length }] = block
      const bytes = await read({ offset, length })
      await addBlock({ store, out, goes }, { name, block, bytes })
    }
    return out.finish()
  } catch (error) {
    out.abort()
    throw error
  }
}

type ReadRange = (range: ByteRange) => Promise<Uint8Array>

/** Ranges that are read one behind the other, in few requests. */
function inWindows(read: ReadRange, size: number): ReadRange {
  let from = 0
  let window: Uint8Array = new Uint8Array(0)
  return async ({ offset, length }) => {
    if (offset < from || offset + length > from + window.length) {
      from = offset
      window = await read({ offset, length: Math.max(length, Math.min(WINDOW_BYTES, size - offset)) })
    }
    return window.subarray(offset - from, offset - from + length)
  }
}

/** Rows of one block, of which there is at least one. */
type BlockRows = [Row, ...Row[]]

/** In the order in which they lie. */
function blocksIn(rows: readonly Row[]): BlockRows[] {
  const blocks = new Map<number, BlockRows>()
  for (const row of rows) {
    const block = blocks.get(row.blockOffset)
    if (!block) blocks.set(row.blockOffset, [row])
    else if (block.every(({ offset }) => offset !== row.offset)) block.push(row)
  }
  for (const block of blocks.values()) block.sort((a, b) => a.offset - b.offset)
  return [...blocks.values()].sort(([a], [b]) => a.blockOffset - b.blockOffset)
}

interface Rewriting {
  store: ObjectStore
  out: PackBuilder
  goes: (id: Id) => boolean
}

async function addBlock(
  { store, out, goes }: Rewriting,
  { name, block, bytes }: { name: string; block: BlockRows; bytes: Uint8Array },
): Promise<void> {
  const header = decodeBlockHeader(bytes)
  const [first] = block
  const isWhole = header.items.length === block.length && blockLengthOf(header) === first.blockLength
  const isFree = !header.bases.some(goes) && !block.some(({ id }) => goes(id))
  if (isWhole && isFree) {
    if (header.bases.length === 0) out.addBlock(bytes, block)
    else out.addDelta(first.id, { block: Buffer.from(bytes), bases: header.bases }, first.length)
    return
  }
  await addItems({ store, out, goes }, { name, block, stored: { header, bytes } })
}

async function addItems(
  { store, out, goes }: Rewriting,
  {
    name,
    block,
    stored,
  }: { name: string; block: BlockRows; stored: { header: BlockHeader; bytes: Uint8Array } },
): Promise<void> {
  const { items } = await openBlock(blocksOf(store), () => stored, { pack: name, at: block[0].blockOffset })
  for (const row of block) {
    if (goes(row.id)) continue
    const item = items.find(({ offset, id }) => offset === row.offset && Buffer.compare(id, row.id) === 0)
    // Otherwise the row was wrong: nothing could be read by it.
    if (item) out.add(item.id, item.kind, item.bytes)
  }
}
