import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { DvError, isDvError } from '../../src/base/index.js'
import { type CommitId, hashChunk } from '../../src/hash/index.js'
import { readRoot } from '../../src/index/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import type { ObjectStore } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import {
  checkStore,
  commitTree,
  countedStorage,
  newStore,
  readTree,
  sameHistories,
  type Tree,
} from './world.js'

function manyFiles(count: number): Tree {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`d${i % 10}/f${i}`, `file number ${i}\n`.repeat(20)]),
  )
}

function noise(bytes: number, seed = 1): Buffer {
  const out = Buffer.alloc(bytes)
  for (let i = 0, x = seed; i < bytes; i++) out[i] = (x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 16
  return out
}

/** What `index/root` holds, to see that nothing became part of a store. */
async function segmentsOf(storage: Storage): Promise<number> {
  return (await readRoot(storage)).root.segments.length
}

function move(
  source: ObjectStore,
  target: ObjectStore,
  commits: readonly CommitId[],
  haves: readonly CommitId[] = [],
) {
  return transfer({ source, target, commits, haves })
}

test('transfer() brings all that a history needs', async (t) => {
  const [source, target] = [newStore(), newStore()]
  const first = { ...manyFiles(100), 'big.bin': noise(60_000), empty: '' }
  const a = await commitTree(source, first)
  const second = { ...first, 'd1/f1': 'changed', 'big.bin': noise(60_000, 2) }
  const b = await commitTree(source, second, { parents: [a], base: first })
  const { commits, objects, bytes } = await move(source, target, [b])
  t.is(commits, 2)
  t.true(objects > 100 && bytes > 60_000)
  await sameHistories(t, [source, target], [b])
  t.is(await checkStore(t, target.storage), objects)
})

test('transfer() after an edit moves the new chunks and the changed nodes only', async (t) => {
  const [source, target] = [newStore(), newStore()]
  const tree = manyFiles(1000)
  const a = await commitTree(source, tree)
  const whole = await move(source, target, [a])
  const b = await commitTree(source, { ...tree, 'd3/f3': 'another text' }, { parents: [a], base: tree })
  const counted = countedStorage(target.storage)
  const edit = await move(source, newStore(counted), [b], [a])
  t.true(edit.objects <= 5, `${edit.objects} objects`)
  t.true(edit.bytes < whole.bytes / 20, `${edit.bytes} of ${whole.bytes} bytes`)
  t.true(counted.calls < 12, `${counted.calls} requests`)
  await sameHistories(t, [source, target], [b])
})

test('transfer() of what is there does nothing', async (t) => {
  const [source, target] = [newStore(), newStore()]
  const a = await commitTree(source, manyFiles(50))
  await move(source, target, [a])
  const counted = countedStorage(target.storage)
  t.deepEqual(await move(source, newStore(counted), [a], [a]), { objects: 0, bytes: 0, commits: 0 })
  t.deepEqual(counted.puts, [])
})

test('transfer() keeps deltas where their bases are, and sends a full copy where they will not be', async (t) => {
  const source = newStore()
  const [v1, v2] = [{ f: noise(4000) }, { f: Buffer.concat([noise(3900), Buffer.from('x'.repeat(100))]) }]
  const a = await commitTree(source, v1)
  // No parent: nothing leads from it to the base of its chunk.
  const b = await commitTree(source, v2, { base: v1 })
  const chunk = hashChunk(v2.f)
  t.is((await source.index.lookup(chunk))[0]!.bases.length, 1, 'the source holds a delta')
  const alone = newStore()
  await move(source, alone, [b])
  t.deepEqual(
    (await alone.index.lookup(chunk)).map(({ bases }) => bases.length),
    [0],
  )
  await checkStore(t, alone.storage)
  const together = newStore()
  await move(source, together, [a, b])
  t.deepEqual(
    (await together.index.lookup(chunk)).map(({ bases }) => bases.length),
    [1],
  )
  await checkStore(t, together.storage)
  await sameHistories(t, [source, together], [a, b])
})

test('transfer() leaves behind nodes that lie beside the wanted ones', async (t) => {
  const [source, middle, target] = [newStore(), newStore(), newStore()]
  const a = await commitTree(source, { ours: 'our text' })
  const b = await commitTree(source, { theirs: 'their text' })
  // Both come to lie in the same packs and blocks.
  await move(source, middle, [a, b])
  await move(middle, target, [a])
  t.false(await target.has(b))
  await checkStore(t, target.storage)
  await move(middle, target, [b])
  await sameHistories(t, [source, target], [a, b])
})

test('transfer() copies a pack as it is when nearly all of it is wanted, and finds it again', async (t) => {
  const [source, storage] = [newStore(), memoryStorage()]
  const a = await commitTree(source, { 'big.bin': randomBytes(9_000_000) })
  const packs = new Set((await readRoot(source.storage)).root.segments.map(({ key }) => key))
  const rehearsal = countedStorage(memoryStorage())
  await move(source, newStore(rehearsal), [a])
  const broken = countedStorage(storage, { at: rehearsal.calls - 2, mode: 'before' })
  await t.throwsAsync(move(source, newStore(broken), [a]), { code: 'DV_IO' })
  const first = countedStorage(storage)
  await move(source, newStore(first), [a])
  const copied = [...broken.puts, ...first.puts].filter((name) => packs.has(name))
  t.is(copied.length, 1, 'the data pack, once')
  await checkStore(t, storage)
  await sameHistories(t, [source, newStore(storage)], [a])
})

const TINY = { batchChunks: 2, packBytes: 3000, wholePackBytes: 1 }

for (const side of ['source', 'target'] as const) {
  for (const mode of ['before', 'after'] as const) {
    for (const limits of [undefined, TINY]) {
      const when = `at any call to the ${side}, ${mode} it took effect, ${limits ? 'in small batches' : 'at once'}`
      test(`transfer() may break ${when}: what is there is whole, a second one completes it`, breaking, {
        side,
        mode,
        limits,
      })
    }
  }
}

interface Breaking {
  side: 'source' | 'target'
  mode: 'before' | 'after'
  limits: typeof TINY | undefined
}

async function breaking(t: ExecutionContext, { side, mode, limits }: Breaking): Promise<void> {
  const source = newStore()
  const tree: Tree = { a: noise(9000), b: 'text b', 'c/d': noise(50_000, 3) }
  const a = await commitTree(source, tree)
  const edited = { ...tree, a: Buffer.concat([noise(9000), Buffer.from('!')]) }
  const b = await commitTree(source, edited, { parents: [a], base: tree })
  let failures = 0
  for (let k = 1; ; k++) {
    const storage = memoryStorage()
    if (!limits) await move(source, newStore(storage), [a])
    const faulty = countedStorage(side === 'source' ? source.storage : storage, { at: k, mode })
    const from = newStore(side === 'source' ? faulty : source.storage)
    const to = newStore(side === 'target' ? faulty : storage)
    if (
      await breaks(transfer({ source: from, target: to, commits: [b], haves: [] }, limits ? { limits } : {}))
    )
      failures++
    await checkStore(t, storage)
    await move(source, newStore(storage), [b])
    await checkStore(t, storage)
    t.deepEqual(await readTree(newStore(storage), b), await readTree(source, b))
    if (faulty.calls < k) break
  }
  t.true(failures > 3, `${failures} failures`)
}

async function breaks(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return false
  } catch (error) {
    if (isDvError(error)) return true
    throw error
  }
}

