// Commits of many files, made without a working directory, which would take most of the time.
import { comparePaths } from '../../src/base/index.js'
import { type CommitId, hashChunk } from '../../src/hash/index.js'
import { readCommit } from '../../src/history/index.js'
import { buildManifest, editManifest } from '../../src/manifest/index.js'
import { type FileEntry } from '../../src/objects/index.js'
import { readRef, updateRef } from '../../src/refs/index.js'
import { ObjectStore, StoreWriter } from '../../src/store/index.js'
import { commitBytes, publish } from '../transfer/world.js'
import type { TestRepository } from './repository.js'

/** Adds or changes files on `main`, each of one chunk. */
export async function commitFiles(
  made: TestRepository,
  files: ReadonlyMap<string, Buffer>,
  { packBytes, round = 0 }: { packBytes?: number; round?: number },
): Promise<void> {
  const { storage } = await made.internals()
  const store = new ObjectStore(storage)
  const data = new StoreWriter(store, { kind: 'data', ...(packBytes !== undefined && { packBytes }) })
  const nodes = new StoreWriter(store, { kind: 'node' })
  const edits: [string, FileEntry][] = []
  for (const [name, bytes] of [...files].sort(([a], [b]) => comparePaths(a, b))) {
    const content = hashChunk(bytes)
    await data.writeChunk(content, bytes)
    edits.push([name, { kind: 'file', size: bytes.length, content, recipe: { form: 'whole' } }])
  }
  const before = await readRef(storage, 'refs/heads/main')
  const parents: CommitId[] = before ? [before.value.target] : []
  const base = before && (await readCommit(store, before.value.target)).manifest
  const manifest = base ? await editManifest(nodes, base, edits) : await buildManifest(nodes, edits)
  const target = await nodes.writeObject(
    'commit',
    commitBytes(manifest, parents, `round ${round}`),
    parents[0],
  )
  await publish(store, [data, nodes])
  const next = { target, operation: 'test-1-00000000', updated: Date.now() }
  await updateRef(storage, 'refs/heads/main', { expected: before, next })
}
