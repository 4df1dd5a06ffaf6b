// The edits that are not committed yet: a manifest whose entries are directories that carry nothing but an edit, so that
// a million of them are added in one pass, and a few more rewrite a few nodes. It holds what differs from the recorded
// tree when it is written; laid over a tree that is so already it changes nothing, which is what makes a crash harmless.
import { type ManifestId } from '../hash/index.js'
import {
  buildManifest,
  type Edit,
  editManifest,
  iterEntries,
  loadMetadata,
  lookupMany,
  type PathEntry,
  storeEncodedMetadata,
  storeMetadata,
  summarize,
} from '../manifest/index.js'
import { type Entry, type Metadata, NO_METADATA, sameValue } from '../objects/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'
import { decodeEdit, encodeEdit, isEmptyEdit, type MetadataEdit, NO_EDIT, withEdit } from './metadata-edit.js'

export interface PathEdit extends MetadataEdit {
  path: string
  /** What encodeMetadata() makes of `set`, where that is known, it is not empty and nothing is taken away. */
  encoded?: Uint8Array
}

export interface Addition {
  /** Edits so far; undefined: none. */
  pending: ManifestId | undefined
  /** The recorded tree; undefined: there is none yet. */
  tree: ManifestId | undefined
  /** In the order of paths, each once. */
  edits: AsyncIterable<readonly PathEdit[]>
}

export interface Added {
  pending: ManifestId | undefined
  /** Paths of which something else is pending now than before. */
  changed: number
}

/** Edits, with more of them: of each path what differs from the recorded tree. Throws DV_USAGE when that leads to more than
 * an entry can carry. */
export async function addEdits(writer: ObjectWriter, { pending, tree, edits }: Addition): Promise<Added> {
  const sums = { changed: 0 }
  const changes = addedEdits(writer, { pending, tree, edits }, sums)
  const edited = pending
    ? await editManifest(writer, pending, changes)
    : await buildManifest(writer, onlyPresent(changes))
  return { pending: await unlessEmpty(writer, edited), ...sums }
}

async function* addedEdits(
  writer: ObjectWriter,
  { pending, tree, edits }: Addition,
  sums: { changed: number },
): AsyncGenerator<Edit[]> {
  for await (const batch of edits) {
    const paths = batch.map(({ path }) => path)
    const before = await editsAt(writer, pending, paths)
    const entries = tree ? await lookupMany(writer, tree, paths) : []
    const changes: Edit[] = []
    for (const [i, edit] of batch.entries()) {
      const recorded = await metadataOf(writer, entries[i])
      if (edit.encoded && before[i] === NO_EDIT && recorded.size === 0) {
        // As most are in a large import: neither what it says nor how it is written depends on anything else.
        sums.changed++
        const metadata = await storeEncodedMetadata(writer, edit.encoded)
        changes.push([edit.path, { kind: 'directory', metadata }])
        continue
      }
      const joined = joinEdits(before[i]!, edit, recorded)
      if (sameEdit(before[i]!, joined)) continue
      sums.changed++
      // What is too much for one entry is refused here, not by a commit much later.
      if (entries[i]?.metadata?.form === 'value') await storeMetadata(writer, withEdit(recorded, joined))
      changes.push([edit.path, await entryOf(writer, joined)])
    }
    yield changes
  }
}

/** Both in one, without what is recorded so already. */
function joinEdits(before: MetadataEdit, edit: MetadataEdit, recorded: Metadata): MetadataEdit {
  const set = new Map(before.set)
  const unset = new Set(before.unset)
  for (const name of edit.unset) {
    set.delete(name)
    if (recorded.has(name)) unset.add(name)
  }
  for (const [name, value] of edit.set) {
    unset.delete(name)
    if (sameValue(recorded.get(name), value)) set.delete(name)
    else set.set(name, value)
  }
  return { set, unset: [...unset] }
}

function sameEdit(a: MetadataEdit, b: MetadataEdit): boolean {
  if (a.set.size !== b.set.size || a.unset.length !== b.unset.length) return false
  for (const [name, value] of a.set) if (!sameValue(b.set.get(name), value)) return false
  return a.unset.every((name) => b.unset.includes(name))
}

async function entryOf(writer: ObjectWriter, edit: MetadataEdit): Promise<Entry | undefined> {
  if (isEmptyEdit(edit)) return undefined
  const metadata = await storeMetadata(writer, encodeEdit(edit))
  return { kind: 'directory', ...(metadata && { metadata }) }
}

/** Edits without those of the paths that are done with. */
export async function withoutPaths(
  writer: ObjectWriter,
  pending: ManifestId,
  isDone: (path: string) => boolean,
): Promise<ManifestId | undefined> {
  const removals = async function* () {
    for await (const batch of iterEntries(writer, pending))
      yield batch.flatMap(([path]): Edit[] => (isDone(path) ? [[path, undefined]] : []))
  }
  return unlessEmpty(writer, await editManifest(writer, pending, removals()))
}

async function unlessEmpty(reader: ObjectReader, pending: ManifestId): Promise<ManifestId | undefined> {
  return (await summarize(reader, pending)).entries > 0 ? pending : undefined
}

/** All edits in the order of paths, in batches. */
export async function* iterEdits(
  reader: ObjectReader,
  pending: ManifestId | undefined,
  { prefix = '' }: { prefix?: string } = {},
): AsyncGenerator<PathEdit[]> {
  if (!pending) return
  for await (const batch of iterEntries(reader, pending, { prefix })) {
    const edits: PathEdit[] = []
    for (const [path, entry] of batch) edits.push({ path, ...decodeEdit(await loadMetadata(reader, entry)) })
    yield edits
  }
}

/** Edits as far as they differ from a tree: of each path what is not recorded so. */
export async function* withoutRecorded(
  reader: ObjectReader,
  tree: ManifestId | undefined,
  batches: AsyncIterable<readonly PathEdit[]>,
): AsyncGenerator<PathEdit[]> {
  for await (const batch of batches) {
    const paths = batch.map(({ path }) => path)
    const recorded = await metadataAt(reader, tree, paths)
    const edits = batch.map((edit, i) => ({ path: edit.path, ...joinEdits(NO_EDIT, edit, recorded[i]!) }))
    yield edits.filter((edit) => !isEmptyEdit(edit))
  }
}

/** The edits of some paths. */
export async function editsAt(
  reader: ObjectReader,
  pending: ManifestId | undefined,
  paths: readonly string[],
): Promise<MetadataEdit[]> {
  if (!pending) return paths.map(() => NO_EDIT)
  const edits: MetadataEdit[] = []
  for (const entry of await lookupMany(reader, pending, paths))
    edits.push(entry ? decodeEdit(await loadMetadata(reader, entry)) : NO_EDIT)
  return edits
}

/** What is recorded of some paths. */
export async function metadataAt(
  reader: ObjectReader,
  tree: ManifestId | undefined,
  paths: readonly string[],
): Promise<Metadata[]> {
  if (!tree) return paths.map(() => NO_METADATA)
  const found: Metadata[] = []
  for (const entry of await lookupMany(reader, tree, paths)) found.push(await metadataOf(reader, entry))
  return found
}

async function metadataOf(reader: ObjectReader, entry: Entry | undefined): Promise<Metadata> {
  return entry ? loadMetadata(reader, entry) : NO_METADATA
}

async function* onlyPresent(edits: AsyncIterable<Edit[]>): AsyncGenerator<PathEntry[]> {
  for await (const batch of edits)
    yield batch.flatMap(([path, entry]) => (entry ? [[path, entry] as const] : []))
}
