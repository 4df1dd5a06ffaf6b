// A subset against a model of maps: what a cut holds, what a merge back carries, what a refresh leaves.
import test from 'ava'
import fc from 'fast-check'
import { comparePaths, isWithin } from '../../src/base/index.js'
import { addedTo, cutTree } from '../../src/api/cut.js'
import { entryRow, isTrue, parseExpression } from '../../src/expression/index.js'
import type { ManifestId } from '../../src/hash/index.js'
import { iterEntries } from '../../src/manifest/index.js'
import { graft, mergeTrees, type MergeResult } from '../../src/merge/index.js'
import { type Entry, isFile, NO_METADATA } from '../../src/objects/index.js'
import { type MemoryObjects, memoryObjects } from '../helpers/memory-objects.js'
import { build, collect, file, type Tree } from '../manifest/helpers.js'

type Model = ReadonlyMap<string, string>

const name = fc.constantFrom('a', 'b', 'ab', 'c')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
/** Of one to four bytes: the expressions ask for sizes. */
const text = fc.string({ unit: fc.constantFrom('x', 'y'), minLength: 1, maxLength: 4 })
const edits = fc.array(fc.tuple(path, fc.option(text, { nil: undefined })), { maxLength: 8 })
const where = fc.constantFrom(
  'size > 2',
  "path LIKE 'a%'",
  "directory = 'a' OR name = 'b'",
  'size = 1 OR size = 4',
  "NOT path LIKE '%b%'",
  "path IN ('a/b', 'c', 'b/c/a')",
  'FALSE',
)

/** A file that would lie below another is left out. */
function edited(before: Model, changes: readonly (readonly [string, string | undefined])[]): Model {
  const after = new Map(before)
  for (const [at, to] of changes) {
    if (to === undefined) after.delete(at)
    else if (![...after.keys()].some((other) => other !== at && (isWithin(other, at) || isWithin(at, other))))
      after.set(at, to)
  }
  return after
}

function meant(expression: string, [at, contents]: readonly [string, string]): boolean {
  return isTrue(parseExpression(expression), entryRow(at, file(contents), NO_METADATA))
}

function treeOf(model: Model): Tree {
  return new Map([...model].map(([at, contents]): [string, Entry] => [at, file(contents)]))
}

function same(a: Entry | undefined, contents: string | undefined): boolean {
  if (!a || contents === undefined) return !a && contents === undefined
  return isFile(a) && Buffer.compare(a.content, (file(contents) as typeof a).content) === 0
}

async function read(objects: MemoryObjects, root: ManifestId): Promise<Map<string, Entry>> {
  return new Map(await collect(iterEntries(objects, root)))
}

function merged(objects: MemoryObjects, roots: Record<'base' | 'ours' | 'theirs', ManifestId>) {
  const files = { read: async () => undefined, write: () => Promise.reject(new Error('no text')) }
  return mergeTrees(objects, { ...roots, labels: { ours: 'main', theirs: 'part' }, files })
}

interface Sides {
  base: Model
  ours: Model
  theirs: Model
}

/** Path by path: what theirs changed counts, all else is ours; both is a conflict. */
function expected({ base, ours, theirs }: Sides): { tree: Map<string, string>; conflicts: Set<string> } {
  const tree = new Map<string, string>()
  const conflicts = new Set<string>()
  for (const at of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const [was, mine, other] = [base.get(at), ours.get(at), theirs.get(at)]
    const result = was === other ? mine : other
    if (was !== other && mine !== was && mine !== other) conflicts.add(at)
    if (result !== undefined) tree.set(at, result)
  }
  for (const at of tree.keys())
    if ([...tree.keys()].some((other) => other !== at && isWithin(other, at))) conflicts.add(at)
  return { tree, conflicts }
}

async function agrees(
  objects: MemoryObjects,
  result: MergeResult,
  sides: Sides,
): Promise<string | undefined> {
  const { tree, conflicts } = expected(sides)
  const told = result.conflicts.map((conflict) => conflict.path)
  const settled = await read(objects, result.settled)
  if (conflicts.size > 0 !== told.length > 0)
    return `conflicts: ${told.join()}, expected ${[...conflicts].join()}`
  const isOpen = (at: string) =>
    [...told, ...conflicts].some((other) => isWithin(at, other) || isWithin(other, at))
  for (const at of new Set([...tree.keys(), ...settled.keys()]))
    if (!isOpen(at) && !same(settled.get(at), tree.get(at))) return `'${at}' is not as expected`
  for (const [at, contents] of sides.ours) {
    if (sides.base.has(at) || sides.theirs.has(at) || told.includes(at)) continue
    if (!same(settled.get(at), contents)) return `'${at}' was left out, and is gone`
  }
  return undefined
}

test('a cut holds what the expression means, and what is kept', async (t) => {
  await fc.assert(
    fc.asyncProperty(edits, where, fc.uniqueArray(path), async (all, expression, kept) => {
      const objects = memoryObjects()
      const model = edited(new Map(), all)
      const tree = await build(objects, treeOf(model))
      const cut = await cutTree(objects, tree, { where: expression, kept: kept.sort(comparePaths) })
      const wanted = [...model].filter((item) => meant(expression, item) || kept.includes(item[0]))
      t.deepEqual([...(await read(objects, cut)).keys()], wanted.map(([at]) => at).sort(comparePaths))
    }),
  )
})

test('a merge back carries what was changed on the subset, and never deletes what it left out', async (t) => {
  await fc.assert(
    fc.asyncProperty(edits, where, edits, edits, async (all, expression, mine, others) => {
      const objects = memoryObjects()
      const source = edited(new Map(), all)
      const base: Model = new Map([...source].filter((item) => meant(expression, item)))
      const sides = { base, ours: edited(source, mine), theirs: edited(base, others) }
      const tree = await build(objects, treeOf(source))
      const roots = {
        base: await cutTree(objects, tree, { where: expression, kept: [] }),
        ours: await build(objects, treeOf(sides.ours)),
        theirs: await build(objects, treeOf(sides.theirs)),
      }
      const grafted = await graft(objects, roots)
      const result = await merged(objects, { ours: roots.ours, ...grafted })
      t.is(await agrees(objects, result, sides), undefined)
    }),
    { numRuns: 500 },
  )
})

test('a refresh leaves what the expression now means, and what was changed on the subset', async (t) => {
  await fc.assert(
    fc.asyncProperty(edits, where, edits, edits, async (all, expression, mine, others) => {
      const objects = memoryObjects()
      const [old, changed] = [edited(new Map(), all), edited(edited(new Map(), all), others)]
      const base: Model = new Map([...old].filter((item) => meant(expression, item)))
      const ours = edited(base, mine)
      const oldCut = await cutTree(objects, await build(objects, treeOf(old)), {
        where: expression,
        kept: [],
      })
      const tip = await build(objects, treeOf(ours))
      const kept = await addedTo(objects, { tree: tip, cut: oldCut, where: expression })
      t.deepEqual(kept, [...ours.keys()].filter((at) => !base.has(at)).sort(comparePaths))
      const source = await build(objects, treeOf(changed))
      const cut = await cutTree(objects, source, { where: expression, kept })
      const theirs: Model = new Map(
        [...changed].filter((item) => meant(expression, item) || kept.includes(item[0])),
      )
      const result = await merged(objects, { base: oldCut, ours: tip, theirs: cut })
      t.is(await agrees(objects, result, { base, ours, theirs }), undefined)
    }),
    { numRuns: 300 },
  )
})
