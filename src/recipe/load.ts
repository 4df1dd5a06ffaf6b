import { corrupt } from '../base/index.js'
import { type RecipeId, shortHex } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import { decodeRecipeNode, recipeChild, type RecipeNode } from './node.js'

export async function loadRecipeNode(reader: ObjectReader, id: RecipeId): Promise<RecipeNode> {
  return decodeRecipeNode(await reader.readObject('recipe', id))
}

/** A child, which must be what its parent says it is. */
export async function loadRecipeChild(
  reader: ObjectReader,
  parent: RecipeNode,
  index: number,
): Promise<RecipeNode> {
  const id = recipeChild(parent, index) as RecipeId
  const child = await loadRecipeNode(reader, id)
  if (
    child.level !== parent.level - 1 ||
    child.bytes !== parent.lengths[index] ||
    child.chunks !== parent.counts[index]
  ) {
    throw corrupt(`The recipe node '${shortHex(id)}' is not what the node above it says`, {
      node: shortHex(id),
    })
  }
  return child
}
