import type { Metadata, MetadataValue } from '../objects/index.js'

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

/** Whether two values are of the same type and equal; two absent ones are. */
export function sameValue(a: MetadataValue | undefined, b: MetadataValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (a.type === 'list' || b.type === 'list') {
    if (a.type !== 'list' || b.type !== 'list' || a.value.length !== b.value.length) return false
    return a.value.every((item, at) => sameValue(item, b.value[at]))
  }
  return a.type === b.type && Object.is(a.value, b.value)
}
