import { sameBytes } from '../base/index.js'
import { sameId } from '../hash/index.js'
import {
  encodeMetadata,
  type Entry,
  type EntryMetadata,
  type FileEntry,
  isFile,
  type Recipe,
  StoredMetadata,
} from '../objects/index.js'

/** Whether two entries are encoded alike: kind, content, recipe, target and metadata. */
export function sameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.kind !== b.kind) return false
  if (isFile(a)) return sameFile(a, b as FileEntry) && sameMetadata(a.metadata, b.metadata)
  if (a.kind === 'symlink' && b.kind === 'symlink' && a.target !== b.target) return false
  return sameMetadata(a.metadata, b.metadata)
}

function sameFile(a: FileEntry, b: FileEntry): boolean {
  return a.size === b.size && sameId(a.content, b.content) && sameRecipe(a.recipe, b.recipe)
}

function sameRecipe(a: Recipe, b: Recipe): boolean {
  if (a.form === 'tree') return b.form === 'tree' && sameId(a.root, b.root)
  if (a.form !== 'inline' || b.form !== 'inline') return a.form === b.form
  if (a.chunks.length !== b.chunks.length) return false
  return a.chunks.every(
    (chunk, i) => chunk.length === b.chunks[i]!.length && sameId(chunk.id, b.chunks[i]!.id),
  )
}

function sameMetadata(a: EntryMetadata | undefined, b: EntryMetadata | undefined): boolean {
  if (a?.form === 'value' || b?.form === 'value') return a?.form === b?.form && sameId(idOf(a), idOf(b))
  if (a instanceof StoredMetadata && b instanceof StoredMetadata) return sameBytes(a.bytes, b.bytes)
  if ((a?.metadata.size ?? 0) === 0 || (b?.metadata.size ?? 0) === 0)
    return (a?.metadata.size ?? 0) === (b?.metadata.size ?? 0)
  return sameBytes(encodeMetadata(a!.metadata), encodeMetadata(b!.metadata))
}

function idOf(metadata: EntryMetadata | undefined): Uint8Array {
  return metadata?.form === 'value' ? metadata.id : new Uint8Array(0)
}