test('transfer() refuses a source with one flipped bit in a block, wherever it is', async (t) => {
  const storage = memoryStorage()
  const source = newStore(storage)
  const a = await commitTree(source, { 'big.bin': noise(9000), text: 'hello '.repeat(100) })
  for (const ref of (await readRoot(storage)).root.segments) {
    for (let at = 16; at < ref.offset; at += 97) {
      const target = newStore()
      const error = await t.throwsAsync(move(newStore(flipped(storage, ref.key, at)), target, [a]))
      t.true(isDvError(error, 'DV_CORRUPT'), `${ref.key} at ${at}: ${error?.message}`)
      t.false(await target.has(a))
      await checkStore(t, target.storage)
    }
  }
})

test('transfer() refuses a large damaged pack and leaves the target as it was', async (t) => {
  const storage = memoryStorage()
  const a = await commitTree(newStore(storage), { 'big.bin': randomBytes(9_000_000) })
  const [pack] = (await readRoot(storage)).root.segments.filter(({ offset }) => offset > 1_000_000)
  const target = newStore()
  await t.throwsAsync(move(newStore(flipped(storage, pack!.key, 5_000_000)), target, [a]), {
    code: 'DV_CORRUPT',
  })
  t.is(await segmentsOf(target.storage), 0)
})

