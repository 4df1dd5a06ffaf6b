// Which bytes of a file changed, told from its recipes alone: nodes that both versions share are not opened.
import { corrupt } from '../base/index.js'
import { idKey, type RecipeId, shortHex } from '../hash/index.js'
import type { FileEntry } from '../objects/index.js'
import { decodeRecipeNode, iterChunks, recipeChild, type RecipeNode } from '../recipe/index.js'
import type { ObjectReader } from '../store/index.js'
import { compareLists, type Item, type ItemBatches, type Stretch } from './lists.js'

/** Bytes of the old file that gave way to bytes of the new one. Bounds are those of chunks. */
export interface ChangedRange {
  before: { offset: number; length: number }
  after: { offset: number; length: number }
}

export interface ChangedRanges {
  /** In ascending order; the first RANGES_MAX of them. */
  ranges: ChangedRange[]
  /** How many there are. */
  count: number
  /** Bytes of the ranges, on either side. */
  removedBytes: number
  addedBytes: number
  /** Bytes of the added chunks that are not among the removed ones: what moved within the file is not new. */
  newBytes: number
}

export const RANGES_MAX = 4096
/** Distinct removed and added chunks remembered to find moved ones; beyond, what moved may count as new. */
const MOVED_MAX = 65_536

type File = Pick<FileEntry, 'size' | 'content' | 'recipe'>

/** The ranges in which two versions of a file differ. */
export async function changedRanges(reader: ObjectReader, before: File, after: File): Promise<ChangedRanges> {
  const tally = new Tally()
  const [a, b] = [await openFile(reader, before), await openFile(reader, after)]
  const level = Math.min(a.root?.level ?? 0, b.root?.level ?? 0)
  await compareAt(
    level,
    [a, b],
    [
      { from: 0, to: before.size },
      { from: 0, to: after.size },
    ],
    tally,
  )
  return tally.result()
}

interface OpenFile {
  reader: ObjectReader
  file: File
  root: RecipeNode | undefined
}

interface Span {
  from: number
  to: number
}

type Both<T> = readonly [before: T, after: T]

async function openFile(reader: ObjectReader, file: File): Promise<OpenFile> {
  if (file.recipe.form !== 'tree') return { reader, file, root: undefined }
  return { reader, file, root: decodeRecipeNode(await reader.readObject('recipe', file.recipe.root)) }
}

/** Compares the nodes below those of `level`, then within the stretches that differ the ones below, down to chunks. */
async function compareAt(
  level: number,
  [a, b]: Both<OpenFile>,
  [x, y]: Both<Span>,
  tally: Tally,
): Promise<void> {
  for await (const differs of compareLists(itemsAt(level, a, x), itemsAt(level, b, y))) {
    const before = { ...differs.before, offset: differs.before.offset + x.from }
    const after = { ...differs.after, offset: differs.after.offset + y.from }
    if (level === 0) tally.add(before, after)
    else await compareAt(level - 1, [a, b], [toSpan(before), toSpan(after)], tally)
  }
}

/** What nodes of `level` list within a span that begins and ends with such a child. */
async function* itemsAt(level: number, { reader, file, root }: OpenFile, { from, to }: Span): ItemBatches {
  if (from >= to) return
  if (level === 0 || root === undefined) {
    yield* iterChunks(reader, file, { offset: from, length: to - from })
    return
  }
  yield* childrenAt(level, reader, { node: root, offset: 0 }, { from, to })
}

async function* childrenAt(
  level: number,
  reader: ObjectReader,
  { node, offset }: { node: RecipeNode; offset: number },
  span: Span,
): AsyncGenerator<Item[]> {
  const items: Item[] = []
  for (let i = 0; i < node.count; i++) {
    const length = node.lengths[i]!
    if (offset < span.to && offset + length > span.from) {
      const id = recipeChild(node, i) as RecipeId
      if (node.level === level) items.push({ id, length })
      else yield* childrenAt(level, reader, { node: await openChild(reader, node, i), offset }, span)
    }
    offset += length
  }
  if (items.length > 0) yield items
}

async function openChild(reader: ObjectReader, parent: RecipeNode, index: number): Promise<RecipeNode> {
  const id = recipeChild(parent, index) as RecipeId
  const child = decodeRecipeNode(await reader.readObject('recipe', id))
  if (child.level === parent.level - 1 && child.bytes === parent.lengths[index]) return child
  throw corrupt(`The recipe node '${shortHex(id)}' is not what the node above it says`, {
    node: shortHex(id),
  })
}

function toSpan(stretch: Stretch): Span {
  const { offset, length } = span(stretch)
  return { from: offset, to: offset + length }
}

class Tally {
  readonly #ranges: ChangedRange[] = []
  readonly #removed = new Set<string>()
  readonly #added = new Map<string, number>()
  #count = 0
  #removedBytes = 0
  #addedBytes = 0
  #newBytes = 0

  add(before: Stretch, after: Stretch): void {
    const range = { before: span(before), after: span(after) }
    this.#count++
    if (this.#ranges.length < RANGES_MAX) this.#ranges.push(range)
    this.#removedBytes += range.before.length
    this.#addedBytes += range.after.length
    for (const { id } of before.items) if (this.#removed.size < MOVED_MAX) this.#removed.add(idKey(id))
    for (const { id, length } of after.items) {
      if (this.#added.size < MOVED_MAX) this.#added.set(idKey(id), length)
      else this.#newBytes += length
    }
  }

  result(): ChangedRanges {
    for (const [key, length] of this.#added) if (!this.#removed.has(key)) this.#newBytes += length
    return {
      ranges: this.#ranges,
      count: this.#count,
      removedBytes: this.#removedBytes,
      addedBytes: this.#addedBytes,
      newBytes: this.#newBytes,
    }
  }
}

function span({ offset, items }: Stretch): { offset: number; length: number } {
  return { offset, length: items.reduce((sum, { length }) => sum + length, 0) }
}
