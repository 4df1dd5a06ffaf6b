// Small stores in memory, made commit by commit, and ways to damage them.
import { type CommitId, hashChunk, type ManifestId, toHex } from '../../src/hash/index.js'
import { buildManifest, type PathEntry } from '../../src/manifest/index.js'
import { checkStore, type Problem, type StoreCheckOptions } from '../../src/maintenance/index.js'
import { encodeCommit, type FileEntry, NO_METADATA } from '../../src/objects/index.js'
import { packKey } from '../../src/pack/index.js'
import { branchRef, readRef, updateRef } from '../../src/refs/index.js'
import { writeRecipe } from '../../src/recipe/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { ObjectStore, publishPacks, StoreWriter } from '../../src/store/index.js'

export interface TestStore {
  storage: Storage
  /** Commits these files, each of one or more chunks, and moves the branch `main`. */
  commit(files: Readonly<Record<string, readonly string[]>>, parents?: readonly CommitId[]): Promise<CommitId>
  /** Puts a commit of any manifest on a branch of its own. */
  commitOf(manifest: ManifestId, branch: string, parents?: readonly CommitId[]): Promise<CommitId>
  /** Writes objects or chunks and publishes them. */
  write<T>(kind: 'data' | 'node', work: (writer: StoreWriter) => Promise<T>): Promise<T>
  check(options?: Partial<StoreCheckOptions>): Promise<Problem[]>
}

export function makeStore(): TestStore {
  const storage = memoryStorage()
  let time = 0
  async function write<T>(kind: 'data' | 'node', work: (writer: StoreWriter) => Promise<T>): Promise<T> {
    const writer = new StoreWriter(new ObjectStore(storage), { kind })
    const result = await work(writer)
    await publishPacks(storage, await writer.finish())
    return result
  }
  async function commitOf(manifest: ManifestId, branch: string, parents: readonly CommitId[] = []) {
    const who = { name: 'Ada', email: 'ada@example.org', time: ++time, zone: 0 }
    const commit = {
      manifest,
      parents,
      author: who,
      committer: who,
      message: `${time}`,
      metadata: NO_METADATA,
    }
    const id = await write('node', (writer) => writer.writeObject('commit', encodeCommit(commit)))
    await setBranch(storage, branch, id)
    return id
  }
  return {
    storage,
    write,
    commitOf,
    async commit(files, parents) {
      const entries: PathEntry[] = []
      for (const [path, chunks] of Object.entries(files)) {
        await write('data', async (writer) => {
          for (const text of chunks) await writer.writeChunk(hashChunk(Buffer.from(text)), Buffer.from(text))
        })
        entries.push([path, await write('node', (writer) => fileOf(writer, chunks))])
      }
      return commitOf(await write('node', (writer) => buildManifest(writer, entries)), 'main', parents)
    },
    async check(options = {}) {
      return (await checkStore(new ObjectStore(storage), { deep: false, ...options })).problems
    },
  }
}

export async function setBranch(storage: Storage, name: string, target: CommitId): Promise<void> {
  const ref = branchRef(name)
  const next = { target, operation: 'test', updated: 0 }
  await updateRef(storage, ref, { expected: await readRef(storage, ref), next })
}

async function fileOf(writer: StoreWriter, chunks: readonly string[]): Promise<FileEntry> {
  const refs = chunks.map((text) => ({ id: hashChunk(Buffer.from(text)), length: Buffer.byteLength(text) }))
  const whole = Buffer.from(chunks.join(''))
  const content = hashChunk(whole)
  return { kind: 'file', size: whole.length, content, recipe: await writeRecipe(writer, refs, { content }) }
}

/** The name of the pack that has a chunk. */
export async function packOf(storage: Storage, text: string): Promise<string> {
  const [row] = await new ObjectStore(storage).index.lookup(hashChunk(Buffer.from(text)))
  return row!.pack
}

/** Replaces a stored pack by what `change` makes of it. */
export async function changePack(
  storage: Storage,
  name: string,
  change: (bytes: Buffer) => Buffer,
): Promise<void> {
  const bytes = Buffer.from(await storage.get(packKey(name)))
  await storage.delete(packKey(name))
  await storage.put(packKey(name), change(bytes))
}

/** `kind object: commit[:path], …`, ids shortened: a problem as one line. */
export function lines(
  problems: readonly Problem[],
  names: Readonly<Record<string, CommitId>> = {},
): string[] {
  const nameOf = (hex: string) => Object.keys(names).find((name) => toHex(names[name]!) === hex) ?? hex
  return problems.map(({ kind, object, reaches }) => {
    const reached = reaches.map(({ commit, path }) => nameOf(commit) + (path === undefined ? '' : `:${path}`))
    return `${kind} ${object}: ${reached.sort().join(', ')}`
  })
}
