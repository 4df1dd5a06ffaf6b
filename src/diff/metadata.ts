import { type Metadata, type MetadataValue, sameValue } from '../objects/index.js'

/** One key of a metadata map that differs; a side that lacks it is absent. */
export interface MetadataChange {
  key: string
  before?: MetadataValue
  after?: MetadataValue
}

/** What differs between two metadata maps, key by key, in the order of keys. */
export function diffMetadata(before: Metadata, after: Metadata): MetadataChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort()
  return keys.flatMap((key) => {
    const [a, b] = [before.get(key), after.get(key)]
    if (sameValue(a, b)) return []
    return [{ key, ...(a !== undefined && { before: a }), ...(b !== undefined && { after: b }) }]
  })
}
