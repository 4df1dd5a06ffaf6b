// What is whole in a damaged pack, put into a new one: into several if it held more than a writer puts into one. Blocks are found by a scan, so that a damaged header, footer or
// stretch in between costs only what it covers. Format: spec/05-packs.md, "Salvage".
import { isDvError } from '../../base/index.js'
import { reclaimZstdMemory } from '../../codec/index.js'
import type { Id } from '../../hash/index.js'
import type { SegmentRef } from '../../index/index.js'
import {
  type BlockHeader,
  blockLengthOf,
  decodeBlock,
  type ItemKind,
  PACK_BYTES_MAX,
  packKey,
  type PackKind,
  scanBlocks,
  type ScannedBlock,
} from '../../pack/index.js'
import { idOf, type ObjectStore } from '../../store/index.js'
import type { IdSet } from '../id-set.js'
import { asFinding } from '../problems.js'
import { PACK_ROWS_MAX, SalvagedPacks } from './salvaged-packs.js'

/** What the index said of a pack. */
export interface KnownItems {
  ids: IdSet
  /** The items of its delta blocks, by where these begin. */
  deltas: Map<number, Id>
}

export interface Salvaged {
  /** Packs that lie in the store now and that nothing names yet; none: nothing is whole. */
  refs: readonly SegmentRef[]
  kind: PackKind
  /** Where deltas begin that nobody knows the ids of, since what they stand on was not found: as many as a pack may have. */
  left: ReadonlySet<number>
}

export interface SalvageOptions {
  /** Only these items are taken; default: all that are of the pack's kind. */
  known?: KnownItems | undefined
  /** Only the deltas that begin here. */
  only?: ReadonlySet<number>
}

/** Undefined: the pack is not there, or nothing in it can be told from noise. */
export async function salvagePack(
  store: ObjectStore,
  name: string,
  { known, only }: SalvageOptions,
): Promise<Salvaged | undefined> {
  const bytes = await readPack(store, name)
  if (!bytes) return undefined
  const blocks = () => blocksIn(bytes, only)
  const [first] = blocks()
  if (!first) return undefined
  const kind = kindOf(first.header.items[0]!.kind)
  const packs = new SalvagedPacks(store.storage, kind)
  const left = new Set<number>()
  const salvage = { store, bytes, kind, known, packs, left }
  try {
    // Twice, rather than all headers in memory: a pack may be nothing but headers of thousands of empty items.
    for (const block of blocks()) await takeFull(salvage, block)
    for (const block of blocks()) await takeDelta(salvage, block)
    await packs.end()
    return { refs: packs.refs, kind, left }
  } catch (error) {
    packs.abort()
    throw error
  }
}

interface Salvage {
  store: ObjectStore
  bytes: Uint8Array
  kind: PackKind
  known: KnownItems | undefined
  packs: SalvagedPacks
  left: Set<number>
}

function* blocksIn(pack: Uint8Array, only: ReadonlySet<number> | undefined): Generator<ScannedBlock> {
  for (const block of scanBlocks(pack)) if (!only || only.has(block.offset)) yield block
}

async function readPack({ storage }: ObjectStore, name: string): Promise<Uint8Array | undefined> {
  const size = await storage.size(packKey(name))
  if (size === undefined) return undefined
  return storage.get(packKey(name), { offset: 0, length: Math.min(size, PACK_BYTES_MAX) })
}

async function takeFull({ bytes, kind, known, packs }: Salvage, { offset, header }: ScannedBlock) {
  if (header.bases.length > 0) return
  const block = bytes.subarray(offset, offset + blockLengthOf(header))
  const raw = tryDecode(() => decodeBlock(block, header))
  if (!raw) return
  const builder = packs.open
  const items: { id: Id; offset: number; length: number; kind: ItemKind }[] = []
  let at = 0
  for (const { kind, length } of header.items) {
    items.push({ id: idOf(kind, raw.subarray(at, at + length)), offset: at, length, kind })
    at += length
  }
  const isWanted = (item: (typeof items)[number]) =>
    kindOf(item.kind) === kind && !builder.has(item.id) && (known?.ids.has(item.id) ?? true)
  const wanted = items.filter(isWanted)
  if (wanted.length === items.length) builder.addBlock(block, items)
  else
    for (const { id, kind, offset, length } of wanted)
      builder.add(id, kind, raw.subarray(offset, offset + length))
  await packs.endIfFull()
  const pause = reclaimZstdMemory()
  if (pause) await pause
}

async function takeDelta(salvage: Salvage, { offset, header }: ScannedBlock): Promise<void> {
  const [item] = header.items
  const { bytes, kind, known, packs, left } = salvage
  const builder = packs.open
  if (header.bases.length === 0 || !item || kindOf(item.kind) !== kind) return
  const block = Buffer.from(bytes.subarray(offset, offset + blockLengthOf(header)))
  const bases = await basesOf(salvage, header)
  const raw = bases && tryDecode(() => decodeBlock(block, header, bases))
  // What it stands on may be what is damaged, and come back: then it is kept as it is. Whoever reads it verifies it.
  const id = bases ? raw && idOf(item.kind, raw) : known?.deltas.get(offset)
  if (!bases && !known && left.size < PACK_ROWS_MAX) left.add(offset)
  if (!id || builder.has(id) || known?.ids.has(id) === false) return
  builder.addDelta(id, { block, bases: [...header.bases] }, item.length)
  await packs.endIfFull()
}

/** Undefined: one of them is lost. */
async function basesOf({ store, packs }: Salvage, { bases, items }: BlockHeader) {
  const { kind } = items[0]!
  const read: Uint8Array[] = []
  for (const id of bases) {
    const built = packs.open.find(id)
    try {
      if (!built) read.push(await store.readFullCopy(kind, id))
      else read.push('bytes' in built ? built.bytes : await store.readCopy(kind, built.row, built.load))
    } catch (error) {
      asFinding(error)
      return undefined
    }
  }
  return read
}

function tryDecode(decode: () => Uint8Array): Uint8Array | undefined {
  try {
    return decode()
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

function kindOf(kind: ItemKind): PackKind {
  return kind === 'chunk' ? 'data' : 'node'
}
