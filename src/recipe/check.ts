// The full check of a recipe tree that someone else wrote.
import { corrupt } from '../base/index.js'
import { type RecipeId, sameId, shortHex } from '../hash/index.js'
import { INLINE_CHUNKS_MAX } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { loadRecipeChild, loadRecipeNode } from './load.js'
import { recipeChild, type RecipeNode } from './node.js'
import { endsRecipeNode, RECIPE_PARAMS, type RecipeParams } from './params.js'

/** Checks every node of the recipe of a file of `size` bytes: encoding, sums, where nodes end. Throws DV_CORRUPT. */
export async function checkRecipe(
  reader: ObjectReader,
  root: RecipeId,
  { size, params = RECIPE_PARAMS }: { size: number; params?: RecipeParams },
): Promise<void> {
  const node = await loadRecipeNode(reader, root)
  if (node.bytes !== size) throw damaged(root, `stands for ${node.bytes} bytes, not ${size}`)
  if (node.chunks <= INLINE_CHUNKS_MAX) throw damaged(root, 'is a tree of too few chunks')
  if (node.level > 0 && node.count === 1) throw damaged(root, 'is a root with a single child')
  await checkNode({ reader, params, last: undefined }, root, { node, last: true })
}

interface Check {
  reader: ObjectReader
  params: RecipeParams
  /** The chunk before, in order: a run must not go on in the next leaf. */
  last: Uint8Array | undefined
}

async function checkNode(
  check: Check,
  id: RecipeId,
  { node, last }: { node: RecipeNode; last: boolean },
): Promise<void> {
  for (let i = 0; i < node.count; i++) {
    const ends = endsRecipeNode(check.params, i + 1, recipeChild(node, i))
    const atEnd = i === node.count - 1
    if (ends && !atEnd) throw damaged(id, `goes on behind item ${i}, where it should end`)
    if (!ends && atEnd && !last) throw damaged(id, 'ends where no node should')
    if (node.level > 0) {
      const child = await loadRecipeChild(check.reader, node, i)
      await checkNode(check, recipeChild(node, i) as RecipeId, { node: child, last: last && atEnd })
    }
  }
  if (node.level > 0) return
  if (check.last !== undefined && sameId(check.last, recipeChild(node, 0)))
    throw damaged(id, 'goes on with a run')
  check.last = recipeChild(node, node.count - 1)
}

function damaged(id: RecipeId, reason: string): Error {
  return corrupt(`The recipe node '${shortHex(id)}' ${reason}`, { node: shortHex(id) })
}
