// Every byte of a pack: each block is read and decoded, each item hashed, and what the index says of it compared.
import { DvError, isDvError } from '../base/index.js'
import { reclaimZstdMemory } from '../codec/index.js'
import { type Id, idKey, sameId, shortHex, toHex } from '../hash/index.js'
import {
  type BlockHeader,
  BLOCK_STORED_MAX,
  blockLengthOf,
  decodeBlock,
  decodeBlockHeader,
  type ItemKind,
  PACK_HEADER_BYTES,
  packKey,
} from '../pack/index.js'
import { idOf } from '../store/index.js'
import type { Check, PackState } from './check.js'
import { footerRef, footerRows } from './check-pack.js'
import { PlaceTable } from './place-table.js'
import { asFinding, type Problem } from './problems.js'

export async function checkBlocks(check: Check): Promise<void> {
  const there = [...check.packs.values()].filter(({ size }) => size !== undefined)
  const chosen = check.choose?.(there.map(({ name, size = 0 }) => ({ name, size })))
  const packs = chosen ? there.filter(({ name }) => chosen.has(name)) : there
  const total = packs.reduce((sum, { size = 0 }) => sum + size, 0)
  for (const pack of packs) {
    await checkPackBlocks(check, pack, total)
    pack.isSound = !pack.isDamaged && !check.unsure.has(pack.name)
  }
}

async function checkPackBlocks(check: Check, pack: PackState, total: number): Promise<void> {
  const places = await placesOf(check, pack)
  if (!places) return
  let end = PACK_HEADER_BYTES
  for (const block of places.blocks()) {
    if (block.at !== end) failGap(check, pack, { from: end, to: block.at })
    end = block.at + block.size
    await checkBlock(check, pack, { ...block, places })
    check.checked.bytes += block.size
    check.onProgress({ phase: 'reading packs', done: check.checked.bytes, total, unit: 'bytes' })
    await check.step()
  }
  if (pack.footer && end !== pack.footer.offset) failGap(check, pack, { from: end, to: pack.footer.offset })
  check.checked.bytes += (pack.size ?? 0) - end + PACK_HEADER_BYTES
}

/** What should be where, by the footer, or by what else the index has; undefined when nothing says so. */
async function placesOf(check: Check, pack: PackState): Promise<PlaceTable | undefined> {
  const places = new PlaceTable()
  if (pack.problem || pack.size === undefined) return undefined
  if (pack.footer) {
    for await (const rows of footerRows(check, await footerRef(check, pack))) places.add(rows)
    return places
  }
  const { segments } = await check.store.index.root()
  for (const ref of segments.filter((ref) => !check.damagedSegments.includes(ref))) {
    const reader = await check.store.index.segment(ref)
    for await (const rows of reader.rows()) places.add(rows.filter((row) => row.pack === pack.name))
  }
  return places
}

function failGap(check: Check, pack: PackState, { from, to }: { from: number; to: number }): void {
  const what = to < from ? `Two blocks overlap at byte ${to}` : `Bytes ${from} to ${to} belong to no block`
  pack.isDamaged = true
  check.problems.add({ kind: 'damaged', object: 'pack', name: pack.name, what })
}

interface BlockCheck {
  at: number
  size: number
  /** Rows of the table. */
  rows: readonly number[]
  places: PlaceTable
}

async function checkBlock(check: Check, pack: PackState, block: BlockCheck): Promise<void> {
  const { at, size, rows, places } = block
  let header: BlockHeader | undefined
  try {
    const bytes = await check.store.storage.get(packKey(pack.name), {
      offset: at,
      length: Math.min(size, BLOCK_STORED_MAX),
    })
    header = decodeBlockHeader(bytes)
    const raw = await decode(check, header, bytes)
    await checkItems(check, pack, { block, header, raw })
  } catch (error) {
    // What it stands on is at a remote: its bytes cannot be checked here.
    if (isDvError(error, 'DV_ABSENT')) return void check.unsure.add(pack.name)
    // It was garbage when its base went, and only its pack still holds it.
    if (isBaseMissing(error) && !(await isNamed(check, pack, block))) return
    const { kind, what } = asFinding(error)
    if (isDvError(error, 'DV_IO') && error.data['base'] !== undefined) check.unsure.add(pack.name)
    else pack.isDamaged = true
    const only = rows.length === 1 ? places.id(rows[0]!) : undefined
    const problem = check.problems.add({
      kind,
      object: only ? (header?.items[0]?.kind ?? 'item') : 'block',
      name: only ? toHex(only) : `${pack.name}@${at}`,
      what: `In pack '${pack.name}' at byte ${at}${only ? '' : `, ${rows.length} items`}: ${what}`,
    })
    for (const row of rows) await giveUp(check, places.id(row), kindAt(header, places, row), problem)
  }
  const pause = reclaimZstdMemory()
  if (pause) await pause
}