test('transfer() names what the source lacks', async (t) => {
  const storage = memoryStorage()
  const source = newStore(storage)
  const a = await commitTree(source, { f: 'text' })
  const lacking = hashChunk(Buffer.from('text'))
  const { index } = source
  const lookup = index.lookup.bind(index)
  index.lookup = async (id, options) => (Buffer.compare(id, lacking) === 0 ? [] : lookup(id, options))
  index.lookupMany = async function* () {}
  const target = newStore()
  await t.throwsAsync(move(source, target, [a]), { code: 'DV_MISSING_OBJECT' })
  t.is(await segmentsOf(target.storage), 0)
})

test('transfer() from two sources into one target at once loses nothing', async (t) => {
  const storage = memoryStorage()
  const sources = [newStore(), newStore(), newStore()]
  const commits = await Promise.all(
    sources.map((source, i) => commitTree(source, { ...manyFiles(30), own: `text ${i}` })),
  )
  await Promise.all(sources.map((source, i) => move(source, newStore(storage), [commits[i]!])))
  await checkStore(t, storage)
  for (const [i, source] of sources.entries())
    await sameHistories(t, [source, newStore(storage)], [commits[i]!])
})

test('transfer() stops when it is told to', async (t) => {
  const source = newStore()
  const a = await commitTree(source, manyFiles(100))
  for (const after of [1, 2, 3]) {
    const [controller, target] = [new AbortController(), newStore()]
    let events = 0
    const onProgress = () =>
      void (++events === after && controller.abort(new DvError('DV_INTERRUPTED', 'Interrupted')))
    const request = { source, target, commits: [a], haves: [] }
    await t.throwsAsync(transfer(request, { signal: controller.signal, onProgress }), {
      code: 'DV_INTERRUPTED',
    })
    await checkStore(t, target.storage)
    t.false(await target.has(a))
  }
})

for (const limits of [undefined, TINY, { ...TINY, batchChunks: 100 }, { ...TINY, wholePackBytes: 1e9 }]) {
  test(
    `transfer() of any part of any history, then of the rest, leaves whole stores, limits ${JSON.stringify(limits)}`,
    wholeStores,
    limits,
  )
}

async function wholeStores(t: ExecutionContext, limits: typeof TINY | undefined): Promise<void> {
  const options = limits ? { limits } : {}
  const content = fc.integer({ min: 0, max: 5 })
  const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'c/e'), content, { minKeys: 1 })
  const step = fc.record({
    tree,
    parents: fc.array(fc.nat({ max: 7 }), { maxLength: 2 }),
    first: fc.boolean(),
  })
  const law = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
    const [source, target] = [newStore(), newStore()]
    const made: { id: CommitId; tree: Tree }[] = []
    for (const { tree: sizes, parents } of steps) {
      const tree = mapValues(sizes, (n) => noise(n * 1500, 7))
      const known = parents.flatMap((n) => made[n] ?? [])
      const base = made.at(-1)?.tree
      const id = await commitTree(source, tree, { parents: known.map(({ id }) => id), ...(base && { base }) })
      made.push({ id, tree })
    }
    const some = made.filter((_, i) => steps[i]!.first).map(({ id }) => id)
    await transfer({ source, target, commits: some, haves: [] }, options)
    await checkStore(t, target.storage)
    const all = made.map(({ id }) => id)
    await transfer({ source, target, commits: all, haves: some }, options)
    await checkStore(t, target.storage)
    await sameHistories(t, [source, newStore(target.storage)], all)
  })
  await fc.assert(law, { numRuns: 25 })
  t.pass()
}

function mapValues<T, R>(record: Record<string, T>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

/** The same storage with one bit of one object flipped. */
function flipped(storage: Storage, name: string, at: number): Storage {
  return {
    ...countedStorage(storage),
    async getFile(wanted, path) {
      await storage.getFile(wanted, path)
      if (wanted !== name) return
      const bytes = readFileSync(path)
      bytes[at]! ^= 1
      writeFileSync(path, bytes)
    },
    async get(wanted, range) {
      const bytes = Buffer.from(await storage.get(wanted, range))
      const place = at - (range?.offset ?? 0)
      if (wanted === name && place >= 0 && place < bytes.length) bytes[place]! ^= 1
      return bytes
    },
  }
}
