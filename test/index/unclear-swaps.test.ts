import test from 'ava'
import fc from 'fast-check'
import { addSegments, ChunkIndex, readRoot } from '../../src/index/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { idNumber, putSegment, rowsOf } from './builders.js'

/** What a swap may come to between a program and a server: as it says, failed before or after it was made, made and
 * then reported as lost because a repetition of it lost against itself, or overtaken by another writer after that. */
const FATES = ['plain', 'fails before', 'fails after', 'made and lost', 'made, overtaken and lost'] as const
type Fate = (typeof FATES)[number]

/** The fates are used up one by one, then everything works. `overtake` is what the other writer does. */
function unclear(storage: Storage, fates: Fate[], overtake: () => Promise<void>): Storage {
  return {
    ...storage,
    async compareAndSwap(name, expected, bytes) {
      const fate = fates.shift() ?? 'plain'
      const dropped = new Error('the line dropped')
      if (fate === 'fails before') throw dropped
      const version = await storage.compareAndSwap(name, expected, bytes)
      if (fate === 'plain' || version === undefined) return version
      if (fate === 'fails after') throw dropped
      if (fate === 'made, overtaken and lost') await overtake()
      return undefined
    },
  }
}

async function addPatiently(storage: Storage, add: Parameters<typeof addSegments>[1]): Promise<void> {
  for (;;) {
    try {
      return void (await addSegments(storage, add))
    } catch (error) {
      if ((error as Error).message !== 'the line dropped') throw error
    }
  }
}

test('whatever becomes of a swap, every segment that was added answers, and the root names none that is gone', async (t) => {
  const batches = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 })
  const fates = fc.array(fc.constantFrom(...FATES), { maxLength: 24 })
  await fc.assert(
    fc.asyncProperty(batches, fates, fc.boolean(), async (sizes, given, again) => {
      const inner = memoryStorage()
      let next = 0
      const segment = async () => {
        next += 3
        return putSegment(inner, rowsOf(next - 3, next))
      }
      const storage = unclear(
        inner,
        [...given],
        async () => void (await addSegments(inner, [await segment()])),
      )
      for (const size of sizes) {
        const refs = []
        for (let i = 0; i < size; i++) refs.push(await segment())
        await addPatiently(storage, refs)
        // As a push that begins again does: what it adds is there, or was merged since.
        if (again) await addPatiently(storage, refs)
      }
      const index = new ChunkIndex(inner)
      for (let i = 0; i < next; i++) t.true((await index.lookup(idNumber(i))).length > 0, `item ${i} is lost`)
      for (const { key } of (await readRoot(inner)).root.segments) t.truthy(await inner.size(key), key)
    }),
    { numRuns: 150 },
  )
})

test('a merged segment that is live is not deleted because its swap was called lost', async (t) => {
  const inner = memoryStorage()
  const refs = []
  for (let i = 0; i < 8; i++) refs.push(await putSegment(inner, rowsOf(i * 10, i * 10 + 10)))
  // The first swap adds them, the second replaces them by one.
  await addSegments(
    unclear(inner, ['plain', 'made and lost'], async () => {}),
    refs,
  )
  const { segments } = (await readRoot(inner)).root
  t.is(segments.length, 1)
  t.truthy(await inner.size(segments[0]!.key))
})
