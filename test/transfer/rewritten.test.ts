// Packs and segments that go while they are read: what was in them is elsewhere, and is found there.
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { DvError } from '../../src/base/index.js'
import { readCommit } from '../../src/history/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import type { CopyJob } from '../../src/transfer/copy.js'
import { DEFAULT_LIMITS } from '../../src/transfer/limits.js'
import { transfer } from '../../src/transfer/index.js'
import type { OpenItem } from '../../src/transfer/open-block.js'
import { otherCopies } from '../../src/transfer/sound-block.js'
import { rewritePacks } from './rewritten.js'
import { checkStore, commitTree, newStore, readTree, type Tree } from './world.js'

const noise = (seed: number, length: number) =>
  Buffer.from(Array.from({ length }, (_, i) => (seed * 7919 + i * (i >> 3)) & 255))
const TREE: Tree = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`file-${i}`, noise(i, 9000)]))
const NEXT: Tree = { ...TREE, 'file-3': Buffer.concat([noise(3, 5000), noise(99, 3000)]) }

const GONE = new DvError('DV_NOT_FOUND', 'It is gone')

/** The same storage, all packs of which are rewritten before the call of each of these numbers. */
function rewrittenAt(storage: Storage, calls: readonly number[]): Storage & { calls: number } {
  const counted = { calls: 0 }
  const first = async () => {
    if (calls.includes(++counted.calls)) await rewritePacks(storage)
  }
  return Object.assign(counted, storage, {
    get: async (...args: Parameters<Storage['get']>) => (await first(), storage.get(...args)),
    getFile: async (...args: Parameters<Storage['getFile']>) => (await first(), storage.getFile(...args)),
    size: async (name: string) => (await first(), storage.size(name)),
    read: async (name: string) => (await first(), storage.read(name)),
  })
}

test('a transfer finds what it reads, however often its source is rewritten meanwhile', async (t) => {
  const storage = memoryStorage()
  const first = await commitTree(newStore(storage), TREE)
  const second = await commitTree(newStore(storage), NEXT, { parents: [first], base: TREE })
  const untouched = rewrittenAt(storage, [])
  await transfer({ source: newStore(untouched), target: newStore(), commits: [second], haves: [] })
  const someCalls = fc.uniqueArray(fc.integer({ min: 1, max: untouched.calls }), {
    minLength: 1,
    maxLength: 3,
  })
  let moved = 0
  await fc.assert(
    fc.asyncProperty(
      someCalls,
      fc.constantFrom(1, DEFAULT_LIMITS.wholePackBytes),
      async (calls, wholePackBytes) => {
        const target = newStore()
        const source = newStore(rewrittenAt(storage, calls))
        const limits = { ...DEFAULT_LIMITS, wholePackBytes }
        await transfer({ source, target, commits: [second], haves: [] }, { limits })
        moved += await checkStore(t, target.storage)
      },
    ),
    { numRuns: 60 },
  )
  t.true(moved > 0)
})

test('what two packs lost at once is found by both, whoever reads the fresh root first', async (t) => {
  const storage = memoryStorage()
  const commit = await commitTree(newStore(storage), TREE)
  // Requests take their time, so that both look for the root before either has it.
  const source = newStore({
    ...storage,
    read: async (name) => storage.read(name).finally(() => setTimeout(5)),
  })
  const { manifest } = await readCommit(source, commit)
  const rows = [(await source.locate(commit))[0]!, (await source.locate(manifest))[0]!]
  await rewritePacks(storage)
  const job = { source, target: newStore() } as CopyJob
  const found = rows.map(async (row) => {
    const block = { at: row.blockOffset, size: row.blockLength, rows: [row] }
    const items: OpenItem[] = []
    for await (const item of otherCopies(job, { pack: row.pack, block, bytes: undefined }, GONE))
      items.push(item)
    return items
  })
  for (const items of await Promise.all(found)) t.is(items.length, 1)
})

test('a store that is open for long reads on after it was rewritten', async (t) => {
  const storage = memoryStorage()
  const commit = await commitTree(newStore(storage), TREE)
  const open = newStore(storage)
  const before = await readTree(open, commit)
  for (let i = 0; i < 3; i++) {
    await rewritePacks(storage)
    t.deepEqual(await readTree(open, commit), before)
  }
})

test('what a ref of the target showed is sent when its index does not name it any more', async (t) => {
  const source = newStore()
  const first = await commitTree(source, TREE)
  const second = await commitTree(source, NEXT, { parents: [first] })
  const target = newStore()
  await transfer({ source, target, commits: [second], haves: [first] })
  await checkStore(t, target.storage)
  t.deepEqual(await readTree(target, second), await readTree(source, second))
})
