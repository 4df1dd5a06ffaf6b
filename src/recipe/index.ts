// recipe: how a file is rebuilt from its chunks: whole, inline, or a positional tree. Knows ids and lengths; must not
// know chunk bytes, paths or packs. Format: spec/04-objects.md, "Recipe nodes"
export { checkRecipe } from './check.js'
export { type ChunkRange, iterChunks, type PlacedChunk } from './iterate.js'
export {
  decodeRecipeNode,
  encodeRecipeNode,
  isRecipeLeaf,
  recipeChild,
  type RecipeItem,
  type RecipeNode,
} from './node.js'
export { recipeNodes, type RecipeVisit, type RecipeWalkOptions } from './nodes.js'
export { RECIPE_PARAMS, type RecipeParams } from './params.js'
export { type ChunkSource, writeRecipe, type WriteRecipeOptions } from './write.js'
