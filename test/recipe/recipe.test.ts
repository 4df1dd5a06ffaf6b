import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import {
  type ChunkId,
  type ContentId,
  hashChunk,
  type Id,
  idKey,
  type RecipeId,
} from '../../src/hash/index.js'
import type { ChunkRef, Recipe } from '../../src/objects/index.js'
import {
  checkRecipe,
  decodeRecipeNode,
  encodeRecipeNode,
  iterChunks,
  recipeChild,
  type RecipeItem,
  recipeNodes,
  type RecipeParams,
  writeRecipe,
} from '../../src/recipe/index.js'
import { type MemoryObjects, memoryObjects } from '../helpers/memory-objects.js'

const TINY: RecipeParams = { minItems: 2, normalItems: 4, maxItems: 8, strictBits: 2, looseBits: 1 }
const content = hashChunk(Buffer.from('file')) as ContentId

const chunk = (i: number): ChunkRef => ({ id: hashChunk(Buffer.from(`${i}`)), length: 1 + (i % 5) })
const sizeOf = (chunks: readonly ChunkRef[]) => chunks.reduce((sum, { length }) => sum + length, 0)
/** Few different chunks, so that runs occur. */
const chunkList = fc.array(fc.oneof(fc.nat(1000), fc.nat(2)).map(chunk), { maxLength: 200 })

async function chunksOf(store: MemoryObjects, recipe: Recipe, size: number, range = {}) {
  const found = []
  for await (const batch of iterChunks(store, { size, content, recipe }, range)) found.push(...batch)
  return found
}

test('the chunks of a recipe are those it was written from', async (t) => {
  await fc.assert(
    fc.asyncProperty(chunkList, async (chunks) => {
      const store = memoryObjects()
      const recipe = await writeRecipe(store, chunks, { params: TINY })
      t.is(recipe.form, chunks.length === 0 ? 'whole' : chunks.length <= 8 ? 'inline' : 'tree')
      const found = await chunksOf(store, recipe, sizeOf(chunks))
      t.true(found.length === chunks.length)
      t.true(
        found.every(
          ({ id, length }, i) => length === chunks[i]!.length && Buffer.compare(id, chunks[i]!.id) === 0,
        ),
      )
      if (recipe.form === 'tree')
        await checkRecipe(store, recipe.root, { size: sizeOf(chunks), params: TINY })
    }),
    { numRuns: 150 },
  )
})

test('a range gives the chunks that hold any byte of it, at their places', async (t) => {
  await fc.assert(
    fc.asyncProperty(chunkList, fc.nat(600), fc.nat(100), async (chunks, offset, length) => {
      const store = memoryObjects()
      const recipe = await writeRecipe(store, chunks, { params: TINY })
      let at = 0
      const placed = chunks.map((each) => ({ ...each, offset: (at += each.length) - each.length }))
      const end = Math.min(offset + length, at)
      const wanted = length === 0 ? [] : placed
      const expected = wanted.filter((each) => each.offset < end && each.offset + each.length > offset)
      const found = await chunksOf(store, recipe, at, { offset, length })
      t.deepEqual(
        found.map((each) => [each.offset, each.length]),
        expected.map((each) => [each.offset, each.length]),
      )
    }),
    { numRuns: 300 },
  )
})

test('what a recipe was before does not change what it is', async (t) => {
  await fc.assert(
    fc.asyncProperty(chunkList, chunkList, async (before, after) => {
      const store = memoryObjects()
      const previous = await writeRecipe(store, before, { params: TINY })
      const fresh = await writeRecipe(memoryObjects(), after, { params: TINY })
      t.deepEqual(await writeRecipe(store, after, { params: TINY, previous }), fresh)
    }),
    { numRuns: 100 },
  )
})

