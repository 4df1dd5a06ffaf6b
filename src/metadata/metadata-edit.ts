// What is to become of the metadata at one path: names that are set, names that are taken away. Stored as a metadata map:
// what is set by its name, what is taken away as a list under the empty name, which nothing else can have.
// Format: spec/20-metadata.md, "Pending"
import { corrupt } from '../base/index.js'
import { type Metadata, sameValue } from '../objects/index.js'

export interface MetadataEdit {
  set: Metadata
  unset: readonly string[]
}

export const NO_EDIT: MetadataEdit = { set: new Map(), unset: [] }
const UNSET = ''

export function isEmptyEdit({ set, unset }: MetadataEdit): boolean {
  return set.size === 0 && unset.length === 0
}

/** The metadata that an edit leads to. */
export function withEdit(before: Metadata, { set, unset }: MetadataEdit): Metadata {
  if (before.size === 0) return set
  const after = new Map(before)
  for (const name of unset) after.delete(name)
  for (const [name, value] of set) after.set(name, value)
  return after
}

export function encodeEdit({ set, unset }: MetadataEdit): Metadata {
  if (unset.length === 0) return set
  const names = unset.map((value) => ({ type: 'string' as const, value }))
  return new Map([[UNSET, { type: 'list', value: names }], ...set])
}

export function decodeEdit(metadata: Metadata): MetadataEdit {
  const names = metadata.get(UNSET)
  if (names === undefined) return { set: metadata, unset: [] }
  if (names.type !== 'list') throw corrupt('Uncommitted metadata is damaged: it takes away no list of names')
  const set = new Map(metadata)
  set.delete(UNSET)
  return { set, unset: names.value.map(({ value }) => String(value)) }
}

/** The edit that makes one the other. */
export function editBetween(before: Metadata, after: Metadata): MetadataEdit {
  const set = [...after].filter(([name, value]) => !sameValue(before.get(name), value))
  return { set: new Map(set), unset: [...before.keys()].filter((name) => !after.has(name)) }
}
