// What is needed of packs that go is written into packs of its own first, in the order in which it lies there; and nodes
// that stand on garbage are written in full, wherever they are.
import { type Id, ID_BYTES } from '../../hash/index.js'
import { matchRows, type Row, rowFields, rowWindows, sortedIds } from '../../index/index.js'
import { decodePackHeader, PACK_HEADER_BYTES, type PackKind, packKey } from '../../pack/index.js'
import type { ObjectStore } from '../../store/index.js'
import { repack, type RepackOptions } from '../../transfer/index.js'
import { FATE, type Fate } from './garbage.js'
import type { MarkedIndex, MarkedSegment } from './marked-index.js'
import { blockClasses } from './pack-numbers.js'
import { isStale, type PackTally } from './tally.js'

/** Rows that are moved at once, which bounds memory. */
const ROWS_AT_ONCE = 2 ** 18
const LOOKED_UP_AT_ONCE = 4096

export interface Moving {
  store: ObjectStore
  index: MarkedIndex
  tallies: ReadonlyMap<string, PackTally>
  /** Of packs that a collection lists; the others stay. */
  fates: ReadonlyMap<string, Fate>
  signal?: AbortSignal | undefined
}

/** Moves what has to be moved, or a part of it: then the root is another one, and there may be more. Returns the bytes
 * written, 0 when nothing is left to be moved. */
export async function moveNeeded(moving: Moving): Promise<number> {
  const stale = (_: string, isStaleRow: boolean) => isStaleRow
  const written = await move(moving, stale, { kind: 'node', inFull: true })
  if (written > 0) return written
  for (const packs of await packsTogether(moving)) {
    const inGroup = (pack: string, isStaleRow: boolean) => packs.names.has(pack) && !isStaleRow
    const bytes = await move(moving, inGroup, { kind: packs.kind })
    if (bytes > 0) return bytes
  }
  return 0
}

async function move(moving: Moving, isMeant: IsMeant, how: Omit<RepackOptions, 'signal' | 'exact'>) {
  return repack(moving.store, rowsToMove(moving, isMeant), { ...how, exact: true, signal: moving.signal })
}

/** Whether a row is of those that are moved now. */
type IsMeant = (pack: string, isStaleRow: boolean) => boolean

interface Group {
  kind: PackKind
  names: Set<string>
  rows: number
}

/** Packs that go and of which something is needed, as many together as may be moved at once. */
async function packsTogether({ store, tallies, fates }: Moving): Promise<Group[]> {
  const groups: Group[] = []
  for (const [name, fate] of fates) {
    const rows = tallies.get(name)?.rows ?? 0
    if (fate !== FATE.goes || rows === 0) continue
    const header = await store.storage.get(packKey(name), { offset: 0, length: PACK_HEADER_BYTES })
    const kind = decodePackHeader(header)
    const group = groups.find((one) => one.kind === kind && one.rows + rows <= ROWS_AT_ONCE)
    if (group) {
      group.names.add(name)
      group.rows += rows
    } else groups.push({ kind, names: new Set([name]), rows })
  }
  return groups
}

/** A row that does not stay where it is, though its item is needed. */
interface Leaving {
  row: Row
  isStaleRow: boolean
}

async function* rowsToMove(moving: Moving, isMeant: IsMeant): AsyncGenerator<Row> {
  let count = 0
  for (const segment of moving.index.segments) {
    for await (const some of leavingRows(moving, segment, isMeant)) {
      for (const row of await withoutOtherCopies(moving, some)) {
        yield row
        if (++count === ROWS_AT_ONCE) return
      }
    }
  }
}

async function* leavingRows(
  { index, fates }: Moving,
  segment: MarkedSegment,
  isMeant: IsMeant,
): AsyncGenerator<Leaving[]> {
  const { reader, marked } = segment
  const classes = await blockClasses(reader, (pack) => fates.get(pack) ?? FATE.stays)
  if (!classes) return
  const fields = rowFields(reader)
  let some: Leaving[] = []
  for await (const { first, count, bytes } of rowWindows(reader)) {
    for (let row = marked.next(first); row < first + count; row = marked.next(row + 1)) {
      const at = (row - first) * reader.shape.rowBytes
      const fate = classes[fields.block(bytes, at)]
      const bases = fields.bases(bytes, at)
      if (fate === FATE.stays || (fate === FATE.thinned && bases === 0)) continue
      const isStaleRow = bases > 0 && (await isStale(index, segment, { row, bases }))
      if (fate === FATE.thinned && !isStaleRow) continue
      const whole = await reader.row(row)
      if (isMeant(whole.pack, isStaleRow)) some.push({ row: whole, isStaleRow })
      if (some.length < LOOKED_UP_AT_ONCE) continue
      yield some
      some = []
    }
  }
  yield some
}

/** Of which copies there are of an item. */
const COPY = { stays: 1, staysInFull: 2, leavesInFull: 4 } as const

/** Those of the rows that nothing else stands in for: a full copy that stays; for a delta, which nothing stands on, any
 * copy that stays, or a full one that leaves and is moved in its turn. */
async function withoutOtherCopies(moving: Moving, leaving: readonly Leaving[]): Promise<Row[]> {
  const ids = sortedIds(Buffer.concat(leaving.map(({ row }) => row.id)))
  const copies = await copiesOf(moving, ids)
  const places = new Map<string, number>()
  for (let at = 0; at < ids.length; at += ID_BYTES)
    places.set(ids.toString('latin1', at, at + ID_BYTES), at / ID_BYTES)
  const isMissing = ({ id, bases }: Row) => {
    const known = copies[places.get(keyOf(id))!]!
    return bases.length === 0 ? (known & COPY.staysInFull) === 0 : known === 0
  }
  return leaving.filter(({ row }) => isMissing(row)).map(({ row }) => row)
}

async function copiesOf({ index, fates }: Moving, ids: Buffer): Promise<Uint8Array> {
  const copies = new Uint8Array(ids.length / ID_BYTES)
  for (const segment of index.segments) {
    const matches: { row: number; place: number; bases: number }[] = []
    await matchRows(segment.reader, ids, (match) => void matches.push(match))
    for (const { row, place, bases } of matches) {
      const { pack } = await segment.reader.row(row)
      const leaves =
        fates.get(pack) === FATE.goes || (fates.has(pack) && (await isStale(index, segment, { row, bases })))
      if (!leaves) copies[place]! |= bases === 0 ? COPY.stays | COPY.staysInFull : COPY.stays
      else if (bases === 0) copies[place]! |= COPY.leavesInFull
    }
  }
  return copies
}

function keyOf(id: Id): string {
  return Buffer.from(id.buffer, id.byteOffset, ID_BYTES).toString('latin1')
}
