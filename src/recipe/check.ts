// The full check of a recipe tree that someone else wrote.
import { corrupt } from '../base/index.js'
import { idKey, type RecipeId, sameId, shortHex } from '../hash/index.js'
import { INLINE_CHUNKS_MAX } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { loadRecipeChild, loadRecipeNode } from './load.js'
import { recipeChild, type RecipeNode } from './node.js'
import { endsRecipeNode, RECIPE_PARAMS, type RecipeParams } from './params.js'

/** Checks every node of the recipe of a file of `size` bytes, each once: encoding, sums, where nodes end. Throws
 * DV_CORRUPT. */
export async function checkRecipe(
  reader: ObjectReader,
  root: RecipeId,
  { size, params = RECIPE_PARAMS }: { size: number; params?: RecipeParams },
): Promise<void> {
  const node = await loadRecipeNode(reader, root)
  if (node.bytes !== size) throw damaged(root, `stands for ${node.bytes} bytes, not ${size}`)
  if (node.chunks <= INLINE_CHUNKS_MAX) throw damaged(root, 'is a tree of too few chunks')
  if (node.level > 0 && node.count === 1) throw damaged(root, 'is a root with a single child')
  await checkNode({ reader, params, sound: new Map() }, root, { node, last: true })
}

interface Check {
  reader: ObjectReader
  params: RecipeParams
  /** Nodes that were checked, by what the node above says of them: a few nodes that name each other thousands of times
   * make a file of petabytes. */
  sound: Map<string, Edges>
}

/** The first and the last chunk below a node: a run must not go on in the next leaf. */
interface Edges {
  first: Uint8Array
  last: Uint8Array
}

/** `last`: nothing comes behind the node, so that it may end anywhere. */
async function checkNode(
  check: Check,
  id: RecipeId,
  { node, last }: { node: RecipeNode; last: boolean },
): Promise<Edges> {
  let edges: Edges | undefined
  for (let i = 0; i < node.count; i++) {
    const ends = endsRecipeNode(check.params, i + 1, recipeChild(node, i))
    const atEnd = i === node.count - 1
    if (ends && !atEnd) throw damaged(id, `goes on behind item ${i}, where it should end`)
    if (!ends && atEnd && !last) throw damaged(id, 'ends where no node should')
    if (node.level === 0) continue
    const child = await checkChild(check, node, { index: i, last: last && atEnd })
    if (edges && sameId(edges.last, child.first)) throw damaged(id, `goes on with a run in item ${i}`)
    edges = { first: edges?.first ?? child.first, last: child.last }
  }
  // Views of a node would keep all of it.
  return (
    edges ?? {
      first: Buffer.from(recipeChild(node, 0)),
      last: Buffer.from(recipeChild(node, node.count - 1)),
    }
  )
}

async function checkChild(
  check: Check,
  parent: RecipeNode,
  { index, last }: { index: number; last: boolean },
): Promise<Edges> {
  const id = recipeChild(parent, index) as RecipeId
  const claim = `${idKey(id)} ${parent.level} ${parent.lengths[index]} ${parent.counts[index]}`
  const known = last ? undefined : check.sound.get(claim)
  if (known) return known
  const node = await loadRecipeChild(check.reader, parent, index)
  const edges = await checkNode(check, id, { node, last })
  if (!last) check.sound.set(claim, edges)
  return edges
}

function damaged(id: RecipeId, reason: string): Error {
  return corrupt(`The recipe node '${shortHex(id)}' ${reason}`, { node: shortHex(id) })
}
