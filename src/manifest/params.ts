// Format: spec/07-manifest.md, "Where a node ends".

/** Sizes of nodes. Fixed for the format; tests shrink them to get deep trees from few paths. */
export interface ManifestParams {
  /** No node but the last of its level has fewer items than this. At least 2, so that every level is smaller. */
  readonly minItems: number
  /** Up to this many items a node ends with probability 2^-strictBits, beyond it with 2^-looseBits. */
  readonly normalItems: number
  readonly maxItems: number
  /** A node of at least `minItems` ends once its keys have this many bytes. */
  readonly maxKeyBytes: number
  readonly strictBits: number
  readonly looseBits: number
}

export const MANIFEST_PARAMS: ManifestParams = {
  minItems: 32,
  normalItems: 320,
  maxItems: 1024,
  maxKeyBytes: 128 * 1024,
  strictBits: 11,
  looseBits: 7,
}

/** No encoded node is larger: what the parameters allow, with the longest entries, stays below it. */
export const NODE_BYTES_MAX = 1024 * 1024

/** Whether a node of `items` items with `keyBytes` bytes of keys ends after the item whose key hashed to `hash`. */
export function endsNode(params: ManifestParams, items: number, keyBytes: number, hash: number): boolean {
  if (items < params.minItems) return false
  if (items >= params.maxItems || keyBytes >= params.maxKeyBytes) return true
  return hash >>> (32 - (items <= params.normalItems ? params.strictBits : params.looseBits)) === 0
}
