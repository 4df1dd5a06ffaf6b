// Packs that stay whatever is needed keep their rows in the index, and whoever finds a row there finds all it refers to.
// So what such rows lead to is marked too.
import { asBuffer, isDvError } from '../../base/index.js'
import type { Id, ObjectKind } from '../../hash/index.js'
import { type Row, rowFields, rowWindows } from '../../index/index.js'
import { decodeBlockHeader, type ItemKind, packKey } from '../../pack/index.js'
import type { Storage } from '../../storage/index.js'
import type { Marker } from './mark.js'
import type { MarkedIndex, MarkedSegment } from './marked-index.js'
import { blockClasses } from './pack-numbers.js'

const ROWS_AT_ONCE = 4096
const HEADER_BYTES_MAX = 64 * 1024

export interface Staying {
  storage: Storage
  index: MarkedIndex
  marker: Marker
  staysWhole: (pack: string) => boolean
}

/** Marks what the rows of these segments lead to that lie in packs which stay. */
export async function markStaying(staying: Staying, segments: readonly MarkedSegment[]): Promise<void> {
  for (const segment of segments) {
    const stays = await blockClasses(segment.reader, (pack) => (staying.staysWhole(pack) ? 1 : 0))
    if (!stays) continue
    for await (const rows of unsettledRows(segment, stays)) {
      const some: Row[] = []
      for (const row of rows) some.push(await segment.reader.row(row))
      await markRows(staying, some)
    }
  }
}

/** Numbers of rows that are not marked, and of nodes that stand on others, which may not be. */
async function* unsettledRows(
  { reader, marked, nodes }: MarkedSegment,
  stays: Uint8Array,
): AsyncGenerator<number[]> {
  const fields = rowFields(reader)
  const { rowBytes } = reader.shape
  let rows: number[] = []
  for await (const { first, count, bytes } of rowWindows(reader)) {
    for (let i = 0; i < count; i++) {
      const at = i * rowBytes
      const isSettled = marked.has(first + i) && !(nodes.has(first + i) && fields.bases(bytes, at) > 0)
      if (!isSettled && stays[fields.block(bytes, at)] === 1) rows.push(first + i)
    }
    if (rows.length < ROWS_AT_ONCE) continue
    yield rows
    rows = []
  }
  yield rows
}

async function markRows(staying: Staying, rows: readonly Row[]): Promise<void> {
  const { marker, index } = staying
  const kindOf = kindsOf(staying.storage)
  const nodes = new Map<ObjectKind, Id[]>()
  for (const row of rows) {
    const wanted: Id[] = []
    for (const id of [row.id, ...row.bases]) if (!(await index.isMarked(id))) wanted.push(id)
    if (wanted.length === 0) continue
    const kind = await kindOf(row)
    if (kind === 'chunk' || kind === 'value') for (const id of wanted) await marker.leaf(id)
    else nodes.set(kind, [...(nodes.get(kind) ?? []), ...wanted])
  }
  // Nobody has asked for these yet: what is below them and cannot be read was lost before.
  for (const [kind, ids] of nodes) await marker.reach(kind, ids, { isNeeded: false })
}

/** What the item of a row is, which only its block says. */
function kindsOf(storage: Storage): (row: Row) => Promise<ItemKind> {
  const dataPacks = new Set<string>()
  return async ({ pack, blockOffset, blockLength, offset }) => {
    if (dataPacks.has(pack)) return 'chunk'
    const kind = await itemKind(storage, { pack, blockOffset, blockLength, offset })
    // The packs of chunks hold nothing else.
    if (kind === 'chunk') dataPacks.add(pack)
    return kind
  }
}

async function itemKind(
  storage: Storage,
  { pack, blockOffset, blockLength, offset }: Omit<Row, 'id' | 'bases' | 'length'>,
): Promise<ItemKind> {
  try {
    const range = { offset: blockOffset, length: Math.min(blockLength, HEADER_BYTES_MAX) }
    let at = 0
    for (const { kind, length } of decodeBlockHeader(asBuffer(await storage.get(packKey(pack), range)))
      .items) {
      if (at === offset) return kind
      at += length
    }
  } catch (error) {
    if (!isDvError(error, 'DV_NOT_FOUND')) throw error
    // Only packs of chunks are ever dropped.
  }
  return 'chunk'
}
