// A repository of very many small files that were never files: the chunks of their contents, the manifest and two
// commits are made through dv's own rooms, so that manifests of millions can be measured without as many inodes.
import fs from 'node:fs'
import { createApi } from '../../src/api/index.js'
import { closeContext, type Context, currentHead, openContext } from '../../src/api/context.js'
import { perform } from '../../src/api/perform.js'
import { type CommitId, type ContentId, hashChunk, ID_BYTES, type ManifestId } from '../../src/hash/index.js'
import { buildManifest, type Edit, editManifest, type PathEntry } from '../../src/manifest/index.js'
import { encodeCommit, type FileEntry, type Metadata, NO_METADATA } from '../../src/objects/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'

export interface LargeManifestOptions {
  files: number
  /** Each content is stored that many times over: 1, the index has a row for each file as it would in life. */
  copies?: number
  /** Files that differ between the two commits, spread evenly. Default 100. */
  changed?: number
  /** What a file holds in a version. Default its number and the version. */
  textOf?: (i: number, version: 1 | 2) => string
  /** What is recorded beside each file. Default nothing. */
  metadataOf?: (i: number) => Metadata
}

export interface LargeManifest {
  /** Milliseconds, until all is durable. */
  contents: number
  build: number
  edit: number
}

const FOLDER_FILES = 1000

/** Nine of ten files lie in folders of a thousand, the last tenth in one large folder. */
export function pathOf(i: number, files: number): string {
  const name = `image-${String(i).padStart(8, '0')}.jpg`
  if (i * 10 >= files * 9) return `flat/${name}`
  return `data/part-${String(Math.floor(i / FOLDER_FILES)).padStart(6, '0')}/${name}`
}

/** Makes a repository at `root`, whose branch 'main' has two commits, the first of them tagged 'first'. */
export async function makeLargeManifest(root: string, options: LargeManifestOptions): Promise<LargeManifest> {
  const { files, copies = 1, changed = 100, textOf = shortText, metadataOf } = options
  fs.mkdirSync(root, { recursive: true })
  const surroundings = { cwd: root, env: {}, clock: Date.now, zone: 0 }
  await createApi(surroundings).init({})
  const context = await openContext(surroundings)
  try {
    let stored: Contents
    const changes = Array.from({ length: changed }, (_, i) => Math.floor((i * files) / changed))
    const contents = await timed(async () => {
      stored = await storeContents(context, { count: Math.ceil(files / copies), changes, textOf })
    })
    let manifest: ManifestId
    let first: CommitId
    const build = await timed(async () => {
      const nodes = new StoreWriter(context.store, { kind: 'node' })
      manifest = await buildManifest(nodes, entries(files, { ...stored, metadataOf }))
      first = await record(context, nodes, { manifest, message: 'First' })
    })
    const edit = await timed(async () => {
      const nodes = new StoreWriter(context.store, { kind: 'node' })
      const edited = await editManifest(nodes, manifest, edits(files, { changes, textOf, metadataOf }))
      await record(context, nodes, { manifest: edited, message: 'Second', parent: first })
    })
    return { contents, build, edit }
  } finally {
    await closeContext(context)
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

type TextOf = (i: number, version: 1 | 2) => string

function shortText(i: number, version: 1 | 2): string {
  return `${i} ${version}\n`
}

/** In slabs, so that what is measured is not the making of them. */
interface Contents {
  ids: Buffer
  sizes: Uint32Array
}

async function storeContents(
  { store, storage }: Context,
  { count, changes, textOf }: { count: number; changes: readonly number[]; textOf: TextOf },
): Promise<Contents> {
  const ids = Buffer.alloc(count * ID_BYTES)
  const sizes = new Uint32Array(count)
  const data = new StoreWriter(store, { kind: 'data' })
  const write = async (text: Buffer) => {
    const id = hashChunk(text)
    await data.writeChunk(id, text)
    return id
  }
  for (let i = 0; i < count; i++) {
    const text = Buffer.from(textOf(i, 1))
    ids.set(await write(text), i * ID_BYTES)
    sizes[i] = text.length
  }
  for (const i of changes) await write(Buffer.from(textOf(i, 2)))
  await publishPacks(storage, await data.finish())
  await store.index.refresh()
  return { ids, sizes }
}

type MetadataOf = LargeManifestOptions['metadataOf']

function described(entry: FileEntry, metadata: Metadata | undefined): FileEntry {
  return metadata ? { ...entry, metadata: { form: 'inline', metadata } } : entry
}

function* entries(
  files: number,
  { ids, sizes, metadataOf }: Contents & { metadataOf: MetadataOf },
): Generator<PathEntry> {
  const recipe = { form: 'whole' } as const
  for (let i = 0; i < files; i++) {
    const which = i % sizes.length
    const content = ids.subarray(which * ID_BYTES, (which + 1) * ID_BYTES) as ContentId
    const entry: FileEntry = { kind: 'file', size: sizes[which]!, content, recipe }
    yield [pathOf(i, files), described(entry, metadataOf?.(i))]
  }
}

function* edits(
  files: number,
  { changes, textOf, metadataOf }: { changes: readonly number[]; textOf: TextOf; metadataOf: MetadataOf },
): Generator<Edit> {
  for (const i of changes) {
    const text = Buffer.from(textOf(i, 2))
    const content = hashChunk(text) as Uint8Array as ContentId
    const entry: FileEntry = { kind: 'file', size: text.length, content, recipe: { form: 'whole' } }
    yield [pathOf(i, files), described(entry, metadataOf?.(i))]
  }
}

interface NewCommit {
  manifest: ManifestId
  message: string
  parent?: CommitId
}

/** Publishes the nodes with a commit, then moves the branch, as `dv commit` does. */
async function record(
  context: Context,
  nodes: StoreWriter,
  { manifest, message, parent }: NewCommit,
): Promise<CommitId> {
  const author = { name: 'Ada', email: 'ada@example.org', time: Date.now(), zone: 0 }
  const commit = { manifest, parents: parent ? [parent] : [], author, committer: author, message }
  const target = await nodes.writeObject('commit', encodeCommit({ ...commit, metadata: NO_METADATA }), parent)
  await publishPacks(context.storage, await nodes.finish())
  await context.store.index.refresh()
  const main = { ref: 'refs/heads/main', expected: (await currentHead(context)).stored, next: { target } }
  const tag = { ref: 'refs/tags/first', expected: undefined, next: { target } }
  await perform(context, { verb: 'commit', args: [message], refs: parent ? [main] : [main, tag] })
  return target
}
