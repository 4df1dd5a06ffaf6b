import test from 'ava'
import fc from 'fast-check'
import { isWithin } from '../../src/base/index.js'
import { iterEffective, iterEntries, storeMetadata } from '../../src/manifest/index.js'
import type { Entry, Metadata } from '../../src/objects/index.js'
import { memoryObjects, type MemoryObjects } from '../helpers/memory-objects.js'
import { build, collect, file, type Tree } from './helpers.js'

const part = fc.constantFrom('a', 'b', 'ab', 'a-')
const paths = fc.uniqueArray(
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
  { maxLength: 40 },
)
/** Some of them too long to stand in a leaf. */
const metadata = fc
  .dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('1', '2', 'long'.repeat(200)), { maxKeys: 2 })
  .map(
    (keys): Metadata => new Map(Object.entries(keys).map(([key, value]) => [key, { type: 'string', value }])),
  )
const made = fc.tuple(paths, fc.array(metadata, { minLength: 40, maxLength: 40 }))

/** A directory wherever something lies below. */
async function treeOf(writer: MemoryObjects, [names, all]: [string[], Metadata[]]): Promise<Tree> {
  const tree: Tree = new Map()
  for (const [i, name] of names.entries()) {
    const own = await storeMetadata(writer, all[i]!)
    const isDirectory = names.some((other) => other !== name && isWithin(other, name))
    const entry: Entry = isDirectory ? { kind: 'directory' } : file(name)
    if (!isDirectory || own) tree.set(name, { ...entry, ...(own && { metadata: own }) })
  }
  return tree
}

/** What the page says, key by key. */
function effective(names: readonly string[], all: readonly Metadata[], path: string): Map<string, unknown> {
  const above = [...names.entries()].filter(([, name]) => isWithin(path, name))
  above.sort(([, a], [, b]) => a.length - b.length)
  return new Map(above.flatMap(([i]) => [...all[i]!]))
}

test('each entry has its own metadata and what it inherits, wherever the walk begins', async (t) => {
  await fc.assert(
    fc.asyncProperty(made, fc.constantFrom('', 'a', 'a/b', 'a/a'), async ([names, all], within) => {
      const objects = memoryObjects()
      const root = await build(objects, await treeOf(objects, [names, all]))
      for (const [path, , found] of await collect(iterEffective(objects, root, { prefix: within })))
        t.deepEqual([...found].sort(), [...effective(names, all, path)].sort() as never)
    }),
  )
})

test('entries that begin with a text, or stand at one path, are those that a filter of all would leave', async (t) => {
  const text = fc.string({ unit: fc.constantFrom(...'ab-/é'), maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(made, text, async (tree, sought) => {
      const objects = memoryObjects()
      const root = await build(objects, await treeOf(objects, tree))
      const all = (await collect(iterEntries(objects, root))).map(([path]) => path)
      const begins = (await collect(iterEntries(objects, root, { begins: sought }))).map(([path]) => path)
      const only = (await collect(iterEntries(objects, root, { only: sought }))).map(([path]) => path)
      t.deepEqual(
        begins,
        all.filter((path) => path.startsWith(sought)),
      )
      t.deepEqual(
        only,
        all.filter((path) => path === sought),
      )
    }),
  )
})
