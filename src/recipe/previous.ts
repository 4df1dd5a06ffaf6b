// The nodes of the recipe that a new one replaces, to find for each new node the one it most likely resembles.
import { hashObject, idKey, type RecipeId } from '../hash/index.js'
import type { Recipe } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { loadRecipeChild, loadRecipeNode } from './load.js'
import { itemBytes, recipeChild, type RecipeNode } from './node.js'

/** Nodes of one level in order: where they begin in the file, and which is which. */
interface OldLevel {
  ids: RecipeId[]
  starts: number[]
  indexOf: Map<string, number>
  /** Where the new file is ahead of the old one, as of the last node that both have. */
  shift: number
}

export interface PreviousTree {
  /** The old node to store a new one against; undefined when there is none, or when the old file has this very node. */
  baseFor(level: number, node: { bytes: Uint8Array; start: number }): RecipeId | undefined
}

/** Reads the old tree's upper nodes. Its leaves, the most, are not read. */
export async function loadPrevious(reader: ObjectReader, recipe: Recipe | undefined): Promise<PreviousTree> {
  const levels: OldLevel[] = []
  if (recipe?.form === 'tree') {
    const root = await loadRecipeNode(reader, recipe.root)
    add(levels, root.level, { id: recipe.root, start: 0 })
    await collect(reader, root, { levels, start: 0 })
  }
  return {
    baseFor: (level, node) => {
      const old = levels[level]
      return old && align(old, node)
    },
  }
}

function add(levels: OldLevel[], level: number, { id, start }: { id: RecipeId; start: number }): void {
  while (levels.length <= level) levels.push({ ids: [], starts: [], indexOf: new Map(), shift: 0 })
  const old = levels[level]!
  old.indexOf.set(idKey(id), old.ids.length)
  old.ids.push(id)
  old.starts.push(start)
}

async function collect(
  reader: ObjectReader,
  node: RecipeNode,
  { levels, start }: { levels: OldLevel[]; start: number },
): Promise<void> {
  if (node.level === 0) return
  let at = start
  for (let i = 0; i < node.count; i++) {
    add(levels, node.level - 1, { id: recipeChild(node, i) as RecipeId, start: at })
    if (node.level > 1) await collect(reader, await loadRecipeChild(reader, node, i), { levels, start: at })
    at += itemBytes(node, i)
  }
}

function align(old: OldLevel, { bytes, start }: { bytes: Uint8Array; start: number }): RecipeId | undefined {
  const known = old.indexOf.get(idKey(hashObject('recipe', bytes)))
  if (known !== undefined) {
    old.shift = start - old.starts[known]!
    return undefined
  }
  return old.ids[lastNotAfter(old.starts, start - old.shift)]
}

/** The last index whose start is not after `offset`; 0 when all are. */
function lastNotAfter(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}
