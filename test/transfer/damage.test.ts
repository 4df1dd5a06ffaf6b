// What arrives damaged is read once more; what is damaged where it lies is taken from another copy, or named.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { DvError } from '../../src/base/index.js'
import { addSegments, readRoot } from '../../src/index/index.js'
import { forward, memoryStorage, type Storage } from '../../src/storage/index.js'
import { transfer } from '../../src/transfer/index.js'
import { makeInput } from '../vectors/inputs.js'
import { damaging } from '../storage/damaging.js'
import { temporaryFolder } from '../storage/temporary.js'
import { checkStore, commitTree, newStore, sameHistories } from './world.js'

const DEFAULT = { batchChunks: 1000, packBytes: 100_000, wholePackBytes: 1_000_000 }
/** Packs as they are, and taken apart. */
const LIMITS = { whole: { ...DEFAULT, wholePackBytes: 10_000 }, 'in blocks': DEFAULT }

async function history() {
  const storage = memoryStorage()
  const store = newStore(storage)
  const big = makeInput({ kind: 'random', seed: 1, length: 60_000 })
  const tree = { 'big.bin': big, 'a.txt': 'a\n', 'd/b.txt': 'b\n'.repeat(500) }
  const a = await commitTree(store, tree)
  const edited = Buffer.concat([big.subarray(0, 9000), Buffer.from('edit'), big.subarray(9004)])
  const b = await commitTree(store, { ...tree, 'big.bin': edited }, { parents: [a], base: tree })
  return { storage, b }
}

type Moved = Awaited<ReturnType<typeof history>>['b']

async function moveFrom(from: Storage, commit: Moved, limits = DEFAULT) {
  const target = newStore()
  const request = { source: newStore(from), target, commits: [commit], haves: [] }
  const error = await transfer(request, { limits }).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  return { target, error }
}

async function isWhole(
  t: ExecutionContext,
  from: Storage,
  { target, b }: { target: ReturnType<typeof newStore>; b: Moved },
) {
  await checkStore(t, target.storage)
  await sameHistories(t, [newStore(from), newStore(target.storage)], [b])
}

for (const [how, limits] of Object.entries(LIMITS)) {
  test(`whichever read of a transfer arrives damaged, it is read once more: ${how}`, async (t) => {
    const { storage, b } = await history()
    let nth = 1
    for (; ; nth++) {
      const line = damaging(storage, (_, one) => one === nth)
      const { target, error } = await moveFrom(line, b, limits)
      t.is(error, undefined, `read ${nth}`)
      if (line.total < nth) break
      await isWhole(t, storage, { target, b })
    }
    t.true(nth > 6, `${nth} reads`)
  })

  test(`a pack that always arrives damaged is named with its remote, after few reads: ${how}`, async (t) => {
    const { storage, b } = await history()
    const sound = damaging(storage, () => false)
    await moveFrom(sound, b, limits)
    for (const { key } of (await readRoot(storage)).root.segments) {
      const line = damaging(storage, (name) => name === key)
      const { target, error } = await moveFrom(line, b, limits)
      t.true(error instanceof DvError)
      const { code, message, hint, data } = error as DvError
      t.like({ code, location: data['location'] }, { code: 'DV_CORRUPT', location: 'memory:' })
      t.regex(message, /'memory:'.* is damaged/)
      t.regex(hint ?? '', /in the repository it came from, or fetch from another remote/)
      t.true(line.reads.get(key)! <= 2 * sound.reads.get(key)! + 1, `${key}: ${line.reads.get(key)} reads`)
      t.is((await readRoot(target.storage)).root.segments.length, 0)
    }
  })

  test(`a pack that is damaged is not missed where all in it has another copy: ${how}`, async (t) => {
    const { storage, b } = await history()
    const { target: twin } = await moveFrom(storage, b)
    const others = (await readRoot(twin.storage)).root.segments
    const own = (await readRoot(storage)).root.segments
    for (const { key } of others) await storage.put(key, await twin.storage.get(key))
    await addSegments(storage, others)
    for (const { key, offset } of [...own, ...others]) {
      const damaged = altered(storage, key, offset)
      const { target, error } = await moveFrom(damaged, b, limits)
      t.is(error, undefined, key)
      await isWhole(t, storage, { target, b })
    }
  })
}

/** Every block of the pack is damaged, and its index is not. */
function altered(storage: Storage, key: string, end: number): Storage {
  return {
    ...forward(storage),
    async get(name, range) {
      const bytes = Buffer.from(await storage.get(name, range))
      const from = range?.offset ?? 0
      for (let at = 0; name === key && at < bytes.length && from + at < end; at += 16) bytes[at]! ^= 0x10
      return bytes
    },
  }
}

test('a transfer whose packs cannot be put leaves no file behind', async (t) => {
  const { storage, b } = await history()
  const folder = temporaryFolder(t)
  let made = 0
  for (const limits of Object.values(LIMITS)) {
    const target = newStore({
      ...forward(memoryStorage()),
      temporaryPath: () => path.join(folder, `${++made}`),
      putFile: () => Promise.reject(new DvError('DV_NETWORK', 'The line is broken')),
    })
    const moving = transfer({ source: newStore(storage), target, commits: [b], haves: [] }, { limits })
    await t.throwsAsync(moving, { code: 'DV_NETWORK' })
    t.true(made > 0)
    t.deepEqual(fs.readdirSync(folder), [])
  }
})