test('one changed chunk writes one node a level, each against the node it replaces', async (t) => {
  const store = memoryObjects()
  const chunks = Array.from({ length: 20_000 }, (_, i) => chunk(i))
  const previous = await writeRecipe(store, chunks)
  const size = sizeOf(chunks)
  const placeOf = new Map<string, number>()
  let at = 0
  for await (const { id, node } of recipeNodes(store, rootOf(previous))) {
    placeOf.set(idKey(id), node.level === 0 ? at : -1)
    if (node.level === 0) at += node.bytes
  }
  t.is(at, size)
  for (const edit of [
    chunks.with(9000, chunk(99_999)),
    chunks.toSpliced(9000, 0, chunk(88_888), chunk(77_777)),
  ]) {
    store.writes.length = 0
    const recipe = await writeRecipe(store, edit, { previous })
    const leaves = store.writes.filter(({ id }) => store.objects.get(idKey(id))![1] === 0)
    t.true(leaves.length <= 2 && store.writes.length <= leaves.length + 1)
    t.deepEqual(store.writes.at(-1)!.base, rootOf(previous))
    const place = placeOf.get(idKey(leaves[0]!.base!))!
    const offset = sizeOf(chunks.slice(0, 9000))
    t.true(place >= 0 && place <= offset && offset - place < 2048 * 5)
    t.is(recipe.form, 'tree')
  }
})

function rootOf(recipe: Recipe): RecipeId {
  if (recipe.form !== 'tree') throw new Error('not a tree')
  return recipe.root
}

test('a byte in a large file is found by reading one node a level', async (t) => {
  const store = memoryObjects()
  const chunks = Array.from({ length: 20_000 }, (_, i) => chunk(i))
  const recipe = await writeRecipe(store, chunks)
  store.reads = 0
  t.is((await chunksOf(store, recipe, sizeOf(chunks), { offset: 30_000, length: 1 })).length, 1)
  t.is(store.reads, 2)
})

test('a million equal chunks are one item', async (t) => {
  const store = memoryObjects()
  function* zeros() {
    for (let i = 0; i < 1_000_000; i++) yield chunk(4)
  }
  const recipe = await writeRecipe(store, zeros())
  t.is(store.writes.length, 1)
  t.true(store.writes[0]!.bytes < 50)
  const found = await chunksOf(store, recipe, 5_000_000, { offset: 2_500_001, length: 5 })
  t.deepEqual(
    found.map(({ offset }) => offset),
    [2_500_000, 2_500_005],
  )
  t.is((await chunksOf(store, recipe, 5_000_000)).length, 1_000_000)
})

test('chunks may come in batches from an async source', async (t) => {
  const store = memoryObjects()
  const chunks = Array.from({ length: 50 }, (_, i) => chunk(i))
  async function* source() {
    yield chunks.slice(0, 3)
    yield []
    yield chunks.slice(3)
  }
  t.deepEqual(
    await writeRecipe(store, source(), { params: TINY }),
    await writeRecipe(store, chunks, { params: TINY }),
  )
})

test('one chunk that is the file, and no chunk, need no recipe', async (t) => {
  const store = memoryObjects()
  const id = hashChunk(Buffer.from('x')) as Id as ContentId & ChunkId
  t.deepEqual(await writeRecipe(store, [{ id, length: 1 }], { content: id }), { form: 'whole' })
  t.is((await writeRecipe(store, [{ id, length: 1 }], { content })).form, 'inline')
  t.deepEqual(await writeRecipe(store, []), { form: 'whole' })
  t.deepEqual(await chunksOf(store, { form: 'whole' }, 7), [
    { id: content as Id as ChunkId, length: 7, offset: 0 },
  ])
  t.deepEqual(await chunksOf(store, { form: 'whole' }, 0), [])
})

test('a walk visits every node and none below a skipped one', async (t) => {
  const store = memoryObjects()
  const recipe = await writeRecipe(
    store,
    Array.from({ length: 300 }, (_, i) => chunk(i)),
    { params: TINY },
  )
  const seen = new Set<string>()
  for await (const { id } of recipeNodes(store, rootOf(recipe))) seen.add(idKey(id))
  t.deepEqual([...seen].toSorted(), [...store.objects.keys()].toSorted())
  const top = []
  for await (const { id } of recipeNodes(store, rootOf(recipe), {
    skip: (id) => idKey(id) !== idKey(rootOf(recipe)),
  }))
    top.push(id)
  t.is(top.length, 1)
})

