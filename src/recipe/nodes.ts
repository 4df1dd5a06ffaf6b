import type { RecipeId } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import { decodeRecipeNode, recipeChild, type RecipeNode } from './node.js'

export interface RecipeVisit {
  id: RecipeId
  bytes: Uint8Array
  node: RecipeNode
}

export interface RecipeWalkOptions {
  /** Whether a node and all below it are known already and need not be read. */
  skip?: (id: RecipeId) => boolean
}

/** The nodes of a recipe tree, a node before those below it, in the order of the file. A node that comes twice is
 * visited twice unless skipped. */
export async function* recipeNodes(
  reader: ObjectReader,
  root: RecipeId,
  { skip = () => false }: RecipeWalkOptions = {},
): AsyncGenerator<RecipeVisit> {
  const waiting = [root]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (skip(id)) continue
    const bytes = await reader.readObject('recipe', id)
    const node = decodeRecipeNode(bytes)
    yield { id, bytes, node }
    if (node.level === 0) continue
    for (let i = node.count - 1; i >= 0; i--) waiting.push(recipeChild(node, i) as RecipeId)
  }
}
