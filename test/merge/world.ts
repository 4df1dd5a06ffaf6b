// Trees with real chunks in memory, for tests of diff and merge.
import { comparePaths } from '../../src/base/index.js'
import { type ChunkId, type CommitId, hashChunk, type ManifestId } from '../../src/hash/index.js'
import { buildManifest, iterEntries } from '../../src/manifest/index.js'
import {
  commitId,
  encodeCommit,
  type Entry,
  type FileEntry,
  isFile,
  type Metadata,
  NO_METADATA,
} from '../../src/objects/index.js'
import { writeRecipe } from '../../src/recipe/index.js'
import type { FileAccess } from '../../src/merge/index.js'
import { type MemoryObjects, memoryObjects } from '../helpers/memory-objects.js'

export interface World {
  store: MemoryObjects
  files: FileAccess
  /** Text makes a file; an entry stands as it is. */
  tree(entries: Record<string, string | Entry>): Promise<ManifestId>
  /** The text of files; 'KIND' or '-> TARGET' of the rest. */
  show(root: ManifestId): Promise<Record<string, string>>
  commit(tree: ManifestId, parents: CommitId[], time: number): Promise<CommitId>
  file(text: string | Uint8Array, extra?: Partial<FileEntry>): FileEntry
}

export function world(): World {
  const store = memoryObjects()
  function file(text: string | Uint8Array, extra: Partial<FileEntry> = {}): FileEntry {
    const bytes = Buffer.from(text)
    store.addChunk(bytes)
    return {
      kind: 'file',
      size: bytes.length,
      content: hashChunk(bytes),
      recipe: { form: 'whole' },
      ...extra,
    }
  }
  const files: FileAccess = {
    read: async ({ content, size }) =>
      size === 0 ? Buffer.alloc(0) : store.readChunk(content as Uint8Array as ChunkId),
    async write(bytes) {
      const { size, content, recipe } = file(bytes)
      return { size, content, recipe }
    },
  }
  return {
    store,
    files,
    file,
    tree(entries) {
      const list = Object.entries(entries).map(
        ([path, entry]) => [path, typeof entry === 'string' ? file(entry) : entry] as const,
      )
      return buildManifest(
        store,
        list.sort(([a], [b]) => comparePaths(a, b)),
      )
    },
    async show(root) {
      const shown: Record<string, string> = {}
      for await (const batch of iterEntries(store, root)) {
        for (const [path, entry] of batch) {
          if (isFile(entry)) shown[path] = Buffer.from((await files.read(entry))!).toString()
          else shown[path] = entry.kind === 'symlink' ? `-> ${entry.target}` : entry.kind.toUpperCase()
        }
      }
      return shown
    },
    async commit(manifest, parents, time) {
      const signature = { name: 'A', email: 'a@example.org', time, zone: 0 }
      const bytes = encodeCommit({
        manifest,
        parents,
        author: signature,
        committer: signature,
        message: '',
        metadata: NO_METADATA,
      })
      await store.writeObject('commit', bytes)
      return commitId(bytes)
    },
  }
}

export function metadata(values: Record<string, string>): Metadata {
  // Sorted: ava compares the order of maps too.
  return new Map(
    Object.entries(values)
      .sort()
      .map(([key, value]) => [key, { type: 'string' as const, value }]),
  )
}

export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const batch of batches) items.push(...batch)
  return items
}

/** A file cut into these chunks. */
export async function chunksFile({ store }: World, pieces: readonly string[]): Promise<FileEntry> {
  const chunks = pieces.map((piece) => ({ id: store.addChunk(Buffer.from(piece)), length: piece.length }))
  const bytes = Buffer.from(pieces.join(''))
  return {
    kind: 'file',
    size: bytes.length,
    content: hashChunk(bytes),
    recipe: await writeRecipe(store, chunks),
  }
}