const item = (id: number, length: number, count: number): RecipeItem => ({
  id: Buffer.alloc(32, id),
  length,
  count,
})
const damaged: Record<string, Buffer> = {
  'no items': Buffer.of(1, 0, 0),
  'an unknown version': Buffer.concat([Buffer.of(2), encodeRecipeNode(0, [item(1, 1, 1)]).subarray(1)]),
  'a length of 0': encodeRecipeNode(0, [item(1, 0, 1)]),
  'a count of 0': encodeRecipeNode(0, [item(1, 1, 0)]),
  'a run in two items': encodeRecipeNode(0, [item(1, 1, 1), item(1, 1, 2)]),
  'a sum too large': encodeRecipeNode(0, [item(1, 2 ** 40, 2 ** 20)]),
  'bytes too many': Buffer.concat([encodeRecipeNode(0, [item(1, 1, 1)]), Buffer.of(0)]),
  'a count beyond its bytes': Buffer.of(1, 0, 0xff, 0x0f, 1, 2, 3),
  'a level too high': encodeRecipeNode(61, [item(1, 1, 1)]),
}
for (const [what, bytes] of Object.entries(damaged)) {
  test(`a recipe node with ${what} is refused`, (t) => {
    t.throws(() => decodeRecipeNode(bytes), { code: 'DV_CORRUPT' })
  })
}

test('damage to a node is noticed or gives a node that is canonical', (t) => {
  fc.assert(
    fc.property(
      chunkList,
      fc.nat(2),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      (chunks, level, hits) => {
        const bytes = encodeRecipeNode(
          level,
          chunks.map(({ id, length }) => ({ id, length, count: 1 })),
        )
        for (const [at, value] of hits) bytes[at % bytes.length] = value
        t.true(decodesCanonically(bytes))
        t.true(decodesCanonically(bytes.subarray(0, (hits[0]?.[0] ?? 0) % bytes.length)))
      },
    ),
  )
})

function decodesCanonically(bytes: Buffer): boolean {
  try {
    const node = decodeRecipeNode(bytes)
    const items = Array.from({ length: node.count }, (_, i) => ({
      id: recipeChild(node, i),
      length: node.lengths[i]!,
      count: node.counts[i]!,
    }))
    return encodeRecipeNode(node.level, items).equals(bytes)
  } catch (error) {
    return isDvError(error, 'DV_CORRUPT')
  }
}

test('a tree that is not what its entry or its nodes say is refused', async (t) => {
  const store = memoryObjects()
  const chunks = Array.from({ length: 40 }, (_, i) => chunk(i))
  const size = sizeOf(chunks)
  const recipe = await writeRecipe(store, chunks, { params: TINY })
  await t.throwsAsync(chunksOf(store, recipe, size + 1), { code: 'DV_CORRUPT' })
  await t.throwsAsync(checkRecipe(store, rootOf(recipe), { size: size + 1, params: TINY }), {
    code: 'DV_CORRUPT',
  })
  await t.throwsAsync(checkRecipe(store, rootOf(recipe), { size }), { code: 'DV_CORRUPT' })
  const leaf = await store.writeObject('recipe', encodeRecipeNode(0, [item(1, 10, 5), item(2, 10, 5)]))
  for (const [level, length, count] of [
    [2, 100, 10],
    [1, 99, 10],
    [1, 100, 9],
  ] as const) {
    const items = [
      { id: leaf, length, count },
      { id: leaf, length, count },
    ]
    const root = await store.writeObject('recipe', encodeRecipeNode(level, items))
    await t.throwsAsync(chunksOf(store, { form: 'tree', root }, 2 * length), { code: 'DV_CORRUPT' })
    await t.throwsAsync(checkRecipe(store, root, { size: 2 * length }), { code: 'DV_CORRUPT' })
  }
})

test('chunks that cannot be are refused', async (t) => {
  const store = memoryObjects()
  await t.throwsAsync(writeRecipe(store, [{ id: Buffer.alloc(32), length: 0 }]), { code: 'DV_UNSUPPORTED' })
  await t.throwsAsync(writeRecipe(store, [{ id: Buffer.alloc(31), length: 1 }]), { code: 'DV_UNSUPPORTED' })
})
