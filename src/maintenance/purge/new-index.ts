// What the root is to name once packs were written anew: segments without the rows that leave, and the new packs.
import { Bits, type Row, type SegmentReader, type SegmentRef, thinSegment } from '../../index/index.js'
import type { ObjectStore } from '../../store/index.js'
import { packNames } from '../collect/pack-numbers.js'
import { type Affected, leaves, rowsInPack } from './affected-packs.js'
import type { Doomed } from './doomed.js'
import { rewritePack } from './rewrite-pack.js'

/** Writes the packs and segments. Nothing names them yet. */
export async function writeNewIndex(
  store: ObjectStore,
  doomed: Doomed,
  { affected, made }: { affected: Affected; made: string[] },
): Promise<SegmentRef[]> {
  const put = (ref: SegmentRef) => {
    made.push(ref.key)
    return ref
  }
  const packs: SegmentRef[] = []
  for (const pack of affected.packs.values()) {
    if (pack.size === 0) continue
    const { kind, rows } = await rowsInPack(store, pack)
    const goes = (id: Row['id']) => leaves(doomed, affected.nodePacks, { id, pack: pack.name })
    const rewritten = await rewritePack(store, { ...pack, kind, rows, goes })
    if (!rewritten) continue
    await store.storage.putFile(rewritten.ref.key, rewritten.path)
    packs.push(put(rewritten.ref))
  }
  const segments: SegmentRef[] = []
  for (const ref of (await store.index.root()).segments) {
    const reader = await store.index.segment(ref)
    const kept = await rowsThatStay(reader, { doomed, affected })
    if (!kept) segments.push(ref)
    else if (kept.count > 0) segments.push(put(await thinSegment(store.storage, reader, kept)))
  }
  return [...segments, ...packs]
}

/** Undefined: all of them. */
async function rowsThatStay(
  reader: SegmentReader,
  { doomed, affected }: { doomed: Doomed; affected: Affected },
): Promise<Bits | undefined> {
  const { packs, nodePacks } = affected
  const concerned = (await packNames(reader)).some((pack) => packs.has(pack) || nodePacks.has(pack))
  if (!concerned) return undefined
  const kept = new Bits(reader.shape.rows)
  let number = 0
  for await (const rows of reader.rows())
    for (const row of rows) {
      // Of packs that were written anew the new one's footer says what is in it; of those at a remote nobody else does.
      const isRewritten = (packs.get(row.pack)?.size ?? 0) > 0
      if (!isRewritten && !leaves(doomed, nodePacks, row) && !row.bases.some((id) => doomed.has(id)))
        kept.set(number)
      number++
    }
  return kept.count === reader.shape.rows ? undefined : kept
}
