// A recorded tree with the edits of metadata made to it. Paths that it does not have are passed over: what they were of is
// gone. A directory that gets metadata gets an entry of its own; one that loses the last of it, and is not empty, loses it.
import { type ManifestId } from '../hash/index.js'
import {
  type Edit,
  editManifest,
  loadMetadata,
  lookupMany,
  storeMetadata,
  summarize,
} from '../manifest/index.js'
import { type Entry, NO_METADATA } from '../objects/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'
import { type MetadataEdit, withEdit } from './metadata-edit.js'
import { iterEdits } from './pending-tree.js'

export interface LayOverOptions {
  pending: ManifestId
  /** Only the edits of these paths. */
  matches?: (path: string) => boolean
  /** Is told of directories that get an entry of their own. */
  onDirectory?: (path: string) => void
  /** Is told of paths that the tree does not have. */
  onAbsent?: (path: string) => void
}

export async function layOver(
  writer: ObjectWriter,
  tree: ManifestId,
  options: LayOverOptions,
): Promise<ManifestId> {
  return editManifest(writer, tree, changesTo(writer, tree, options))
}

async function* changesTo(
  writer: ObjectWriter,
  tree: ManifestId,
  { pending, matches = () => true, onDirectory, onAbsent }: LayOverOptions,
): AsyncGenerator<Edit[]> {
  for await (const batch of iterEdits(writer, pending)) {
    const edits = batch.filter(({ path }) => matches(path))
    const paths = edits.map(({ path }) => path)
    const entries = await lookupMany(writer, tree, paths)
    const changes: Edit[] = []
    for (const [i, edit] of edits.entries()) {
      const place = { tree, path: edit.path, entry: entries[i] }
      if (!(await isThere(writer, place))) {
        onAbsent?.(edit.path)
        continue
      }
      const after = await edited(writer, place, edit)
      if (!place.entry && after) onDirectory?.(edit.path)
      changes.push([edit.path, after])
    }
    yield changes
  }
}

interface Place {
  tree: ManifestId
  path: string
  /** Of a directory that is only there because of what lies in it: none. */
  entry: Entry | undefined
}

async function isThere(reader: ObjectReader, { tree, path, entry }: Place): Promise<boolean> {
  return entry !== undefined || (await summarize(reader, tree, path)).entries > 0
}

async function edited(
  writer: ObjectWriter,
  { tree, path, entry }: Place,
  edit: MetadataEdit,
): Promise<Entry | undefined> {
  const before = entry ? await loadMetadata(writer, entry) : NO_METADATA
  const metadata = await storeMetadata(writer, withEdit(before, edit))
  const { metadata: _, ...bare } = entry ?? { kind: 'directory' as const }
  if (metadata) return { ...bare, metadata }
  const isOnlyForMetadata =
    bare.kind === 'directory' && (await summarize(writer, tree, path)).entries > (entry ? 1 : 0)
  return isOnlyForMetadata ? undefined : bare
}
