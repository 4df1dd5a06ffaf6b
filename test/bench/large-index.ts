// A repository of very many chunks that were never bytes: index, recipes, manifest and commits are made through dv's own
// rooms, the packs of chunks are as long as they would be and empty. So what a collector needs can be measured:
//
//   node build/test/bench/large-index.js DIRECTORY [CHUNKS]
//   /usr/bin/time -v bin/dv -C DIRECTORY gc --now --operations 0d
//
// Every second file is only in a commit that was taken back: half of the chunks are garbage.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApi } from '../../src/api/index.js'
import { closeContext, type Context, currentHead, openContext } from '../../src/api/context.js'
import { perform } from '../../src/api/perform.js'
import { type ChunkId, type ContentId, hashChunk, ID_BYTES } from '../../src/hash/index.js'
import { addSegments, encodeTable, mergeSegments, RowTable, type SegmentRef } from '../../src/index/index.js'
import { buildManifest, type PathEntry } from '../../src/manifest/index.js'
import { type ChunkRef, encodeCommit, NO_METADATA } from '../../src/objects/index.js'
import { encodePackHeader, newPackName, packKey } from '../../src/pack/index.js'
import { writeRecipe } from '../../src/recipe/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'

const CHUNK_BYTES = 128 * 1024
const STORED_BYTES = 60 * 1024
const PACK_CHUNKS = 800
const FILE_CHUNKS = 8 * PACK_CHUNKS
/** Rows of a segment before it is merged, and how many are merged. */
const SEGMENT_FILES = 32
const MERGED = 16

/** Chunk `i` of all. Its id is as good as a hash: uniform, and made of nothing else. */
function chunkAt(i: number): ChunkRef {
  const id = Buffer.allocUnsafe(ID_BYTES)
  for (let word = 0; word < ID_BYTES / 4; word++) {
    let x = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(word + 1, 0x85ebca6b)
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
    id.writeInt32LE(x ^ (x >>> 16), word * 4)
  }
  return { id: id as Uint8Array as ChunkId, length: CHUNK_BYTES }
}

export async function makeLargeIndex(root: string, chunks: number): Promise<void> {
  const files = Math.ceil(chunks / FILE_CHUNKS)
  fs.mkdirSync(root, { recursive: true })
  const surroundings = { cwd: root, env: {}, clock: Date.now, zone: 0 }
  await createApi(surroundings).init({})
  const context = await openContext(surroundings)
  try {
    await makeIndex(context, files)
    const nodes = new StoreWriter(context.store, { kind: 'node' })
    const entries: PathEntry[] = []
    for (let file = 0; file < files; file++) entries.push(await makeFile(nodes, file))
    const kept = entries.filter((_, file) => file % 2 === 0)
    await record(context, nodes, { entries, message: 'All' })
    await record(context, nodes, { entries: kept, message: 'Every second' })
  } finally {
    await closeContext(context)
  }
}

async function makeIndex({ storage }: Context, files: number): Promise<void> {
  let small: SegmentRef[] = []
  const live: SegmentRef[] = []
  for (let first = 0; first < files; first += SEGMENT_FILES) {
    small.push(await makeSegment(storage.properties.localRoot, first, Math.min(files, first + SEGMENT_FILES)))
    if (small.length < MERGED && first + SEGMENT_FILES < files) continue
    live.push(small.length === 1 ? small[0]! : await mergeSegments(storage, small))
    for (const { key } of small) if (!live.some((ref) => ref.key === key)) await storage.delete(key)
    small = []
  }
  await addSegments(storage, live)
}

async function makeSegment(store: string, from: number, to: number): Promise<SegmentRef> {
  const table = new RowTable()
  let pack = ''
  for (let i = from * FILE_CHUNKS; i < to * FILE_CHUNKS; i++) {
    const place = i % PACK_CHUNKS
    if (place === 0) pack = makePack(store)
    const block = table.addBlock({ pack, at: 16 + place * STORED_BYTES, size: STORED_BYTES })
    const { id, length } = chunkAt(i)
    table.add(id, { block, offset: 0, length, bases: [] })
  }
  const bytes = encodeTable(table)
  const key = `segments/${newPackName()}`
  fs.writeFileSync(path.join(store, key), bytes)
  return { key, offset: 0, length: bytes.length, rows: table.count }
}

/** A file with a hole in it. */
function makePack(store: string): string {
  const name = newPackName()
  const file = path.join(store, packKey(name))
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.mkdirSync(path.join(store, 'segments'), { recursive: true })
  fs.writeFileSync(file, encodePackHeader('data'))
  fs.truncateSync(file, 32 + PACK_CHUNKS * (STORED_BYTES + 60))
  return name
}

async function makeFile(nodes: StoreWriter, file: number): Promise<PathEntry> {
  function* chunks() {
    for (let i = 0; i < FILE_CHUNKS; i++) yield chunkAt(file * FILE_CHUNKS + i)
  }
  const recipe = await writeRecipe(nodes, chunks())
  const content: ContentId = hashChunk(Buffer.from(`file ${file}`))
  const name = `data/part-${String(file).padStart(6, '0')}`
  return [name, { kind: 'file', size: FILE_CHUNKS * CHUNK_BYTES, content, recipe }]
}

/** In the place of what the branch had before, as an amended commit. */
async function record(
  context: Context,
  nodes: StoreWriter,
  { entries, message }: { entries: readonly PathEntry[]; message: string },
): Promise<void> {
  const manifest = await buildManifest(nodes, entries)
  const author = { name: 'Ada', email: 'ada@example.org', time: Date.now(), zone: 0 }
  const commit = { manifest, parents: [], author, committer: author, message, metadata: NO_METADATA }
  const target = await nodes.writeObject('commit', encodeCommit(commit))
  await publishPacks(context.storage, await nodes.finish())
  await context.store.index.refresh()
  const main = { ref: 'refs/heads/main', expected: (await currentHead(context)).stored, next: { target } }
  await perform(context, { verb: 'commit', args: [message], refs: [main] })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , root, chunks = '20000000'] = process.argv
  if (root === undefined) throw new Error('usage: large-index.js DIRECTORY [CHUNKS]')
  await makeLargeIndex(root, Number(chunks))
}
