// What a hostile store gave must not be what the next fetch, from an honest one, takes for its own.
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createDirectoryStorage, memoryStorage, type Storage } from '../../src/storage/index.js'
import { hashChunk } from '../../src/hash/index.js'
import { readRoot } from '../../src/index/index.js'
import { ObjectStore, nearSegments } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import { temporaryFolder } from '../helpers/repository.js'
import { makeInput } from '../vectors/inputs.js'
import { CHUNK_BYTES, checkStore, commitTree, newStore, sameHistories } from '../transfer/world.js'
import { renamedStore } from './forged-packs.js'

/** Packs travel whole. */
const LIMITS = { batchChunks: 1000, packBytes: 100_000, wholePackBytes: 1000 }
const bytes = (seed: number) => makeInput({ kind: 'random', seed, length: 60_000 })

/** An honest store, and one whose packs have the names of its packs, and other things in them: `seed` is that of its file,
 * which may be as long as the honest one's, so that the packs are, too. */
async function twoStores(length: number, make: () => Storage = memoryStorage) {
  const honest = newStore(make())
  const commit = await commitTree(honest, { 'a.bin': bytes(1) })
  const other = newStore(memoryStorage())
  const foreign = await commitTree(other, { 'a.bin': bytes(2).subarray(0, length) })
  const namesOf = async (storage: Storage) =>
    (await readRoot(storage)).root.segments.map(({ key }) => key.slice('packs/'.length))
  const taken = await namesOf(honest.storage)
  const names = new Map((await namesOf(other.storage)).map((name, i) => [name, taken[i]!]))
  return { honest, commit, evil: newStore(await renamedStore(other.storage, names, make())), foreign }
}

const KINDS: Record<string, (t: ExecutionContext) => Storage> = {
  memory: () => memoryStorage(),
  folder: (t) => createDirectoryStorage(path.join(temporaryFolder(t), 'store')),
}

for (const [from, makeSource] of Object.entries(KINDS))
  for (const [to, makeTarget] of Object.entries(KINDS))
    for (const length of [60_000, 50_000])
      test(`a hostile store that took another's names of packs does that one no harm: ${from} to ${to}, ${length} bytes`, async (t) => {
        const { honest, commit, evil, foreign } = await twoStores(length, () => makeSource(t))
        const target = newStore(makeTarget(t))
        await transfer({ source: evil, target, commits: [foreign], haves: [] }, { limits: LIMITS })
        await checkStore(t, target.storage)
        await transfer({ source: honest, target, commits: [commit], haves: [] }, { limits: LIMITS })
        await checkStore(t, target.storage)
        await sameHistories(t, [honest, newStore(target.storage)], [commit])
      })

test('an index elsewhere is not read from a pack here that only has the name', async (t) => {
  const { honest, evil, foreign } = await twoStores(60_000)
  const local = createDirectoryStorage(path.join(temporaryFolder(t), 'store'))
  await transfer({ source: evil, target: newStore(local), commits: [foreign], haves: [] }, { limits: LIMITS })
  const near = nearSegments({ twins: local, folder: path.join(temporaryFolder(t), 'derived') })
  const seen = new ObjectStore(honest.storage, { near })
  t.true(await seen.has(hashChunk(bytes(1).subarray(0, CHUNK_BYTES))))
  t.false(await seen.has(hashChunk(bytes(2).subarray(0, CHUNK_BYTES))))
})

test('packs that are here under a name which they do not have elsewhere are not taken for those when they are sent', async (t) => {
  const { honest, commit, evil, foreign } = await twoStores(60_000)
  const local = newStore(createDirectoryStorage(path.join(temporaryFolder(t), 'store')))
  await transfer({ source: evil, target: local, commits: [foreign], haves: [] }, { limits: LIMITS })
  const near = nearSegments({ twins: local.storage, folder: path.join(temporaryFolder(t), 'derived') })
  const target = new ObjectStore(honest.storage, { near })
  await transfer({ source: local, target, commits: [foreign], haves: [] }, { limits: LIMITS })
  await checkStore(t, honest.storage)
  await sameHistories(t, [evil, newStore(honest.storage)], [foreign])
  await sameHistories(t, [honest, newStore(honest.storage)], [commit])
})