function isBaseMissing(error: unknown): boolean {
  return isDvError(error, 'DV_IO') && isDvError(error.cause, 'DV_MISSING_OBJECT')
}

/** Whether the index names anything in a block. */
async function isNamed(check: Check, pack: PackState, { at, rows, places }: BlockCheck): Promise<boolean> {
  for (const row of rows)
    for (const copy of await check.rowsOf(places.id(row)))
      if (copy.pack === pack.name && copy.blockOffset === at) return true
  return false
}

async function decode(check: Check, header: BlockHeader, bytes: Uint8Array): Promise<Uint8Array> {
  const bases: Uint8Array[] = []
  for (const id of header.bases) {
    try {
      bases.push(await check.store.readFullCopy(header.items[0]!.kind, id))
    } catch (error) {
      if (isDvError(error, 'DV_ABSENT')) throw error
      const { what } = asFinding(error)
      throw new DvError('DV_IO', `Its base '${shortHex(id)}' cannot be read. ${what}`, {
        data: { base: toHex(id) },
        cause: error,
      })
    }
  }
  return decodeBlock(bytes, header, bases)
}

/** Each item must hash to the id that a row gives it, and each row must have an item. */
async function checkItems(
  check: Check,
  pack: PackState,
  { block, header, raw }: { block: BlockCheck; header: BlockHeader; raw: Uint8Array },
): Promise<void> {
  const { places, at, rows } = block
  const left = new Map(rows.map((row) => [places.numbers(row).offset, row]))
  let unnamed = 0
  let offset = 0
  if (blockLengthOf(header) !== block.size) unnamed++
  for (const { kind, length } of header.items) {
    const row = left.get(offset)
    const numbers = row === undefined ? undefined : places.numbers(row)
    if (numbers?.length === length && numbers.bases === header.bases.length) {
      left.delete(offset)
      const bytes = raw.subarray(offset, offset + length)
      if (!sameId(idOf(kind, bytes), places.id(row!)))
        await failItem(check, pack, { id: places.id(row!), kind, at })
    } else if (length > 0) unnamed++
    offset += length
  }
  for (const row of left.values())
    await failItem(check, pack, { id: places.id(row), kind: kindAt(header, places, row), at })
  if (unnamed === 0) return
  pack.isDamaged = true
  const what = `In pack '${pack.name}' the block at byte ${at} and the index do not agree on what it holds`
  check.problems.add({ kind: 'damaged', object: 'block', name: `${pack.name}@${at}`, what })
}

async function failItem(
  check: Check,
  pack: PackState,
  { id, kind, at }: { id: Id; kind: ItemKind | undefined; at: number },
): Promise<void> {
  pack.isDamaged = true
  const problem = check.problems.add({
    kind: 'damaged',
    object: kind ?? 'item',
    name: toHex(id),
    what: `In pack '${pack.name}' at byte ${at}: the bytes of '${shortHex(id)}' are not what their id says`,
  })
  await giveUp(check, id, kind, problem)
}

/** The item is lost unless another copy of it is whole. */
async function giveUp(check: Check, id: Id, kind: ItemKind | undefined, problem: Problem): Promise<void> {
  try {
    if (kind) {
      await check.store.readItem(kind, id)
      return
    }
  } catch (error) {
    if (!isDvError(error)) throw error
  }
  check.lost.set(idKey(id), problem)
}

function kindAt(header: BlockHeader | undefined, places: PlaceTable, row: number): ItemKind | undefined {
  let offset = 0
  for (const { kind, length } of header?.items ?? []) {
    if (offset === places.numbers(row).offset) return kind
    offset += length
  }
  return undefined
}
