// Measures the manifest on many paths: node build-NAME/test/manifest/measure.js [ENTRIES]. Not a test.
import { type ContentId, hashChunk } from '../../src/hash/index.js'
import type { FileEntry } from '../../src/objects/index.js'
import {
  buildManifest,
  diffManifests,
  editManifest,
  iterEntries,
  listDirectory,
  lookup,
  type PathEntry,
} from '../../src/manifest/index.js'
import { memoryObjects } from '../helpers/memory-objects.js'

const count = Number(process.argv[2] ?? 1_000_000)
const store = memoryObjects()
const pool = Array.from({ length: 1000 }, (_, i) => hashChunk(Buffer.from(`${i}`)) as ContentId)
const pathOf = (i: number) =>
  `data/part-${String(Math.floor(i / 1000)).padStart(6, '0')}/image-${String(i).padStart(8, '0')}.jpg`
const entryOf = (i: number): FileEntry => ({
  kind: 'file',
  size: i % 5000,
  content: pool[i % 1000]!,
  recipe: { form: 'whole' },
})

function* entries(): Generator<PathEntry> {
  for (let i = 0; i < count; i++) yield [pathOf(i), entryOf(i)]
}

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  store.reads = 0
  store.writes.length = 0
  const start = performance.now()
  const result = await work()
  const bytes = store.writes.reduce((sum, write) => sum + write.bytes, 0)
  const ms = Math.round(performance.now() - start)
  console.log(`${name}: ${ms} ms, ${store.reads} reads, ${store.writes.length} writes, ${bytes} bytes`)
  return result
}

async function countDiff(pair: [Uint8Array, Uint8Array]): Promise<number> {
  let changes = 0
  for await (const batch of diffManifests(store, pair)) changes += batch.length
  return changes
}

const all = [...entries()]
const root = await timed('build', () => buildManifest(store, all))
const one = await timed('edit one', () => editManifest(store, root, [[pathOf(count >> 1), entryOf(7)]]))
await timed('insert one', () => editManifest(store, root, [[`${pathOf(count >> 1)}x`, entryOf(7)]]))
await timed('delete one', () => editManifest(store, root, [[pathOf(count >> 1), undefined]]))
const hundred = await timed('edit 100', () =>
  editManifest(
    store,
    root,
    Array.from({ length: 100 }, (_, i) => [pathOf(Math.floor((i * count) / 100)), entryOf(11)] as const),
  ),
)
console.log('changes', await timed('diff one', () => countDiff([root, one])))
console.log('changes', await timed('diff 100', () => countDiff([root, hundred])))
await timed('lookup', () => lookup(store, root, pathOf(count >> 2)))
let seen = 0
await timed('iterate', async () => {
  for await (const batch of iterEntries(store, root)) seen += batch.length
})
await timed('list root', async () => {
  for await (const batch of listDirectory(store, root, '')) console.log(JSON.stringify(batch))
})
await timed('list data', async () => {
  let items = 0
  for await (const batch of listDirectory(store, root, 'data')) items += batch.length
  console.log(items)
})
await timed('edit 1%', () =>
  editManifest(
    store,
    root,
    Array.from({ length: count / 100 }, (_, i) => [pathOf(i * 100), entryOf(11)] as const),
  ),
)
console.log(seen, 'heap', Math.round(process.memoryUsage().rss / 1e6), 'MB rss')
