// Format: spec/04-objects.md, "Recipe nodes". Strict: one encoding for one recipe.
import { Reader, Writer } from '../codec/index.js'
import { ID_BYTES, sameId } from '../hash/index.js'
import { RECIPE_PARAMS } from './params.js'

const VERSION = 1
const LEVEL_MAX = 60

/** Level 0: item i is `lengths[i]` bytes of chunk `ids[i]`, `counts[i]` times over. Above: item i is the child
 * `ids[i]` with `lengths[i]` bytes and `counts[i]` chunks below it. */
export interface RecipeNode {
  readonly level: number
  readonly count: number
  /** 32 bytes an item. */
  readonly ids: Buffer
  readonly lengths: Float64Array
  readonly counts: Float64Array
  /** Bytes and chunks of all items together. */
  readonly bytes: number
  readonly chunks: number
}

export function isRecipeLeaf(node: RecipeNode): boolean {
  return node.level === 0
}

export function recipeChild(node: RecipeNode, index: number): Uint8Array {
  return node.ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES)
}

/** Bytes of the file that item `index` stands for. */
export function itemBytes(node: RecipeNode, index: number): number {
  return node.level === 0 ? node.lengths[index]! * node.counts[index]! : node.lengths[index]!
}

export interface RecipeItem {
  id: Uint8Array
  /** Of one chunk, or of all below. */
  length: number
  /** Times over, or chunks below. */
  count: number
}

export function encodeRecipeNode(level: number, items: readonly RecipeItem[]): Buffer {
  const writer = new Writer(40 * items.length + 16)
  writer.u8(VERSION).u8(level).varint(items.length)
  for (const { id } of items) writer.raw(id)
  for (const { length } of items) writer.varint(length)
  for (const { count } of items) writer.varint(count)
  return writer.done()
}

export function decodeRecipeNode(bytes: Uint8Array): RecipeNode {
  const reader = new Reader(bytes, 'recipe node')
  if (reader.u8() !== VERSION) reader.fail('an unknown version')
  const level = reader.u8()
  if (level > LEVEL_MAX) reader.fail('a level too high')
  const count = reader.count(RECIPE_PARAMS.maxItems, ID_BYTES + 2)
  if (count === 0) reader.fail('a node of no items')
  const ids = reader.raw(count * ID_BYTES)
  const lengths = readPositive(reader, count)
  const counts = readPositive(reader, count)
  reader.end()
  const node = { level, count, ids, lengths, counts, bytes: 0, chunks: 0 }
  for (let i = 0; i < count; i++) {
    node.bytes += itemBytes(node, i)
    node.chunks += counts[i]!
    if (!Number.isSafeInteger(node.bytes) || !Number.isSafeInteger(node.chunks))
      reader.fail('a sum too large')
    if (level === 0 && i > 0 && sameId(recipeChild(node, i - 1), recipeChild(node, i))) {
      reader.fail('a run of one chunk in two items')
    }
  }
  return node
}

function readPositive(reader: Reader, count: number): Float64Array {
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    values[i] = reader.varint()
    if (values[i] === 0) reader.fail('a length or count of 0')
  }
  return values
}
