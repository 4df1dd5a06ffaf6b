import { corrupt } from '../base/index.js'
import { type ChunkId, type RecipeId, shortHex } from '../hash/index.js'
import type { ChunkRef, FileEntry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { loadRecipeChild, loadRecipeNode } from './load.js'
import { itemBytes, recipeChild, type RecipeNode } from './node.js'

/** A chunk at its place in the file. */
export interface PlacedChunk extends ChunkRef {
  /** Of its first byte in the file. */
  offset: number
}

export interface ChunkRange {
  /** First byte wanted; default 0. */
  offset?: number
  /** Bytes wanted; default: to the end. */
  length?: number
}

const BATCH = 1024

/** The chunks that hold any byte of the range, in order, in batches. Reads only the nodes that lead to them. Throws
 * DV_PURGED for a file that was purged, whatever is left of it. */
export async function* iterChunks(
  reader: ObjectReader,
  entry: Pick<FileEntry, 'size' | 'content' | 'recipe'>,
  range: ChunkRange = {},
): AsyncGenerator<PlacedChunk[]> {
  const from = range.offset ?? 0
  const to = Math.min(entry.size, from + (range.length ?? entry.size))
  if (from >= to) return
  ;(await reader.purged()).refuse(entry)
  if (entry.recipe.form === 'tree') return yield* iterTree(reader, entry, { from, to })
  const chunks =
    entry.recipe.form === 'inline'
      ? entry.recipe.chunks
      : [{ id: entry.content as Uint8Array as ChunkId, length: entry.size }]
  let offset = 0
  const placed: PlacedChunk[] = []
  for (const { id, length } of chunks) {
    if (offset < to && offset + length > from) placed.push({ id, length, offset })
    offset += length
  }
  yield placed
}

interface Span {
  from: number
  to: number
}

interface Frame {
  node: RecipeNode
  index: number
  /** Where item `index` begins in the file. */
  offset: number
}

async function* iterTree(
  reader: ObjectReader,
  { size, recipe }: Pick<FileEntry, 'size' | 'recipe'>,
  span: Span,
): AsyncGenerator<PlacedChunk[]> {
  const rootId = (recipe as { root: RecipeId }).root
  const root = await loadRecipeNode(reader, rootId)
  if (root.bytes !== size || (root.level > 0 && root.count === 1)) {
    throw corrupt(`The recipe '${shortHex(rootId)}' is not that of a file of ${size} bytes`, {
      node: shortHex(rootId),
    })
  }
  const stack: Frame[] = [seek({ node: root, index: 0, offset: 0 }, span.from)]
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const { node } = frame
    if (node.level === 0) yield* leafChunks(frame, span)
    if (node.level === 0 || frame.index >= node.count || frame.offset >= span.to) {
      stack.pop()
      continue
    }
    const child = await loadRecipeChild(reader, node, frame.index)
    stack.push(seek({ node: child, index: 0, offset: frame.offset }, span.from))
    frame.offset += itemBytes(node, frame.index++)
  }
}

function seek(frame: Frame, from: number): Frame {
  const { node } = frame
  while (frame.index < node.count - 1 && frame.offset + itemBytes(node, frame.index) <= from) {
    frame.offset += itemBytes(node, frame.index++)
  }
  return frame
}

function* leafChunks(frame: Frame, { from, to }: Span): Generator<PlacedChunk[]> {
  const { node } = frame
  let batch: PlacedChunk[] = []
  let { offset } = frame
  for (let i = frame.index; i < node.count && offset < to; i++) {
    const id = recipeChild(node, i) as ChunkId
    const length = node.lengths[i]!
    const end = offset + length * node.counts[i]!
    if (from > offset) offset += Math.floor((Math.min(from, end) - offset) / length) * length
    for (; offset < Math.min(end, to); offset += length) {
      if (batch.push({ id, length, offset }) < BATCH) continue
      yield batch
      batch = []
    }
    if (offset < end) break
  }
  if (batch.length > 0) yield batch
}
