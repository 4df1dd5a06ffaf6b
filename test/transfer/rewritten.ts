// A store all of whose packs were rewritten, as a collector does it: the copies are named, then the old ones go.
import { changeRoot, openSegment, type Row, type SegmentRef } from '../../src/index/index.js'
import { decodeBlockHeader, type ItemKind, packKey } from '../../src/pack/index.js'
import type { Storage } from '../../src/storage/index.js'
import { ObjectStore, PackBuilder } from '../../src/store/index.js'

/** Every item in full, in a pack for each pack that was there. */
export async function rewritePacks(storage: Storage): Promise<void> {
  const store = new ObjectStore(storage)
  const { segments } = await store.index.root()
  const rows = new Map<string, Row[]>()
  for (const ref of segments)
    for await (const batch of (await openSegment(storage, ref)).rows())
      for (const row of batch) rows.set(row.pack, [...(rows.get(row.pack) ?? []), row])
  const written: SegmentRef[] = []
  for (const inPack of rows.values()) written.push(await rewrite(store, inPack))
  await changeRoot(storage, (root) => ({ ...root, generation: root.generation + 1, segments: written }))
  for (const pack of rows.keys()) await storage.delete(packKey(pack))
  for (const { key } of segments) await storage.delete(key)
}

async function rewrite(store: ObjectStore, rows: readonly Row[]): Promise<SegmentRef> {
  const { storage } = store
  const kinds = await Promise.all(rows.map((row) => kindOf(storage, row)))
  const builder = new PackBuilder(storage.temporaryPath(), kinds[0] === 'chunk' ? 'data' : 'node')
  for (const [i, row] of rows.entries()) builder.add(row.id, kinds[i]!, await store.readCopy(kinds[i]!, row))
  const { ref, path } = builder.finish()
  await storage.putFile(ref.key, path)
  return ref
}

async function kindOf(storage: Storage, row: Row): Promise<ItemKind> {
  const range = { offset: row.blockOffset, length: row.blockLength }
  let at = 0
  for (const { kind, length } of decodeBlockHeader(await storage.get(packKey(row.pack), range)).items) {
    if (at === row.offset) return kind
    at += length
  }
  throw new TypeError('no item begins there')
}
