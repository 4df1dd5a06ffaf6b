// Format: spec/04-objects.md, "Recipe nodes".

/** Sizes of recipe nodes. Fixed for the format; tests shrink them. */
export interface RecipeParams {
  /** At least 2. */
  readonly minItems: number
  readonly normalItems: number
  readonly maxItems: number
  readonly strictBits: number
  readonly looseBits: number
}

export const RECIPE_PARAMS: RecipeParams = {
  minItems: 256,
  normalItems: 512,
  maxItems: 2048,
  strictBits: 11,
  looseBits: 8,
}

/** Whether a node of `items` items ends after the one with this id: ids are hashes already. */
export function endsRecipeNode(params: RecipeParams, items: number, id: Uint8Array): boolean {
  if (items < params.minItems) return false
  if (items >= params.maxItems) return true
  const hash = ((id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8) | id[3]!) >>> 0
  return hash >>> (32 - (items <= params.normalItems ? params.strictBits : params.looseBits)) === 0
}
