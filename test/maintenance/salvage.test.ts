// Packs that nobody's writer would make, salvaged: by the id alone, as nothing is known of them.
import test from 'ava'
import { hashChunk } from '../../src/hash/index.js'
import { salvagePack } from '../../src/maintenance/repair/salvage-pack.js'
import { encodeBlock, encodePackHeader, packKey } from '../../src/pack/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import { ObjectStore, publishPacks } from '../../src/store/index.js'

const ITEMS_A_BLOCK = 4096
const ITEM_BYTES = 3

/** A pack without a footer, of blocks that have as many items as a header takes. */
function packOfCrumbs(blocks: number): { pack: Buffer; items: Buffer[] } {
  const items: Buffer[] = []
  const parts: Uint8Array[] = [encodePackHeader('data')]
  for (let block = 0; block < blocks; block++) {
    const raw = Buffer.alloc(ITEMS_A_BLOCK * ITEM_BYTES)
    for (let i = 0; i < ITEMS_A_BLOCK; i++)
      raw.writeUIntLE(block * ITEMS_A_BLOCK + i, i * ITEM_BYTES, ITEM_BYTES)
    for (let i = 0; i < ITEMS_A_BLOCK; i++) items.push(raw.subarray(i * ITEM_BYTES, (i + 1) * ITEM_BYTES))
    parts.push(
      encodeBlock(
        Array.from({ length: ITEMS_A_BLOCK }, () => ({ kind: 'chunk', length: ITEM_BYTES })),
        raw,
      ),
    )
  }
  return { pack: Buffer.concat(parts), items }
}

test('items by the hundred thousand go into several packs, each of no more rows than a writer gives one', async (t) => {
  const storage = memoryStorage()
  const { pack, items } = packOfCrumbs(130)
  await storage.put(packKey('crumbs'), pack)
  const salvaged = (await salvagePack(new ObjectStore(storage), 'crumbs', {}))!
  const rows = salvaged.refs.map((ref) => ref.rows)
  t.is(
    rows.reduce((sum, count) => sum + count, 0),
    items.length,
  )
  t.deepEqual(rows, [262_144, 262_144, 8192])
  await publishPacks(storage, salvaged.refs)
  const store = new ObjectStore(storage)
  for (let i = 0; i < items.length; i += 4001)
    t.deepEqual(Buffer.from(await store.readChunk(hashChunk(items[i]!))), items[i])
})

test('what a writer puts into one pack becomes one again, and nothing becomes none', async (t) => {
  const storage = memoryStorage()
  await storage.put(packKey('few'), packOfCrumbs(3).pack)
  await storage.put(packKey('noise'), Buffer.alloc(5000, 'noise'))
  const store = new ObjectStore(storage)
  t.deepEqual(
    (await salvagePack(store, 'few', {}))!.refs.map((ref) => ref.rows),
    [3 * 4096],
  )
  t.is(await salvagePack(store, 'noise', {}), undefined)
  t.is(await salvagePack(store, 'none', {}), undefined)
})
